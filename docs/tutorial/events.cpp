// Copyright (c) 2026 The libvirt-asio authors
// Distributed under the Boost Software License, Version 1.0.

#include <libvirt-asio/libvirt-asio.hpp>

#include <boost/asio.hpp>

#include <cstdlib>
#include <exception>
#include <iostream>
#include <string>
#include <vector>

namespace asio = boost::asio;

std::vector<libvirt_asio::domain> running_domains(virConnectPtr native) {
  virDomainPtr* found = nullptr;
  int const count = virConnectListAllDomains(native, &found, VIR_CONNECT_LIST_DOMAINS_ACTIVE);
  if (count < 0) throw libvirt_asio::system_error(libvirt_asio::last_libvirt_error());
  std::vector<libvirt_asio::domain> domains(found, found + count);
  std::free(found);
  return domains;
}

asio::awaitable<void> list(libvirt_asio::connection& connection) {
  auto const domains = co_await connection.async_call(&running_domains);
  std::cout << domains.size() << " running" << std::endl;
  for (auto const& domain : domains) std::cout << virDomainGetName(domain.get()) << " is running" << std::endl;
}

asio::awaitable<void> follow(std::string uri) {
  libvirt_asio::connection connection{co_await asio::this_coro::executor};
  co_await connection.async_open(uri);
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
    char const* const name = virDomainGetName(event.dom.get());
    if (event.event == VIR_DOMAIN_EVENT_STARTED) std::cout << name << " has started" << std::endl;
    if (event.event == VIR_DOMAIN_EVENT_STOPPED) std::cout << name << " has stopped" << std::endl;
  }
}

int main(int count, char** words) try {
  asio::io_context context{1};
  libvirt_asio::event_loop loop{context};
  auto done = asio::co_spawn(context, follow(count > 1 ? words[1] : ""), asio::use_future);
  context.run();
  done.get();
} catch (std::exception const& error) {
  std::cerr << "events: " << error.what() << '\n';
  return EXIT_FAILURE;
}
