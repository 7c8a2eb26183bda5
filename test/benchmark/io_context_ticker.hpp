// Copyright (c) 2026 The libvirt-asio authors
// Distributed under the Boost Software License, Version 1.0.

#ifndef LIBVIRT_ASIO_TEST_BENCHMARK_IO_CONTEXT_TICKER_HPP
#define LIBVIRT_ASIO_TEST_BENCHMARK_IO_CONTEXT_TICKER_HPP

#include "tick_gaps.hpp"

#include <boost/asio/any_io_executor.hpp>
#include <boost/asio/awaitable.hpp>
#include <boost/asio/co_spawn.hpp>
#include <boost/asio/deferred.hpp>
#include <boost/asio/detached.hpp>
#include <boost/asio/steady_timer.hpp>

#include <vector>

namespace benchmark {

/// A timer that ticks on an execution context, which must end before it does.
class io_context_ticker {
 public:
  void start(boost::asio::any_io_executor const& executor) {
    gaps_.start();
    boost::asio::co_spawn(executor, tick(), boost::asio::detached);
  }

  /// The tick that was under way counts no more.
  void stop() { stopped_ = true; }

  [[nodiscard]] std::vector<double> results() const { return gaps_.results(); }

 private:
  boost::asio::awaitable<void> tick() {
    boost::asio::steady_timer timer(co_await boost::asio::this_coro::executor);
    while (true) {
      timer.expires_after(tick_period);
      co_await timer.async_wait(boost::asio::deferred);
      if (stopped_) break;
      gaps_.tick();
    }
  }

  tick_gaps gaps_;
  bool stopped_ = false;
};

}  // namespace benchmark

#endif
