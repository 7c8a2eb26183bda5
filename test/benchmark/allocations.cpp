// Copyright (c) 2026 The libvirt-asio authors
// Distributed under the Boost Software License, Version 1.0.

// How often an operation allocates in the steady state, with a callback and in a coroutine: one byte written to
// the console of the echo guest and read back, beside the same over a TCP socket; and a call that does nothing,
// beside a timer of Asio's. Each is a process of its own.

#include "asio_session.hpp"
#include "child.hpp"
#include "figures.hpp"
#include "libvirt_handles.hpp"
#include "workload.hpp"

#include "support/counted_allocations.hpp"
#include "support/echo_guest.hpp"
#include "support/private_libvirtd.hpp"
#include "support/real_parts.hpp"

#include <boost/asio/as_tuple.hpp>
#include <boost/asio/ip/tcp.hpp>
#include <boost/asio/read.hpp>
#include <boost/asio/steady_timer.hpp>
#include <boost/asio/use_awaitable.hpp>
#include <boost/asio/write.hpp>

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <string>
#include <thread>
#include <tuple>
#include <utility>
#include <vector>

namespace {

using namespace benchmark;
using asio::ip::tcp;
using test_support::counted_allocations;

constexpr int warm_up_operations = 1'000;
constexpr int operations = 5'000;

/// Counts the operations that have been done, and what those after the warm-up have allocated.
class operation_counter {
 public:
  /// Returns whether another operation is to be done.
  bool another() {
    if (done_ == warm_up_operations) allocated_ = counted_allocations();
    if (done_ == warm_up_operations + operations) {
      allocated_ = counted_allocations() - allocated_;
      return false;
    }
    ++done_;
    return true;
  }

  [[nodiscard]] std::vector<double> results() const {
    return {static_cast<double>(allocated_) / static_cast<double>(operations)};
  }

 private:
  int done_ = 0;
  std::uint64_t allocated_ = 0;
};

/// Does its steps one after another, again and again. A step takes a completion token.
template <class... Steps>
asio::awaitable<void> repeat_in_coroutine(operation_counter& counter, Steps... steps) {
  while (counter.another()) (co_await steps(asio::use_awaitable), ...);
}

template <class... Steps>
class callback_chain {
 public:
  callback_chain(operation_counter& counter, asio::steady_timer& ended, Steps... steps)
      : counter_(counter), ended_(ended), steps_(std::move(steps)...) {}

  void start() {
    if (counter_.another())
      do_step<0>();
    else
      ended_.cancel();
  }

 private:
  template <std::size_t number>
  void do_step() {
    if constexpr (number == sizeof...(Steps)) {
      start();
    } else {
      std::get<number>(steps_)([this](libvirt_asio::error_code const& error, auto&&...) {
        if (error) throw libvirt_asio::system_error(error);
        do_step<number + 1>();
      });
    }
  }

  operation_counter& counter_;
  asio::steady_timer& ended_;
  std::tuple<Steps...> steps_;
};

template <class... Steps>
asio::awaitable<void> repeat_by_callbacks(operation_counter& counter, Steps... steps) {
  asio::steady_timer ended(co_await asio::this_coro::executor, asio::steady_timer::time_point::max());
  callback_chain chain(counter, ended, std::move(steps)...);
  chain.start();
  co_await ended.async_wait(asio::as_tuple(asio::use_awaitable));
}

template <bool by_callbacks, class... Steps>
asio::awaitable<void> repeat(operation_counter& counter, Steps... steps) {
  if constexpr (by_callbacks)
    co_await repeat_by_callbacks(counter, std::move(steps)...);
  else
    co_await repeat_in_coroutine(counter, std::move(steps)...);
}

/// One byte there and back.
template <bool by_callbacks, class Stream>
asio::awaitable<void> make_trips(operation_counter& counter, Stream& stream) {
  char byte = 'a';
  auto const write = [&]<class Token>(Token&& token) {
    return stream.async_write_some(asio::buffer(&byte, 1), std::forward<Token>(token));
  };
  auto const read = [&]<class Token>(Token&& token) {
    return stream.async_read_some(asio::buffer(&byte, 1), std::forward<Token>(token));
  };
  co_await repeat<by_callbacks>(counter, write, read);
}

template <bool by_callbacks>
std::vector<double> console(arguments const& uri_and_guest) {
  operation_counter counter;
  run_with_connection(uri_and_guest[0], [&](libvirt_asio::connection& connection) -> asio::awaitable<void> {
    auto const guest = co_await async_find_domain(connection, uri_and_guest[1]);
    libvirt_asio::stream stream(connection);
    co_await libvirt_asio::async_open_console(stream, guest.get());
    co_await make_trips<by_callbacks>(counter, stream);
    co_await stream.async_abort();
  });
  return counter.results();
}

void echo(tcp::socket socket) {
  boost::system::error_code error;
  for (char byte = 0; asio::read(socket, asio::buffer(&byte, 1), error) == 1;)
    asio::write(socket, asio::buffer(&byte, 1));
}

template <bool by_callbacks>
std::vector<double> socket(arguments const&) {
  operation_counter counter;
  asio::io_context context(1);
  tcp::acceptor acceptor(context, tcp::endpoint(asio::ip::address_v4::loopback(), 0));
  tcp::socket ours(context);
  ours.connect(acceptor.local_endpoint());
  std::jthread const peer(echo, acceptor.accept());
  run_coroutine(context, make_trips<by_callbacks>(counter, ours));
  ours.close();
  return counter.results();
}

template <bool by_callbacks>
std::vector<double> call(arguments const& uri) {
  operation_counter counter;
  run_with_connection(uri[0], [&](libvirt_asio::connection& connection) -> asio::awaitable<void> {
    auto const nothing = [&]<class Token>(Token&& token) {
      return connection.async_call([](virConnectPtr) { return 0; }, std::forward<Token>(token));
    };
    co_await repeat<by_callbacks>(counter, nothing);
  });
  return counter.results();
}

template <bool by_callbacks>
std::vector<double> timer(arguments const&) {
  operation_counter counter;
  asio::io_context context(1);
  asio::steady_timer timer(context);
  auto const wait = [&]<class Token>(Token&& token) {
    timer.expires_after(std::chrono::microseconds(1));
    return timer.async_wait(std::forward<Token>(token));
  };
  run_coroutine(context, repeat<by_callbacks>(counter, wait));
  return counter.results();
}

void print(std::string const& figure, std::vector<std::string> const& workload) {
  print_figure(figure, child(workload).results().front(), "1/op");
}

int measure() {
  if (int const code = test_support::require_or_skip()) return code;
  test_support::private_libvirtd const daemon;
  auto const connection = open_connection(daemon.unix_uri());
  test_support::echo_guest guest(connection.get(), {.paused = true});
  guest.boot();

  for (std::string const way : {"", "_in_coroutine"}) {
    print("allocations_read_write" + way, {"console" + way, daemon.unix_uri(), guest.name()});
    print("allocations_read_write" + way + ".socket", {"socket" + way});
    print("allocations_call" + way, {"call" + way, daemon.unix_uri()});
    print("allocations_call" + way + ".timer", {"timer" + way});
  }
  return 0;
}

}  // namespace

int main(int argc, char** argv) {
  return run(argc, argv, measure,
             {{"console", console<true>},
              {"console_in_coroutine", console<false>},
              {"socket", socket<true>},
              {"socket_in_coroutine", socket<false>},
              {"call", call<true>},
              {"call_in_coroutine", call<false>},
              {"timer", timer<true>},
              {"timer_in_coroutine", timer<false>}});
}
