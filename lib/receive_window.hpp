// Copyright (c) 2026 The libvirt-asio authors
// Distributed under the Boost Software License, Version 1.0.

#ifndef LIBVIRT_ASIO_RECEIVE_WINDOW_HPP
#define LIBVIRT_ASIO_RECEIVE_WINDOW_HPP

#include <atomic>
#include <cstddef>

namespace libvirt_asio::detail {

/// How much a connection may take in for streams that nobody reads.
/**
 * libvirt queues what arrives without bound and does not tell how much that is, so it is estimated: from what
 * the event loop lets in, and what the streams give out. Safe from every thread.
 */
class receive_window {
 public:
  /// A limit of 0 never closes the window.
  explicit receive_window(std::size_t limit) : limit_(limit) {}

  [[nodiscard]] bool is_open() const {
    return limit_ == 0 || waiting_reads_.load() != 0 || unread_.load() < limit_;
  }

  void stream_added() { ++streams_; }
  void stream_removed() { --streams_; }

  /// The event loop is about to let libvirt take in at most one packet from the socket.
  void packet_arrives(int socket);

  /// A read starts or stops waiting for data.
  void read_waits() { ++waiting_reads_; }
  void read_ends() { --waiting_reads_; }

  /// A read has taken bytes out of libvirt's queue.
  void consumed(std::size_t bytes);

  /// A read has found nothing in its stream's queue.
  void found_empty() {
    if (streams_.load() == 1) unread_ = 0;
  }

 private:
  std::size_t const limit_;
  std::atomic<std::size_t> streams_{0};
  std::atomic<std::size_t> unread_{0};
  std::atomic<std::size_t> waiting_reads_{0};
};

}  // namespace libvirt_asio::detail

#endif
