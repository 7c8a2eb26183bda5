// Copyright (c) 2026 The libvirt-asio authors
// Distributed under the Boost Software License, Version 1.0.

#ifndef LIBVIRT_ASIO_EVENT_LOOP_READ_ADMISSION_HPP
#define LIBVIRT_ASIO_EVENT_LOOP_READ_ADMISSION_HPP

namespace libvirt_asio::detail {

/// Decides whether libvirt may take in what arrives on a connection's socket, and is told what it decides by. Safe from
/// every thread.
class read_admission {
 public:
  virtual ~read_admission() = default;

  /// Whether the socket is to be watched for reading. Called with the event loop's lock held.
  [[nodiscard]] virtual bool is_open() const noexcept = 0;

  /// The event loop is about to let libvirt take in what there is of one packet from the socket.
  virtual void packet_arrives(int socket) noexcept = 0;

  /// The connection's keepalive timer is due: every few seconds while nothing arrives.
  virtual void keepalive_due() noexcept = 0;
};

}  // namespace libvirt_asio::detail

#endif
