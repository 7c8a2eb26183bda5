// Copyright (c) 2026 The libvirt-asio authors
// Distributed under the Boost Software License, Version 1.0.

#ifndef LIBVIRT_ASIO_WORKER_SOCKET_SHUTDOWN_HPP
#define LIBVIRT_ASIO_WORKER_SOCKET_SHUTDOWN_HPP

#include <atomic>
#include <condition_variable>
#include <memory>
#include <mutex>

namespace libvirt_asio::detail {

/// Ends what is blocked on the socket of a connection, by shutting it down.
/**
 * It has a descriptor of its own, so that it can do so whoever else is still there. The peer sees the
 * connection's end only when `closed()` has been called, too.
 */
class socket_shutdown : public std::enable_shared_from_this<socket_shutdown> {
 public:
  /// Duplicates the descriptor. With -1 there is nothing to shut down. Throws `system_error` if there is no
  /// descriptor left.
  explicit socket_shutdown(int descriptor);
  ~socket_shutdown();
  socket_shutdown(socket_shutdown const&) = delete;
  socket_shutdown& operator=(socket_shutdown const&) = delete;

  void now() noexcept;

  /// Shuts the socket down if the connection has not been closed within two seconds: its streams are to be
  /// aborted first.
  /**
   * libvirtd 11.3 locks up for ever if a client's socket goes when one of its streams has something to tell:
   * `daemonStreamEvent` closes the client with the lock held that `remoteClientCloseFunc` takes.
   */
  void later() noexcept;

  /// The connection has been closed.
  void closed() noexcept;

  /// Whether the socket has been shut down, or will be if the connection is not closed before.
  [[nodiscard]] bool is_expected() const noexcept { return is_expected_; }
  [[nodiscard]] bool has_happened() const noexcept { return has_happened_; }

 private:
  class waiting;

  void wait();
  void shut_down();

  std::mutex mutex_;
  std::condition_variable changed_;
  // -1 once the connection has been closed.
  int descriptor_;
  bool is_waited_for_ = false;
  std::atomic<bool> is_expected_ = false;
  std::atomic<bool> has_happened_ = false;
};

}  // namespace libvirt_asio::detail

#endif
