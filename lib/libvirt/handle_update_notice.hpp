// Copyright (c) 2026 The libvirt-asio authors
// Distributed under the Boost Software License, Version 1.0.

#ifndef LIBVIRT_ASIO_LIBVIRT_HANDLE_UPDATE_NOTICE_HPP
#define LIBVIRT_ASIO_LIBVIRT_HANDLE_UPDATE_NOTICE_HPP

namespace libvirt_asio::detail {

/// Learns, once, that libvirt has updated a handle from inside a call on this thread.
/**
 * `virStreamSend` updates the socket's watch when it starts to send, and has copied the data by then: from
 * there on the caller's buffer is not needed any more, though the call may block for long.
 */
class handle_update_notice {
 public:
  handle_update_notice() noexcept;
  handle_update_notice(handle_update_notice const&) = delete;
  handle_update_notice& operator=(handle_update_notice const&) = delete;

  /// Called with locks of libvirt's held.
  virtual void handle_updated() noexcept = 0;

 protected:
  ~handle_update_notice();
};

}  // namespace libvirt_asio::detail

#endif
