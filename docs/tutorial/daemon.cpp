// Copyright (c) 2026 The libvirt-asio authors
// Distributed under the Boost Software License, Version 1.0.

#include <libvirt-asio/libvirt-asio.hpp>

#include <boost/asio.hpp>
#include <boost/asio/experimental/parallel_group.hpp>

#include <csignal>
#include <cstdlib>
#include <exception>
#include <iostream>
#include <string>

namespace asio = boost::asio;

asio::awaitable<void> follow(libvirt_asio::connector& keep) {
  libvirt_asio::events<libvirt_asio::domain_lifecycle_event> lifecycle{keep.connection()};
  for (;;) {
    co_await keep.async_next_connection();
    try {
      co_await lifecycle.async_subscribe();
      int const running = co_await keep.connection().async_call(&virConnectNumOfDomains);
      std::cout << "connected, " << running << " running" << std::endl;
      for (;;) {
        auto const event = co_await lifecycle.async_next();
        std::cout << virDomainGetName(event.dom.get()) << ": event " << event.event << std::endl;
      }
    } catch (libvirt_asio::system_error const& error) {
      if (error.code() == asio::error::operation_aborted) throw;
      std::cout << error.code().message() << std::endl;
      keep.connection().close();
    }
  }
}

asio::awaitable<void> serve(asio::io_context& context, std::string uri) {
  auto const report = [](libvirt_asio::error_code error, auto) { std::cout << error.message() << std::endl; };
  libvirt_asio::connector keep{context, uri, {.failed = report}};
  asio::signal_set signals{context, SIGINT, SIGTERM};
  auto both = asio::experimental::make_parallel_group(asio::co_spawn(context, follow(keep), asio::deferred),
                                                      signals.async_wait(asio::deferred));
  auto const [order, failure, error, number] =
      co_await both.async_wait(asio::experimental::wait_for_one(), asio::use_awaitable);
  co_await keep.connection().async_close();
  if (order[0] == 0) std::rethrow_exception(failure);
  std::cout << "ended by signal " << number << std::endl;
}

int main(int count, char** words) try {
  asio::io_context context{1};
  libvirt_asio::event_loop loop{context};
  auto done = asio::co_spawn(context, serve(context, count > 1 ? words[1] : ""), asio::use_future);
  context.run();
  done.get();
} catch (std::exception const& error) {
  std::cerr << "daemon: " << error.what() << '\n';
  return EXIT_FAILURE;
}
