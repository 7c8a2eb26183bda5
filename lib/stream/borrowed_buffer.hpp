// Copyright (c) 2026 The libvirt-asio authors
// Distributed under the Boost Software License, Version 1.0.

#ifndef LIBVIRT_ASIO_STREAM_BORROWED_BUFFER_HPP
#define LIBVIRT_ASIO_STREAM_BORROWED_BUFFER_HPP

#include <atomic>
#include <memory>
#include <utility>

namespace libvirt_asio::detail {

class native_connection;

/// Whether a worker thread uses the buffer of an operation, which goes with the operation's handler.
class borrowed_buffer {
 public:
  void borrow(std::weak_ptr<native_connection const> connection) noexcept {
    connection_ = std::move(connection);
    in_use_ = true;
  }

  void give_back() noexcept {
    in_use_ = false;
    in_use_.notify_all();
  }

  /// The connection on which the call is made that uses it, if one does.
  [[nodiscard]] std::shared_ptr<native_connection const> connection() const noexcept {
    return in_use_ ? connection_.lock() : nullptr;
  }

  void wait_until_given_back() const noexcept { in_use_.wait(true); }

 private:
  std::weak_ptr<native_connection const> connection_;
  std::atomic<bool> in_use_{false};
};

}  // namespace libvirt_asio::detail

#endif
