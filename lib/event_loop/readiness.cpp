// Copyright (c) 2026 The libvirt-asio authors
// Distributed under the Boost Software License, Version 1.0.

#include "event_loop/readiness.hpp"

#include <utility>

namespace libvirt_asio::detail {

bool readiness::changed(watched_descriptor& changed) {
  if (changed.where == place::ready || changed.where == place::to_be_polled || !changed.is_enabled()) return false;
  if (changed.is_covered())
    unlink(changed);
  else
    put(changed, place::to_be_polled, to_be_polled_);
  return true;
}

void readiness::forget(watched_descriptor& forgotten) {
  unlink(forgotten);
  leave_set(forgotten);
  forgotten.refused_by_epoll = false;
  forgotten.found = 0;
}

void readiness::clear() {
  to_be_polled_.clear();
  ready_.clear();
  unwanted_.clear();
  in_set_ = unwanted_count_ = 0;
  reported_ = look_again_ = false;
}

// --- In a round --------------------------------------------------------------------------------------------

void readiness::look() {
  if (reported_ || look_again_) take_reports();
  reported_ = look_again_ = false;
  poll();
}

void readiness::take_reports() {
  for (epoll_set::report const& each : epoll_set_.look()) {
    if (auto* const descriptor = watches_.descriptor(each.fd, each.serial))
      take_report(*descriptor, each.found);
    else
      haunted_ = true;
  }
}

void readiness::take_report(watched_descriptor& descriptor, int found) {
  // It is polled in this round anyway.
  if (descriptor.where == place::to_be_polled) return;
  if (descriptor.concerns_anybody(found)) {
    descriptor.found = found;
    put(descriptor, place::ready, ready_);
  } else if (descriptor.is_enabled()) {
    descriptor.reported_events = descriptor.wanted();
    epoll_set_.change(descriptor.fd, descriptor.serial, descriptor.reported_events);
  } else {
    put(descriptor, place::unwanted, unwanted_);
  }
}

void readiness::poll() {
  if (to_be_polled_.empty()) return;
  polled_.clear();
  for (watched_descriptor const& each : to_be_polled_)
    polled_.push_back({each.fd, poll_events(each.wanted()), 0});
  ::poll(polled_.data(), polled_.size(), 0);
  descriptor_list polled;
  polled.splice(polled.end(), to_be_polled_);
  for (pollfd const& each : polled_) {
    watched_descriptor& descriptor = polled.front();
    polled.pop_front();
    descriptor.where = place::none;
    descriptor.found = found_events(static_cast<unsigned short>(each.revents));
    if (descriptor.concerns_anybody(descriptor.found))
      put(descriptor, place::ready, ready_);
    else
      wait_in_set(descriptor);
  }
}

watched_descriptor* readiness::next_ready() {
  if (ready_.empty()) return nullptr;
  watched_descriptor& next = ready_.front();
  unlink(next);
  return &next;
}

void readiness::called_back(watched_descriptor& descriptor) {
  descriptor.found = 0;
  if (descriptor.is_covered())
    look_again_ = true;
  else
    changed(descriptor);
}

// --- Waiting -----------------------------------------------------------------------------------------------

// Costs less than a round more, which would most often find nothing.
bool readiness::leave_to_epoll() {
  look_again_ = false;
  if (to_be_polled_.empty() && in_set_ == 0) return false;
  descriptor_list left;
  left.splice(left.end(), to_be_polled_);
  while (!left.empty()) {
    watched_descriptor& waiting = left.front();
    unlink(waiting);
    wait_in_set(waiting);
  }
  if (in_set_ == unwanted_count_) return false;
  leave_unwanted();
  return true;
}

void readiness::wait_in_set(watched_descriptor& waiting) {
  if (!waiting.is_enabled() || waiting.is_covered()) return;
  waiting.reported_events = waiting.wanted();
  if (waiting.in_epoll_set) return epoll_set_.change(waiting.fd, waiting.serial, waiting.reported_events);
  if (!waiting.refused_by_epoll) {
    waiting.in_epoll_set = epoll_set_.add(waiting.fd, waiting.serial, waiting.reported_events);
    waiting.refused_by_epoll = !waiting.in_epoll_set;
  }
  if (waiting.refused_by_epoll)
    put(waiting, place::to_be_polled, to_be_polled_);
  else
    ++in_set_;
}

void readiness::leave_set(watched_descriptor& leaving) {
  if (!leaving.in_epoll_set) return;
  epoll_set_.remove(leaving.fd);
  leaving.in_epoll_set = false;
  --in_set_;
}

// The set would go on reporting them.
void readiness::leave_unwanted() {
  while (!unwanted_.empty()) {
    watched_descriptor& leaving = unwanted_.front();
    unlink(leaving);
    leave_set(leaving);
  }
}

void readiness::renew() {
  haunted_ = false;
  if (!epoll_set_.renew()) return;
  in_set_ = 0;
  for (auto const& entry : watches_.descriptors()) {
    watched_descriptor& descriptor = *entry.second;
    if (!std::exchange(descriptor.in_epoll_set, false)) continue;
    if (descriptor.where == place::unwanted) unlink(descriptor);
    changed(descriptor);
  }
}

// --- The lists ---------------------------------------------------------------------------------------------

void readiness::put(watched_descriptor& descriptor, place where, descriptor_list& list) {
  unlink(descriptor);
  descriptor.where = where;
  list.push_back(descriptor);
  if (where == place::unwanted) ++unwanted_count_;
}

void readiness::unlink(watched_descriptor& descriptor) {
  if (descriptor.where == place::unwanted) --unwanted_count_;
  descriptor.where = place::none;
  descriptor.hook.unlink();
}

}  // namespace libvirt_asio::detail
