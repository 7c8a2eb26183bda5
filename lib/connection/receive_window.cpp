// Copyright (c) 2026 The libvirt-asio authors
// Distributed under the Boost Software License, Version 1.0.

#include "connection/receive_window.hpp"

#include "connection/stream_backlog.hpp"

#include <sys/ioctl.h>

#include <algorithm>

namespace libvirt_asio::detail {

namespace {
constexpr std::size_t largest_packet = 262'144;
// Sockets take in such packets by pieces of this size or more.
constexpr std::size_t piece = 32'768;
// A stream with less than this part of the window keeps up with its reader well enough.
constexpr std::size_t parts = 8;
}  // namespace

receive_window::receive_window(std::size_t limit) : limit_(limit), last_packet_(largest_packet) {}

void receive_window::packet_arrives(int socket) noexcept {
  if (limit_ == 0) return;
  // What the only stream waits for is read at once: it is not worth a system call each time.
  if (stream_count_.load() == 1 && waiting_reads_.load() != 0) return;
  int waiting = 0;
  if (::ioctl(socket, FIONREAD, &waiting) != 0) return;
  arriving_ += static_cast<std::size_t>(std::max(waiting, 0));
}

// A packet that does not come by the event loop, but by a call that waits for its answer, is taken to be like
// the one before.
std::size_t receive_window::packet_arrived() {
  std::size_t const bytes = arriving_.exchange(0);
  // Of a large packet more comes in while libvirt reads the beginning, which nobody has counted.
  if (bytes != 0) last_packet_ = bytes < piece ? bytes : largest_packet;
  return last_packet_.load();
}

std::shared_ptr<suspendable> receive_window::fullest() const {
  std::weak_ptr<suspendable> stream;
  {
    std::lock_guard const lock(mutex_);
    std::size_t most = limit_ / parts;
    for (stream_backlog const* each : streams_) {
      if (!each->is_suspendable() || each->bytes() < most) continue;
      stream = each->stream();
      most = each->bytes();
    }
  }
  // Not under the mutex: the last reference to the stream may go with this one.
  return stream.lock();
}

}  // namespace libvirt_asio::detail
