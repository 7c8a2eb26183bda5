// Copyright (c) 2026 The libvirt-asio authors
// Distributed under the Boost Software License, Version 1.0.

#ifndef LIBVIRT_ASIO_CONNECTION_RECEIVE_WINDOW_HPP
#define LIBVIRT_ASIO_CONNECTION_RECEIVE_WINDOW_HPP

#include "event_loop/read_admission.hpp"

#include <atomic>
#include <cstddef>
#include <memory>
#include <mutex>
#include <unordered_set>

namespace libvirt_asio::detail {

class bounded_queue;
class stream_backlog;

/// A stream that can be given up while nobody reads it, and opened again where it was left.
class suspendable {
 public:
  /// False if the stream is in use.
  virtual bool suspend() = 0;

 protected:
  ~suspendable() = default;
};

/// How much a connection may take in for streams that nobody reads.
/**
 * libvirt queues what arrives without bound and does not tell how much that is, so it is estimated: from what
 * the event loop lets in, and what the streams give out. Safe from every thread.
 */
class receive_window final : public read_admission, public std::enable_shared_from_this<receive_window> {
 public:
  /// What a packet of a volume counts for: a daemon sends them in pairs, of 262,120 and of 24 bytes.
  static constexpr std::size_t volume_packet = 131'072;

  /// A limit of 0 never closes the window. `calls` suspend streams.
  explicit receive_window(std::size_t limit, std::shared_ptr<bounded_queue> const& calls = nullptr);

  [[nodiscard]] std::size_t limit() const { return limit_; }

  [[nodiscard]] bool is_open() const noexcept override { return !is_full() || waiting_reads_.load() != 0; }

  [[nodiscard]] bool is_full() const { return limit_ != 0 && unread_.load() >= limit_; }

  /// Suspends the streams that have used up the window, those with most unread first.
  void relieve() const;
  /// Has that done by a worker thread, if the window is full and there is such a stream.
  void relieve_later() noexcept;

  /// The event loop is about to let libvirt take in what there is of one packet from the socket.
  void packet_arrives(int socket) noexcept override;

  /// Relieves a full window from which nobody has read since the last time.
  void keepalive_due() noexcept override;

  /// A read starts or stops waiting for data.
  void read_waits() { ++waiting_reads_; }
  void read_ends() { --waiting_reads_; }

 private:
  friend stream_backlog;

  class relief;

  /// The packet has turned out to be a stream's: what it counts for.
  [[nodiscard]] std::size_t packet_arrived();
  /// Relieves a window into which packets come though it is full, as they do for calls, sends and waiting reads.
  void packet_counted() noexcept;

  [[nodiscard]] bool is_to_be_relieved_of(stream_backlog const& stream) const;
  [[nodiscard]] bool can_be_relieved() const;

  std::size_t const limit_;
  std::weak_ptr<bounded_queue> const calls_;
  std::atomic<std::size_t> unread_{0};
  // Since the last keepalive message was due.
  std::atomic<bool> was_read_{false};
  std::atomic<bool> relief_waits_{false};
  std::atomic<std::size_t> waiting_reads_{0};
  // What was in the socket while the packet that is being taken in came, and what the last one has counted
  // for.
  std::atomic<std::size_t> arriving_{0};
  std::atomic<std::size_t> last_packet_;
  std::atomic<std::size_t> stream_count_{0};
  mutable std::mutex mutex_;
  std::unordered_set<stream_backlog*> streams_;
};

}  // namespace libvirt_asio::detail

#endif
