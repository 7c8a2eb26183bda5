// Copyright (c) 2026 The libvirt-asio authors
// Distributed under the Boost Software License, Version 1.0.

#include "event_loop/round.hpp"

#include <algorithm>
#include <cstddef>
#include <iterator>

namespace libvirt_asio::detail {

namespace {
// So many packets may be taken from a socket in a row before other handlers of the context have their turn.
constexpr int rounds_in_a_row = 4;

// So many free functions are called before the loop is asked again.
constexpr std::ptrdiff_t frees_in_a_row = 64;
}  // namespace

void handle_call::operator()() const {
  if (admission && (events & VIR_EVENT_HANDLE_READABLE) != 0) admission->packet_arrives(fd);
  callback(watch, fd, events, opaque);
}

void timeout_call::operator()() const {
  if (timer.admission) timer.admission->keepalive_due();
  timer.callback(timer.id, timer.opaque);
}

void rounds::begin() {
  phase_ = phase::freeing;
  round_ = 1;
}

void rounds::stop() {
  phase_ = phase::freeing_at_last;
}

bool rounds::has_work() const {
  return ready_.has_work() || timers_.has_immediate() || !free_functions_.empty();
}

std::optional<round_call> rounds::next() {
  // Only now: until they have returned, they are not done.
  freeing_.clear();
  for (;;) {
    std::optional<round_call> found;
    if (phase_ == phase::calling_handles)
      found = next_handle();
    else if (phase_ == phase::calling_timeouts)
      found = next_timeout();
    else
      found = next_free();
    if (found || phase_ == phase::freeing_at_last) return found;
    step();
  }
}

void rounds::step() {
  switch (phase_) {
    case phase::freeing:
      ready_.look();
      phase_ = phase::calling_handles;
      break;
    case phase::calling_handles:
      timers_.begin_round(timer_queue::clock::now());
      called_timeouts_ = false;
      phase_ = phase::calling_timeouts;
      break;
    case phase::calling_timeouts:
      phase_ = makes_another() ? phase::freeing : phase::freeing_at_last;
      ++round_;
      break;
    case phase::freeing_at_last:
      break;
  }
}

// Timeouts tell streams of their data: the handlers that wait for it come before another round.
bool rounds::makes_another() const {
  return !called_timeouts_ && round_ < rounds_in_a_row && (has_work() || ready_.may_find_more());
}

std::optional<round_call> rounds::next_free() {
  if (free_functions_.empty()) return std::nullopt;
  auto const end = free_functions_.begin() + std::min(std::ssize(free_functions_), frees_in_a_row);
  freeing_.assign(free_functions_.begin(), end);
  free_functions_.erase(free_functions_.begin(), end);
  return free_call{freeing_};
}

std::optional<round_call> rounds::next_handle() {
  do {
    while (next_handle_call_ != handle_calls_.size()) {
      handle_call const& call = handle_calls_[next_handle_call_++];
      // A callback before this one may have removed or disabled it.
      auto const entry = watches_.find(call.watch);
      if (entry && entry.watched->events != 0) return call;
    }
  } while (take_next_descriptor());
  return std::nullopt;
}

bool rounds::take_next_descriptor() {
  if (auto* const called = watches_.descriptor(fd_, serial_)) ready_.called_back(*called);
  serial_ = 0;
  handle_calls_.clear();
  admissions_.clear();
  next_handle_call_ = 0;
  auto* const descriptor = ready_.next_ready();
  if (descriptor == nullptr) return false;
  fd_ = descriptor->fd;
  serial_ = descriptor->serial;
  for (watch const& each : descriptor->watches) {
    int const events = each.concerns(descriptor->found);
    if (events == 0) continue;
    auto* const admission = each.socket ? each.socket->admission.get() : nullptr;
    handle_calls_.push_back({each.id, fd_, events, each.callback, each.opaque, admission});
    if (admission != nullptr) admissions_.push_back(each.socket->admission);
  }
  return true;
}

std::optional<round_call> rounds::next_timeout() {
  auto const due = timers_.next_due();
  if (!due) return std::nullopt;
  called_timeouts_ = true;
  return timeout_call{*due};
}

}  // namespace libvirt_asio::detail
