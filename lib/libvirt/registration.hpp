// Copyright (c) 2026 The libvirt-asio authors
// Distributed under the Boost Software License, Version 1.0.

#ifndef LIBVIRT_ASIO_LIBVIRT_REGISTRATION_HPP
#define LIBVIRT_ASIO_LIBVIRT_REGISTRATION_HPP

#include <atomic>

namespace libvirt_asio::detail {

/// What libvirt has registered with the event loop during a call: the first watch, 0 if there was none, with
/// its descriptor, and the first timeout.
/**
 * Tells a connection which watch is its socket's, and a stream what it is made of: those of a daemon register
 * a timeout, local ones the descriptor they read from. May be read from other threads during the call.
 */
struct registration {
  std::atomic<int> watch{0};
  std::atomic<int> descriptor{-1};
  std::atomic<int> timer{0};
  /// The call is to end: a watch that it registers from now on is not worth waiting for.
  std::atomic<bool> given_up{false};
};

}  // namespace libvirt_asio::detail

#endif
