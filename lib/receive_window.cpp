// Copyright (c) 2026 The libvirt-asio authors
// Distributed under the Boost Software License, Version 1.0.

#include "receive_window.hpp"

#include <sys/ioctl.h>

#include <algorithm>

namespace libvirt_asio::detail {

namespace {
// The daemon sends stream data in packets between these sizes.
constexpr std::size_t smallest_packet = 131'072;
constexpr std::size_t largest_packet = 262'144;
// With no more than this waiting in the socket, it is a console's few bytes and not a part of a packet.
constexpr std::size_t small = 8'192;
}  // namespace

void receive_window::packet_arrives(int socket) {
  if (limit_ == 0) return;
  // What the only stream waits for is read at once: it is not worth a system call each time.
  if (streams_.load() == 1 && waiting_reads_.load() != 0) return;
  int waiting = 0;
  if (::ioctl(socket, FIONREAD, &waiting) != 0) return;
  auto const bytes = static_cast<std::size_t>(std::max(waiting, 0));
  unread_ += bytes <= small ? bytes : std::clamp(bytes, smallest_packet, largest_packet);
}

void receive_window::consumed(std::size_t bytes) {
  std::size_t unread = unread_.load();
  while (!unread_.compare_exchange_weak(unread, unread - std::min(unread, bytes))) {
  }
}

}  // namespace libvirt_asio::detail
