// Copyright (c) 2026 The libvirt-asio authors
// Distributed under the Boost Software License, Version 1.0.

#include <libvirt-asio/libvirt-asio.hpp>

#include <boost/asio.hpp>

#include <utility>

namespace asio = boost::asio;

asio::awaitable<void> list(libvirt_asio::connection& connection);
void take(libvirt_asio::domain_lifecycle_event event);

asio::awaitable<void> follow_for_ever(asio::any_io_executor executor) {
  libvirt_asio::connector keep{executor, "qemu:///system"};
  libvirt_asio::events<libvirt_asio::domain_lifecycle_event> lifecycle{keep.connection()};
  for (;;) {
    co_await keep.async_next_connection();
    try {
      co_await lifecycle.async_subscribe();   // first, so that nothing is missed
      co_await list(keep.connection());
      for (;;) {
        auto event = co_await lifecycle.async_next();
        take(std::move(event));
      }
    } catch (libvirt_asio::system_error const&) {
      keep.connection().close();              // the next connection is wanted even if this one is not lost
    }
  }
}
