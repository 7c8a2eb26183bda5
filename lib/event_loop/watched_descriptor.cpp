// Copyright (c) 2026 The libvirt-asio authors
// Distributed under the Boost Software License, Version 1.0.

#include "event_loop/watched_descriptor.hpp"

#include <poll.h>

#include <algorithm>

namespace libvirt_asio::detail {

bool connection_socket::may_be_read() const {
  return admission->is_open() && !shutdown->has_happened();
}

int watch::wanted() const {
  if (socket && !socket->may_be_read()) return events & ~int{VIR_EVENT_HANDLE_READABLE};
  return events;
}

int watch::concerns(int found) const {
  constexpr int always = VIR_EVENT_HANDLE_ERROR | VIR_EVENT_HANDLE_HANGUP;
  return events == 0 ? 0 : found & (wanted() | always);
}

int watched_descriptor::wanted() const {
  int events = 0;
  for (watch const& each : watches) events |= each.wanted();
  return events;
}

bool watched_descriptor::is_enabled() const {
  return std::any_of(watches.begin(), watches.end(), [](watch const& each) { return each.events != 0; });
}

bool watched_descriptor::concerns_anybody(int events) const {
  return std::any_of(watches.begin(), watches.end(),
                     [events](watch const& each) { return each.concerns(events) != 0; });
}

bool watched_descriptor::is_covered() const {
  constexpr int polled = VIR_EVENT_HANDLE_READABLE | VIR_EVENT_HANDLE_WRITABLE;
  return in_epoll_set && (wanted() & polled & ~reported_events) == 0;
}

watch* watched_descriptor::find(int id) {
  auto const position =
      std::find_if(watches.begin(), watches.end(), [&](watch const& each) { return each.id == id; });
  return position == watches.end() ? nullptr : &*position;
}

short poll_events(int events) {
  int result = 0;
  if ((events & VIR_EVENT_HANDLE_READABLE) != 0) result |= POLLIN;
  if ((events & VIR_EVENT_HANDLE_WRITABLE) != 0) result |= POLLOUT;
  return static_cast<short>(result);
}

int found_events(unsigned polled) {
  int found = 0;
  if ((polled & POLLIN) != 0) found |= VIR_EVENT_HANDLE_READABLE;
  if ((polled & POLLOUT) != 0) found |= VIR_EVENT_HANDLE_WRITABLE;
  if ((polled & (POLLERR | POLLNVAL)) != 0) found |= VIR_EVENT_HANDLE_ERROR;
  if ((polled & POLLHUP) != 0) found |= VIR_EVENT_HANDLE_HANGUP;
  return found;
}

}  // namespace libvirt_asio::detail
