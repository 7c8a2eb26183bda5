// Copyright (c) 2026 The libvirt-asio authors
// Distributed under the Boost Software License, Version 1.0.

#include <libvirt-asio/libvirt-asio.hpp>

#include <boost/asio.hpp>

#include <chrono>
#include <iostream>
#include <string>
#include <utility>

namespace asio = boost::asio;

asio::awaitable<void> list(libvirt_asio::connection& conn);
void follow(libvirt_asio::domain_lifecycle_event event);

asio::awaitable<void> stay_connected(asio::any_io_executor executor) {
  //! [connector]
  libvirt_asio::connector keep{executor, "qemu:///system"};
  libvirt_asio::events<libvirt_asio::domain_lifecycle_event> lifecycle{keep.connection()};
  for (;;) {
    co_await keep.async_next_connection();
    try {
      co_await lifecycle.async_subscribe();   // first, so that nothing is missed
      co_await list(keep.connection());
      for (;;) follow(co_await lifecycle.async_next());
    } catch (libvirt_asio::system_error const&) {
      keep.connection().close();              // if it is not lost, there is to be another one all the same
    }
  }
  //! [connector]
}

libvirt_asio::connector make_connector(asio::any_io_executor executor) {
  //! [connector_options]
  libvirt_asio::connector_options options;
  options.connect.read_only = true;
  options.longest_delay = std::chrono::minutes(1);
  options.failed = [](libvirt_asio::error_code error, std::chrono::steady_clock::duration) {
    std::cerr << error.message() << '\n';
    if (error == libvirt_asio::errc::auth_failed) throw libvirt_asio::system_error(error);   // gives up
  };
  libvirt_asio::connector keep{executor, "qemu:///system", std::move(options)};
  //! [connector_options]
  return keep;
}

asio::awaitable<void> connect_again(libvirt_asio::connector& keep) {
  //! [async_next_connection]
  co_await keep.async_next_connection();
  auto const name =
      co_await keep.connection().async_call([](virConnectPtr c) { return virConnectGetHostname(c); });
  //! [async_next_connection]
  std::cout << name << '\n';
}
