// Copyright (c) 2026 The libvirt-asio authors
// Distributed under the Boost Software License, Version 1.0.

#ifndef LIBVIRT_ASIO_TEST_BENCHMARK_EVENT_DESCRIPTORS_HPP
#define LIBVIRT_ASIO_TEST_BENCHMARK_EVENT_DESCRIPTORS_HPP

#include <sys/eventfd.h>
#include <unistd.h>

#include <cerrno>
#include <cstddef>
#include <system_error>
#include <vector>

namespace benchmark {

/// Descriptors that become readable when they are set.
class event_descriptors {
 public:
  explicit event_descriptors(std::size_t count) : all_(count, -1) {
    for (int& descriptor : all_) {
      descriptor = ::eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK);
      if (descriptor < 0) throw std::system_error(errno, std::generic_category(), "eventfd");
    }
  }

  ~event_descriptors() {
    for (int const descriptor : all_) ::close(descriptor);
  }

  event_descriptors(event_descriptors const&) = delete;
  event_descriptors& operator=(event_descriptors const&) = delete;

  int operator[](std::size_t position) const { return all_[position]; }

  void set(std::size_t position) const { ::eventfd_write(all_[position], 1); }

  void reset(std::size_t position) const {
    eventfd_t value = 0;
    ::eventfd_read(all_[position], &value);
  }

 private:
  std::vector<int> all_;
};

}  // namespace benchmark

#endif
