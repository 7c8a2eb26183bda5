// Copyright (c) 2026 The libvirt-asio authors
// Distributed under the Boost Software License, Version 1.0.

#ifndef LIBVIRT_ASIO_STREAM_BORROWED_BUFFER_HPP
#define LIBVIRT_ASIO_STREAM_BORROWED_BUFFER_HPP

#include "worker/socket_shutdown.hpp"

#include <atomic>
#include <memory>
#include <utility>

namespace libvirt_asio::detail {

/// Whether a worker thread uses the buffer of an operation, which goes with the operation's handler.
class borrowed_buffer {
 public:
  /// For a call that blocks on that socket. Not at the same time as `take_back()`.
  void borrow(std::shared_ptr<socket_shutdown> socket) noexcept {
    socket_ = std::move(socket);
    in_use_ = true;
  }

  void give_back() noexcept {
    in_use_ = false;
    in_use_.notify_all();
  }

  /// Cuts off the call that uses it, if one does, and waits until that has given it back.
  void take_back() const noexcept {
    if (in_use_) socket_->now();
    in_use_.wait(true);
  }

 private:
  std::shared_ptr<socket_shutdown> socket_;
  std::atomic<bool> in_use_{false};
};

}  // namespace libvirt_asio::detail

#endif
