// Copyright (c) 2026 The libvirt-asio authors
// Distributed under the Boost Software License, Version 1.0.

#include <libvirt-asio/libvirt-asio.hpp>

#include <boost/asio.hpp>

#include <exception>
#include <iostream>

namespace asio = boost::asio;

asio::awaitable<void> show_version(asio::io_context& context) {
  libvirt_asio::connection conn{context};
  co_await conn.async_open("qemu:///system");
  auto const get_version = [](virConnectPtr c) {
    unsigned long version = 0;
    if (virConnectGetLibVersion(c, &version) < 0)
      throw libvirt_asio::system_error(libvirt_asio::last_libvirt_error());
    return version;
  };
  std::cout << co_await conn.async_call(get_version) << '\n';
  co_await conn.async_close();
}

void run_event_loop() {
  //! [event_loop]
  asio::io_context context;
  libvirt_asio::event_loop loop{context};   // from now on libvirt runs on the context
  auto done = asio::co_spawn(context, show_version(context), asio::use_future);
  context.run();
  done.get();
  //! [event_loop]
}

asio::awaitable<void> drain(asio::io_context& context, libvirt_asio::connection& conn) {
  //! [async_drain]
  {
    libvirt_asio::event_loop loop{context};
    co_await conn.async_open("qemu:///system");
    // ...
    co_await conn.async_close();
    co_await loop.async_drain();
  }   // libvirt has nothing left that would miss the loop
  //! [async_drain]
}
