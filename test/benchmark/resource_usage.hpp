// Copyright (c) 2026 The libvirt-asio authors
// Distributed under the Boost Software License, Version 1.0.

#ifndef LIBVIRT_ASIO_TEST_BENCHMARK_RESOURCE_USAGE_HPP
#define LIBVIRT_ASIO_TEST_BENCHMARK_RESOURCE_USAGE_HPP

#include <sys/resource.h>
#include <sys/time.h>

#include <chrono>
#include <fstream>
#include <stdexcept>
#include <string>

namespace benchmark {

/// User and system time of this process, in seconds.
inline double processor_seconds() {
  rusage usage{};
  ::getrusage(RUSAGE_SELF, &usage);
  auto const seconds = [](timeval const& time) {
    return static_cast<double>(time.tv_sec) + static_cast<double>(time.tv_usec) / 1e6;
  };
  return seconds(usage.ru_utime) + seconds(usage.ru_stime);
}

/// The most memory that was resident at once in this process, in MiB.
inline double peak_resident_mebibytes() {
  // Not rusage's ru_maxrss: that starts with the size of the process that made this one.
  std::ifstream status("/proc/self/status");
  for (std::string word; status >> word;)
    if (double kibibytes = 0; word == "VmHWM:" && status >> kibibytes) return kibibytes / 1024;
  throw std::runtime_error("this system does not tell the peak resident size");
}

/// Measures wall and processor time from its construction on.
class stopwatch {
 public:
  [[nodiscard]] double wall_seconds() const {
    return std::chrono::duration<double>(std::chrono::steady_clock::now() - wall_).count();
  }
  [[nodiscard]] double processor_seconds() const { return benchmark::processor_seconds() - processor_; }

 private:
  std::chrono::steady_clock::time_point wall_ = std::chrono::steady_clock::now();
  double processor_ = benchmark::processor_seconds();
};

}  // namespace benchmark

#endif
