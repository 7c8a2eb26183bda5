// Copyright (c) 2026 The libvirt-asio authors
// Distributed under the Boost Software License, Version 1.0.

#ifndef LIBVIRT_ASIO_CONNECTION_STREAM_BACKLOG_HPP
#define LIBVIRT_ASIO_CONNECTION_STREAM_BACKLOG_HPP

#include "libvirt/update_observers.hpp"

#include <libvirt-asio/detail/libvirt_call.hpp>

#include <atomic>
#include <cstddef>
#include <memory>

namespace libvirt_asio::detail {

class receive_window;
class suspendable;

/// How much libvirt has queued for a stream of a daemon: its part of the connection's receive window.
/**
 * libvirt updates a stream's timeout with every packet for it, which is how packets are told apart. Safe from
 * every thread.
 */
class stream_backlog final : public timeout_observer {
 public:
  explicit stream_backlog(std::shared_ptr<receive_window> window);
  ~stream_backlog() override;
  stream_backlog(stream_backlog const&) = delete;
  stream_backlog& operator=(stream_backlog const&) = delete;

  /// While it lives, libvirt updates the stream's timeout on this thread for a call of ours.
  class own_call final : public timeout_observer {
   public:
    /// `receives`: it takes out data.
    explicit own_call(stream_backlog& stream, bool receives = false);
    own_call(own_call const&) = delete;
    own_call& operator=(own_call const&) = delete;

    void timeout_updated(int interval) noexcept override;

    /// Whether it has taken out all there was, of which note has been taken.
    [[nodiscard]] bool emptied() const { return emptied_; }

   private:
    stream_backlog& stream_;
    bool const receives_;
    bool emptied_ = false;
    libvirt_call const call_;
  };

  void timeout_updated(int interval) noexcept override;

  /// libvirt is about to be asked to tell of data, or no longer to. While it does, it switches the timeout
  /// off exactly when it has nothing left.
  void tells_of_data(bool tells) { tells_of_data_ = tells; }

  /// A read has taken bytes out of libvirt's queue, or has found it empty.
  void consumed(std::size_t bytes);
  void found_empty();

  /// That stream, a volume's, can be suspended when nobody reads it.
  void can_be_suspended(std::weak_ptr<suspendable> stream);

  /// The stream is given up: what arrives for it from now on is dropped.
  void leave_window();

  // Under the window's mutex.
  [[nodiscard]] bool is_suspendable() const { return !stream_.expired(); }
  [[nodiscard]] std::weak_ptr<suspendable> const& stream() const { return stream_; }

  [[nodiscard]] std::size_t bytes() const { return bytes_.load(); }

 private:
  std::shared_ptr<receive_window> const window_;
  std::weak_ptr<suspendable> stream_;
  std::atomic<std::size_t> bytes_{0};
  std::atomic<bool> left_{false};
  std::atomic<bool> tells_of_data_{false};
  std::atomic<bool> is_volume_{false};
};

}  // namespace libvirt_asio::detail

#endif
