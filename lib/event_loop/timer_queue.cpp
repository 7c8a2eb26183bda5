// Copyright (c) 2026 The libvirt-asio authors
// Distributed under the Boost Software License, Version 1.0.

#include "event_loop/timer_queue.hpp"

#include <utility>

namespace libvirt_asio::detail {

void timer_queue::add(int id, int interval, virEventTimeoutCallback callback, void* opaque,
                      virFreeCallback free, time_point now) {
  auto& added = timers_[id];
  added.id = id;
  added.callback = callback;
  added.opaque = opaque;
  added.free = free;
  schedule(added, interval, now);
}

std::shared_ptr<timeout_observer> const* timer_queue::update(int id, int interval, time_point now) {
  auto const found = timers_.find(id);
  if (found == timers_.end()) return nullptr;
  schedule(found->second, interval, now);
  return &found->second.observer;
}

void timer_queue::observe(int id, std::shared_ptr<timeout_observer> observer) {
  auto const found = timers_.find(id);
  if (found != timers_.end()) found->second.observer = std::move(observer);
}

void timer_queue::set_keepalive(int id, std::shared_ptr<socket_shutdown const> shutdown,
                                std::shared_ptr<read_admission> admission) {
  auto const found = timers_.find(id);
  if (found == timers_.end()) return;
  found->second.shutdown = std::move(shutdown);
  found->second.admission = std::move(admission);
}

std::optional<free_function> timer_queue::remove(int id) {
  auto const found = timers_.find(id);
  if (found == timers_.end()) return std::nullopt;
  free_function const freed{found->second.free, found->second.opaque};
  timers_.erase(found);
  return freed;
}

std::optional<free_function> timer_queue::remove_any() {
  if (timers_.empty()) return std::nullopt;
  return remove(timers_.begin()->first);
}

void timer_queue::begin_round(time_point now) {
  round_time_ = now;
  in_round_.splice(in_round_.end(), immediate_);
}

std::optional<timer_queue::due_timer> timer_queue::next_due() {
  while (timer* const due = take_due()) {
    if (!due->is_silent())
      return due_timer{due->id, due->callback, due->opaque, due->interval == 0, due->admission};
    schedule(*due, -1, round_time_);
  }
  return std::nullopt;
}

timer_queue::timer* timer_queue::take_due() {
  if (!in_round_.empty()) {
    timer& due = in_round_.front();
    immediate_.splice(immediate_.end(), in_round_, in_round_.begin());
    return &due;
  }
  if (deadlines_.empty() || deadlines_.begin()->deadline > round_time_) return nullptr;
  timer& due = *deadlines_.begin();
  schedule(due, due.interval, round_time_);
  return &due;
}

std::optional<timer_queue::time_point> timer_queue::next_deadline() const {
  if (deadlines_.empty()) return std::nullopt;
  return deadlines_.begin()->deadline;
}

void timer_queue::schedule(timer& changed, int interval, time_point now) {
  changed.interval = interval;
  if (interval == 0 && changed.immediate_hook.is_linked()) return;
  changed.immediate_hook.unlink();
  changed.deadline_hook.unlink();
  if (interval == 0) {
    immediate_.push_back(changed);
  } else if (interval > 0) {
    changed.deadline = now + std::chrono::milliseconds(interval);
    deadlines_.insert(deadlines_.end(), changed);
  }
}

}  // namespace libvirt_asio::detail
