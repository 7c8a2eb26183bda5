// Copyright (c) 2026 The libvirt-asio authors
// Distributed under the Boost Software License, Version 1.0.

#include <libvirt-asio/libvirt-asio.hpp>

#include <boost/asio.hpp>

#include <array>
#include <iostream>
#include <string_view>

namespace asio = boost::asio;

asio::awaitable<void> print_version(libvirt_asio::connection& connection, virDomainPtr domain) {
  libvirt_asio::graphics_options options;
  options.skip_auth = true;
  auto screen = co_await libvirt_asio::async_open_graphics(connection, domain, options);

  std::array<char, 12> version{};   // with which a VNC server begins: "RFB 003.008"
  co_await asio::async_read(screen, asio::buffer(version), asio::use_awaitable);
  std::cout << std::string_view(version.data(), version.size());
}
