// Copyright (c) 2026 The libvirt-asio authors
// Distributed under the Boost Software License, Version 1.0.

#include "connection/receive_window.hpp"

#include "connection/stream_backlog.hpp"
#include "worker/bounded_queue.hpp"

#include <sys/ioctl.h>

#include <algorithm>
#include <utility>

namespace libvirt_asio::detail {

namespace {
// Sockets take in such packets by pieces of this size or more.
constexpr std::size_t piece = 32'768;
// A stream with less than this part of the window keeps up with its reader well enough.
constexpr std::size_t parts = 8;
}  // namespace

class receive_window::relief final : public task {
 public:
  explicit relief(std::shared_ptr<receive_window const> window) : window_(std::move(window)) {}
  void run() noexcept override { window_->relieve(); }

 private:
  std::shared_ptr<receive_window const> const window_;
};

receive_window::receive_window(std::size_t limit, std::shared_ptr<bounded_queue> const& calls)
    : limit_(limit), calls_(calls), last_packet_(largest_packet) {}

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

// libvirt lets in a packet with each keepalive message, over libssh2 all that was sent; over libssh it then finds no
// answer to any more, and gives the connection up.
void receive_window::keepalive_due() {
  bool const was_read = was_read_.exchange(false);
  if (!was_read && !is_open()) relieve_later();
}

void receive_window::relieve_later() const {
  if (!is_full() || !fullest()) return;
  if (auto const calls = calls_.lock()) calls->submit(std::make_shared<relief>(shared_from_this()));
}

// Together, if there are several: libvirt takes in more for each call that waits for its answer.
void receive_window::relieve() const {
  while (is_full()) {
    auto const stream = fullest();
    if (!stream || !stream->suspend()) return;
  }
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
