// Copyright (c) 2026 The libvirt-asio authors
// Distributed under the Boost Software License, Version 1.0.

#ifndef LIBVIRT_ASIO_EVENT_LOOP_TIMEOUT_OBSERVER_HPP
#define LIBVIRT_ASIO_EVENT_LOOP_TIMEOUT_OBSERVER_HPP

namespace libvirt_asio::detail {

/// Learns whenever libvirt updates a timeout, and to which interval: a negative one switches it off.
class timeout_observer {
 public:
  virtual ~timeout_observer() = default;

  /// Called with locks of libvirt's and of the event loop's held.
  virtual void timeout_updated(int interval) noexcept = 0;
};

}  // namespace libvirt_asio::detail

#endif
