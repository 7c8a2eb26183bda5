// Copyright (c) 2026 The libvirt-asio authors
// Distributed under the Boost Software License, Version 1.0.

#ifndef LIBVIRT_ASIO_TEST_BENCHMARK_DEFAULT_LOOP_TICKER_HPP
#define LIBVIRT_ASIO_TEST_BENCHMARK_DEFAULT_LOOP_TICKER_HPP

#include "libvirt_handles.hpp"
#include "tick_gaps.hpp"

#include <vector>

namespace benchmark {

/// A timeout that ticks on libvirt's own event loop.
class default_loop_ticker {
 public:
  default_loop_ticker() {
    gaps_.start();
    timer_ = checked(::virEventAddTimeout(
                         static_cast<int>(tick_period.count()),
                         [](int, void* gaps) { static_cast<tick_gaps*>(gaps)->tick(); }, &gaps_, nullptr),
                     "cannot add a timeout");
  }
  ~default_loop_ticker() { ::virEventRemoveTimeout(timer_); }

  default_loop_ticker(default_loop_ticker const&) = delete;
  default_loop_ticker& operator=(default_loop_ticker const&) = delete;

  [[nodiscard]] std::vector<double> results() const { return gaps_.results(); }

 private:
  tick_gaps gaps_;
  int timer_ = 0;
};

}  // namespace benchmark

#endif
