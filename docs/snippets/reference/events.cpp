// Copyright (c) 2026 The libvirt-asio authors
// Distributed under the Boost Software License, Version 1.0.

#include <libvirt-asio/libvirt-asio.hpp>

#include <boost/asio.hpp>

#include <iostream>
#include <variant>

namespace asio = boost::asio;

asio::awaitable<void> follow(libvirt_asio::connection& conn) {
  //! [events]
  libvirt_asio::events<libvirt_asio::domain_lifecycle_event> lifecycle{conn};
  co_await lifecycle.async_subscribe();
  for (;;) {
    auto const event = co_await lifecycle.async_next();
    std::cout << virDomainGetName(event.dom.get()) << ": " << event.event << '\n';
  }
  //! [events]
}

asio::awaitable<void> follow_one(libvirt_asio::connection& conn, libvirt_asio::domain& dom) {
  //! [async_subscribe]
  using event = std::variant<libvirt_asio::domain_reboot_event, libvirt_asio::domain_watchdog_event>;
  libvirt_asio::events<event> troubles{conn};
  libvirt_asio::subscribe_options options;
  options.capacity = 16;
  co_await troubles.async_subscribe(dom.get(), options);   // of this domain alone
  //! [async_subscribe]
}

asio::awaitable<void> list(libvirt_asio::connection& conn);

asio::awaitable<void> take(libvirt_asio::connection& conn,
                           libvirt_asio::events<libvirt_asio::domain_lifecycle_event>& lifecycle) {
  //! [async_next]
  auto const [error, event] = co_await lifecycle.async_next(asio::as_tuple(asio::use_awaitable));
  if (error == libvirt_asio::client_errc::events_lost) {
    std::cerr << lifecycle.lost() << " events were lost\n";
    co_await list(conn);                    // how things stand now
  } else if (error) {
    throw libvirt_asio::system_error(error);
  } else {
    std::cout << virDomainGetName(event.dom.get()) << '\n';
  }
  //! [async_next]
}

void take_all(libvirt_asio::events<libvirt_asio::domain_lifecycle_event>& lifecycle) {
  //! [try_next]
  while (auto const event = lifecycle.try_next()) std::cout << virDomainGetName(event->dom.get()) << '\n';
  //! [try_next]
}

void tell(libvirt_asio::domain_lifecycle_event const& event) {
  //! [domain_lifecycle_event]
  if (event.event == VIR_DOMAIN_EVENT_STOPPED && event.detail == VIR_DOMAIN_EVENT_STOPPED_CRASHED)
    std::cerr << virDomainGetName(event.dom.get()) << " has crashed\n";
  //! [domain_lifecycle_event]
}
