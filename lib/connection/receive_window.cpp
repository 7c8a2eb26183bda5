// Copyright (c) 2026 The libvirt-asio authors
// Distributed under the Boost Software License, Version 1.0.

#include "connection/receive_window.hpp"

#include "connection/stream_backlog.hpp"
#include "worker/bounded_queue.hpp"

#include <sys/ioctl.h>

#include <algorithm>
#include <exception>
#include <utility>
#include <vector>

namespace libvirt_asio::detail {

namespace {
constexpr std::size_t largest_packet = 262'144;
// Sockets take in such packets by pieces of this size or more.
constexpr std::size_t piece = 32'768;
// A stream with less than this part of the window keeps up with its reader well enough.
constexpr std::size_t parts = 8;
}  // namespace

class receive_window::relief final : public task {
 public:
  explicit relief(std::shared_ptr<receive_window> window) : window_(std::move(window)) {}

  void run() noexcept override {
    window_->relief_waits_ = false;
    window_->relieve();
  }

 private:
  std::shared_ptr<receive_window> const window_;
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

// By then as much again as is kept for streams that nobody reads.
void receive_window::packet_counted() noexcept {
  if (unread_.load() / 2 >= limit_) relieve_later();
}

// libvirt lets in a packet with each keepalive message, over libssh2 all that was sent; over libssh it then finds no
// answer to any more, and gives the connection up.
void receive_window::keepalive_due() noexcept {
  if (!was_read_.exchange(false)) relieve_later();
}

// Also called with locks of libvirt's held: so no reference to a stream is taken, which could be the last one.
void receive_window::relieve_later() noexcept {
  if (!is_full() || !can_be_relieved() || relief_waits_.exchange(true)) return;
  try {
    if (auto const calls = calls_.lock()) return calls->submit(std::make_shared<relief>(shared_from_this()));
  } catch (std::exception const&) {
    // There is no memory or no thread for it. The next packet or keepalive message tries again.
  }
  relief_waits_ = false;
}

// Together, if there are several: libvirt takes in more for each call that waits for its answer.
void receive_window::relieve() const {
  std::vector<std::pair<std::size_t, std::weak_ptr<suspendable>>> candidates;
  {
    std::lock_guard const lock(mutex_);
    for (stream_backlog const* each : streams_)
      if (is_to_be_relieved_of(*each)) candidates.emplace_back(each->bytes(), each->stream());
  }
  std::sort(candidates.begin(), candidates.end(), [](auto const& a, auto const& b) { return a.first > b.first; });
  for (auto const& [bytes, stream] : candidates) {
    if (!is_full()) return;
    // Some refuse, being in use. Not under the mutex: the last reference to the stream may go with this one.
    if (auto const alive = stream.lock()) static_cast<void>(alive->suspend());
  }
}

bool receive_window::is_to_be_relieved_of(stream_backlog const& stream) const {
  return stream.is_suspendable() && stream.bytes() >= limit_ / parts;
}

bool receive_window::can_be_relieved() const {
  std::lock_guard const lock(mutex_);
  return std::any_of(streams_.begin(), streams_.end(),
                     [this](stream_backlog const* each) { return is_to_be_relieved_of(*each); });
}

}  // namespace libvirt_asio::detail
