// Copyright (c) 2026 The libvirt-asio authors
// Distributed under the Boost Software License, Version 1.0.

#include "event_loop/watched_descriptor.hpp"

#include <boost/asio/error.hpp>

#include <algorithm>
#include <utility>

namespace libvirt_asio::detail {

int watch::wanted() const {
  if (window && !window->is_open()) return events & ~int{VIR_EVENT_HANDLE_READABLE};
  return events;
}

int watched_descriptor::wanted() const {
  int events = 0;
  for (watch const& each : watches) events |= each.wanted();
  return events;
}

bool watched_descriptor::is_enabled() const {
  return std::any_of(watches.begin(), watches.end(), [](watch const& each) { return each.events != 0; });
}

bool watched_descriptor::is_waited_for() const {
  int const events = wanted();
  bool const reads = (events & VIR_EVENT_HANDLE_READABLE) != 0;
  bool const writes = (events & VIR_EVENT_HANDLE_WRITABLE) != 0;
  return (!reads || waits_for_read) && (!writes || waits_for_write) && (reads || writes || waits_for_error);
}

bool watched_descriptor::is_connection() const {
  return std::any_of(watches.begin(), watches.end(),
                     [](watch const& each) { return each.window != nullptr; });
}

watch* watched_descriptor::find(int id) {
  auto const position =
      std::find_if(watches.begin(), watches.end(), [&](watch const& each) { return each.id == id; });
  return position == watches.end() ? nullptr : &*position;
}

void watched_descriptor::leave_reactor(std::uint64_t number) {
  file.reset();
  serial = number;
  found = 0;
  waits_for_read = waits_for_write = waits_for_error = false;
}

// A connection's wait for errors would have ended before its wait for reading: where it goes on there are
// none, which saves a poll() for each packet. Another thread may have read what there was: libvirt takes that
// well for a connection, but might block on other descriptors.
void watched_descriptor::report(wait_flag ended, boost::system::error_code error) {
  this->*ended = false;
  is_reported = true;
  bool const only_readable = ended == &watched_descriptor::waits_for_read && waits_for_error;
  found = only_readable && is_connection() ? VIR_EVENT_HANDLE_READABLE : 0;
  if (error == asio::error::operation_not_supported) refused_by_reactor = true;
}

int watched_descriptor::take_found() {
  is_reported = false;
  return std::exchange(found, 0);
}

}  // namespace libvirt_asio::detail
