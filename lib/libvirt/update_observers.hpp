// Copyright (c) 2026 The libvirt-asio authors
// Distributed under the Boost Software License, Version 1.0.

#ifndef LIBVIRT_ASIO_LIBVIRT_UPDATE_OBSERVERS_HPP
#define LIBVIRT_ASIO_LIBVIRT_UPDATE_OBSERVERS_HPP

namespace libvirt_asio::detail {

/// Learns that libvirt has switched a handle off.
/**
 * `virStreamSend` switches off the socket's watch when it starts to send, and has copied the data by then:
 * from there on the caller's buffer is not needed any more, though the call may block for long.
 */
class handle_observer {
 public:
  /// Called with locks of libvirt's held.
  virtual void handle_switched_off() noexcept = 0;

 protected:
  ~handle_observer() = default;
};

/// Learns whenever libvirt updates a timeout, and to which interval: a negative one switches it off.
class timeout_observer {
 public:
  virtual ~timeout_observer() = default;

  /// Called with locks of libvirt's held.
  virtual void timeout_updated(int interval) noexcept = 0;
};

}  // namespace libvirt_asio::detail

#endif
