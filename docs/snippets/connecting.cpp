// Copyright (c) 2026 The libvirt-asio authors
// Distributed under the Boost Software License, Version 1.0.

#include <libvirt-asio/libvirt-asio.hpp>

#include <boost/asio.hpp>

#include <cstring>
#include <iostream>
#include <span>
#include <string>
#include <utility>

namespace asio = boost::asio;

asio::awaitable<void> open_with_password(libvirt_asio::connection& connection, std::string uri, std::string user,
                                         std::string password) {
  libvirt_asio::connect_options options;
  options.credential_types = {VIR_CRED_AUTHNAME, VIR_CRED_PASSPHRASE};
  options.authenticate = [user, password](std::span<virConnectCredential> asked) {
    for (auto& each : asked) {
      auto const& answer = each.type == VIR_CRED_AUTHNAME ? user : password;
      each.result = ::strdup(answer.c_str());
      if (each.result == nullptr) return false;
      each.resultlen = static_cast<unsigned>(answer.size());
    }
    return true;
  };
  co_await connection.async_open(uri, std::move(options));
}

asio::awaitable<void> open_to_look(libvirt_asio::connection& connection) {
  libvirt_asio::connect_options options;
  options.read_only = true;
  co_await connection.async_open("qemu:///system", std::move(options));
}
