// Copyright (c) 2026 The libvirt-asio authors
// Distributed under the Boost Software License, Version 1.0.

#ifndef LIBVIRT_ASIO_STREAM_BORROWED_BUFFER_HPP
#define LIBVIRT_ASIO_STREAM_BORROWED_BUFFER_HPP

#include <atomic>

namespace libvirt_asio::detail {

/// Whether a worker thread uses the buffer of an operation, which goes with the operation's handler.
class borrowed_buffer {
 public:
  void borrow() noexcept { in_use_ = true; }

  void give_back() noexcept {
    in_use_ = false;
    in_use_.notify_all();
  }

  [[nodiscard]] bool is_in_use() const noexcept { return in_use_; }

  void wait_until_given_back() const noexcept { in_use_.wait(true); }

 private:
  std::atomic<bool> in_use_{false};
};

}  // namespace libvirt_asio::detail

#endif
