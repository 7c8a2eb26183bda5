// Copyright (c) 2026 The libvirt-asio authors
// Distributed under the Boost Software License, Version 1.0.

#include <libvirt-asio/libvirt-asio.hpp>

#include <boost/asio.hpp>

#include <array>
#include <iostream>
#include <string_view>

namespace asio = boost::asio;

asio::awaitable<void> open_graphics(libvirt_asio::connection& conn, libvirt_asio::domain& dom) {
  //! [async_open_graphics]
  libvirt_asio::graphics_options const options{.index = 0, .skip_auth = true};
  auto screen = co_await libvirt_asio::async_open_graphics(conn, dom.get(), options);
  std::array<char, 12> version;             // "RFB 003.008\n": it is a VNC server
  co_await asio::async_read(screen, asio::buffer(version), asio::use_awaitable);
  //! [async_open_graphics]
  std::cout << std::string_view(version.data(), version.size());
}
