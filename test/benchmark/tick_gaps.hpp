// Copyright (c) 2026 The libvirt-asio authors
// Distributed under the Boost Software License, Version 1.0.

#ifndef LIBVIRT_ASIO_TEST_BENCHMARK_TICK_GAPS_HPP
#define LIBVIRT_ASIO_TEST_BENCHMARK_TICK_GAPS_HPP

#include "figures.hpp"

#include <chrono>
#include <stdexcept>
#include <vector>

namespace benchmark {

constexpr std::chrono::milliseconds tick_period{2};

/// The time between one tick and the next: what an event loop does not serve in time makes it longer.
class tick_gaps {
 public:
  void start() { last_ = std::chrono::steady_clock::now(); }

  void tick() {
    auto const now = std::chrono::steady_clock::now();
    milliseconds_.push_back(std::chrono::duration<double, std::milli>(now - last_).count());
    last_ = now;
  }

  /// In milliseconds: the median, the 99th percentile and the longest.
  [[nodiscard]] std::vector<double> results() const {
    if (milliseconds_.empty()) throw std::runtime_error("there was no tick");
    return {median(milliseconds_), quantile(milliseconds_, 0.99), quantile(milliseconds_, 1)};
  }

 private:
  std::chrono::steady_clock::time_point last_;
  std::vector<double> milliseconds_;
};

}  // namespace benchmark

#endif
