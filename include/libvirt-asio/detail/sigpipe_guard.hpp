// Copyright (c) 2026 The libvirt-asio authors
// Distributed under the Boost Software License, Version 1.0.

#ifndef LIBVIRT_ASIO_DETAIL_SIGPIPE_GUARD_HPP
#define LIBVIRT_ASIO_DETAIL_SIGPIPE_GUARD_HPP

#include <csignal>

namespace libvirt_asio::detail {

/// Keeps SIGPIPE from this thread: libvirt writes to sockets that may be closed, and leaves the signal on.
class sigpipe_guard {
 public:
  sigpipe_guard() noexcept;
  ~sigpipe_guard();
  sigpipe_guard(sigpipe_guard const&) = delete;
  sigpipe_guard& operator=(sigpipe_guard const&) = delete;

 private:
  sigset_t former_;
};

/// Leaves every signal to the program's own threads.
void block_signals() noexcept;

}  // namespace libvirt_asio::detail

#endif
