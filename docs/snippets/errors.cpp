// Copyright (c) 2026 The libvirt-asio authors
// Distributed under the Boost Software License, Version 1.0.

#include <libvirt-asio/libvirt-asio.hpp>

#include <boost/asio.hpp>

#include <iostream>
#include <string>
#include <utility>

namespace asio = boost::asio;

asio::awaitable<void> print_exception(libvirt_asio::connection& connection) {
  try {
    co_await connection.async_call([](virConnectPtr native) { return virDomainLookupByName(native, "vm"); });
  } catch (libvirt_asio::system_error const& error) {
    std::cerr << error.code().message() << '\n';   // Domain not found: no domain with matching name 'vm'
  }
}

/// Null if there is no such domain.
asio::awaitable<libvirt_asio::domain> find(libvirt_asio::connection& connection, std::string name) {
  auto look_up = [name](virConnectPtr native) { return virDomainLookupByName(native, name.c_str()); };
  auto [error, domain] = co_await connection.async_call(std::move(look_up), asio::as_tuple(asio::use_awaitable));
  if (error == libvirt_asio::errc::no_domain) co_return nullptr;
  if (error) throw libvirt_asio::system_error(error);
  co_return std::move(domain);
}

void check(bool success) {
  if (!success) throw libvirt_asio::system_error(libvirt_asio::last_libvirt_error());
}

asio::awaitable<void> refresh(libvirt_asio::connection& connection, std::string name) {
  auto refresh = [name](virConnectPtr native) {
    libvirt_asio::storage_pool const pool(virStoragePoolLookupByName(native, name.c_str()));
    check(pool != nullptr);
    check(virStoragePoolRefresh(pool.get(), 0) == 0);
  };
  co_await connection.async_call(std::move(refresh));
}
