// Copyright (c) 2026 The libvirt-asio authors
// Distributed under the Boost Software License, Version 1.0.

#include <libvirt-asio/libvirt-asio.hpp>

#include <boost/asio.hpp>

#include <iostream>
#include <utility>
#include <variant>

namespace asio = boost::asio;

asio::awaitable<void> list(libvirt_asio::connection& connection);

asio::awaitable<void> print_events(libvirt_asio::connection& connection) {
  libvirt_asio::events<libvirt_asio::domain_lifecycle_event> lifecycle{connection};
  co_await lifecycle.async_subscribe();
  for (;;) {
    auto const event = co_await lifecycle.async_next();
    std::cout << virDomainGetName(event.dom.get()) << ' ' << event.event << ' ' << event.detail << '\n';
  }
}

using news = std::variant<libvirt_asio::domain_lifecycle_event, libvirt_asio::domain_reboot_event>;

asio::awaitable<void> print_news(libvirt_asio::connection& connection) {
  libvirt_asio::events<news> both{connection};
  co_await both.async_subscribe();
  for (;;) {
    auto const event = co_await both.async_next();
    auto const name = [](auto const& one) { return virDomainGetName(one.dom.get()); };
    std::cout << std::visit(name, event) << (event.index() == 1 ? " has rebooted" : " has changed") << '\n';
  }
}

asio::awaitable<void> follow(libvirt_asio::connection& connection) {
  libvirt_asio::events<libvirt_asio::domain_lifecycle_event> lifecycle{connection};
  co_await lifecycle.async_subscribe();
  co_await list(connection);
  for (;;) {
    auto const [error, event] = co_await lifecycle.async_next(asio::as_tuple(asio::use_awaitable));
    if (error == libvirt_asio::client_errc::events_lost) {
      co_await list(connection);
      continue;
    }
    if (error) throw libvirt_asio::system_error(error);
    std::cout << virDomainGetName(event.dom.get()) << ' ' << event.event << '\n';
  }
}
