// Copyright (c) 2026 The libvirt-asio authors
// Distributed under the Boost Software License, Version 1.0.

#include "connection/stream_backlog.hpp"

#include "connection/receive_window.hpp"

#include <algorithm>
#include <mutex>
#include <utility>

namespace libvirt_asio::detail {

stream_backlog::own_call::own_call(stream_backlog& stream, bool receives)
    : stream_(stream), receives_(receives), call_({.on_timeout_update = this}) {
  if (receives) stream.window_->was_read_ = true;
}

void stream_backlog::own_call::timeout_updated(int interval) noexcept {
  if (stream_.left_.load() || !receives_ || interval >= 0 || !stream_.tells_of_data_.load()) return;
  emptied_ = true;
  stream_.found_empty();
}

stream_backlog::stream_backlog(std::shared_ptr<receive_window> window) : window_(std::move(window)) {
  ++window_->stream_count_;
  std::lock_guard const lock(window_->mutex_);
  window_->streams_.insert(this);
}

stream_backlog::~stream_backlog() {
  leave_window();
}

void stream_backlog::leave_window() {
  if (left_.exchange(true)) return;
  found_empty();
  --window_->stream_count_;
  std::lock_guard const lock(window_->mutex_);
  window_->streams_.erase(this);
}

void stream_backlog::can_be_suspended(std::weak_ptr<suspendable> stream) {
  is_volume_ = true;
  std::lock_guard const lock(window_->mutex_);
  stream_.swap(stream);
}

void stream_backlog::timeout_updated(int) noexcept {
  if (left_.load()) return;
  std::size_t const in_socket = window_->packet_arrived();
  // What was in the socket says little over libssh2, which takes several packets at a time.
  std::size_t const arriving = is_volume_ ? receive_window::volume_packet : in_socket;
  // In this order: what is taken out has always been put in before.
  window_->unread_ += arriving;
  bytes_ += arriving;
  if (left_.load()) found_empty();
  window_->packet_counted();
}

void stream_backlog::consumed(std::size_t bytes) {
  std::size_t unread = bytes_.load();
  while (!bytes_.compare_exchange_weak(unread, unread - std::min(unread, bytes))) {
  }
  window_->unread_ -= std::min(unread, bytes);
}

void stream_backlog::found_empty() {
  window_->unread_ -= bytes_.exchange(0);
}

}  // namespace libvirt_asio::detail
