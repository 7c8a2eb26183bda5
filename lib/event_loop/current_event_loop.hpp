// Copyright (c) 2026 The libvirt-asio authors
// Distributed under the Boost Software License, Version 1.0.

#ifndef LIBVIRT_ASIO_EVENT_LOOP_CURRENT_EVENT_LOOP_HPP
#define LIBVIRT_ASIO_EVENT_LOOP_CURRENT_EVENT_LOOP_HPP

#include "event_loop/loop_core.hpp"

#include <atomic>
#include <memory>

namespace libvirt_asio::detail {

/// The event loop that is alive in this process, if any.
[[nodiscard]] std::shared_ptr<event_loop_core> current_event_loop() noexcept;

/// The first watch that libvirt added during a call, 0 if there was none, its descriptor, and the first
/// timeout.
struct registration {
  std::atomic<int> watch{0};
  std::atomic<int> descriptor{-1};
  std::atomic<int> timer{0};
};

/// Notes what libvirt registers with the event loop from inside a call on this thread.
/**
 * Tells a connection which watch is its socket's, and a stream what it is made of: those of a daemon register
 * a timeout, local ones the descriptor they read from.
 */
class registration_capture {
 public:
  explicit registration_capture(registration& captured) noexcept;
  ~registration_capture();
  registration_capture(registration_capture const&) = delete;
  registration_capture& operator=(registration_capture const&) = delete;
};

}  // namespace libvirt_asio::detail

#endif
