// Copyright (c) 2026 The libvirt-asio authors
// Distributed under the Boost Software License, Version 1.0.

#include <libvirt-asio/libvirt-asio.hpp>

#include <boost/asio.hpp>
#include <boost/asio/experimental/parallel_group.hpp>

#include <chrono>
#include <cstdlib>
#include <exception>
#include <iostream>
#include <optional>
#include <string>
#include <thread>
#include <utility>

namespace asio = boost::asio;
using namespace std::chrono_literals;

template <class Result, class Operation>
asio::awaitable<std::optional<Result>> within(std::chrono::milliseconds limit, Operation operation) {
  asio::steady_timer timer{co_await asio::this_coro::executor, limit};
  auto both = asio::experimental::make_parallel_group(std::move(operation), timer.async_wait(asio::deferred));
  auto [order, error, result, late] = co_await both.async_wait(asio::experimental::wait_for_one(), asio::use_awaitable);
  if (error == asio::error::operation_aborted && !late) co_return std::nullopt;
  if (error) throw libvirt_asio::system_error(error);
  co_return std::move(result);
}

asio::awaitable<void> try_limits(libvirt_asio::connection& connection) {
  libvirt_asio::events<libvirt_asio::domain_lifecycle_event> lifecycle{connection};
  co_await lifecycle.async_subscribe();
  auto const event = co_await within<libvirt_asio::domain_lifecycle_event>(100ms, lifecycle.async_next());
  std::cout << (event ? "an event\n" : "no event within 100 ms\n");

  auto const slow_call = [](virConnectPtr) { std::this_thread::sleep_for(500ms); return 1; };
  auto const answer = co_await within<int>(100ms, connection.async_call(slow_call));
  std::cout << (answer ? "an answer\n" : "no answer within 100 ms\n");
}

asio::awaitable<void> run(std::string uri) {
  libvirt_asio::connection connection{co_await asio::this_coro::executor};
  co_await connection.async_open(uri);
  co_await try_limits(connection);
  co_await connection.async_close();
}

int main(int count, char** words) try {
  std::string const uri = count > 1 ? words[1] : "test:///default";
  asio::io_context context{1};
  libvirt_asio::event_loop loop{context};
  auto done = asio::co_spawn(context, run(uri), asio::use_future);
  context.run();
  done.get();
} catch (std::exception const& error) {
  std::cerr << "timeouts: " << error.what() << '\n';
  return EXIT_FAILURE;
}
