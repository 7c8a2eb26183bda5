// Copyright (c) 2026 The libvirt-asio authors
// Distributed under the Boost Software License, Version 1.0.

#ifndef LIBVIRT_ASIO_CONNECTOR_BACKOFF_HPP
#define LIBVIRT_ASIO_CONNECTOR_BACKOFF_HPP

#include <chrono>

namespace libvirt_asio::detail {

/// How long to wait before the next attempt: not at all before the first one, and then longer with each failure.
class backoff {
 public:
  using duration = std::chrono::steady_clock::duration;

  backoff(duration shortest, duration longest);

  /// An attempt has failed.
  void failed();
  /// A connection has ended that was there for so long.
  void ended_after(duration lifetime);

  /// The time to wait; `random` is a number from 0 to 1, by which part of its second half is taken.
  [[nodiscard]] duration delay(double random) const;

 private:
  duration const shortest_;
  duration const longest_;
  duration delay_{0};
};

}  // namespace libvirt_asio::detail

#endif
