// Copyright (c) 2026 The libvirt-asio authors
// Distributed under the Boost Software License, Version 1.0.

#include "event_loop/loop_core.hpp"

#include <libvirt-asio/detail/libvirt_call.hpp>

#include <boost/asio/error.hpp>

#include <sys/socket.h>

#include <algorithm>
#include <atomic>
#include <utility>

namespace libvirt_asio::detail {
namespace {

// Numbers are never used again in a process, not even by another event_loop: libvirt may come back late with
// one whose watch is gone. They must be positive: libvirt's FD streams take 0 for none.
int next_number() {
  static std::atomic<int> last{0};
  return ++last;
}

// Every call of libvirt's asks for it: not by a call of its own.
[[gnu::tls_model("initial-exec")]] constinit thread_local event_loop_core* loop_in_round = nullptr;

}  // namespace

event_loop_core::event_loop_core(asio::any_io_executor executor)
    : context_member(std::move(executor)), deadline_timer_(std::in_place, this->executor()) {
  use_descriptor_of_epoll_set();
}

event_loop_core::~event_loop_core() {
  leave_context();
  release_descriptor_of_epoll_set();
}

// --- libvirt's functions -----------------------------------------------------------------------------------

int event_loop_core::add_handle(int fd, int events, virEventHandleCallback callback, void* opaque,
                                virFreeCallback free) {
  std::lock_guard const lock(mutex_);
  if (stopped_) return -1;
  int const id = next_number();
  watched_descriptor& descriptor = watches_.add(fd, {id, events, callback, opaque, free});
  if (descriptor.watches.size() > 1) {
    // libvirt may have closed the descriptor under a watch that it forgot: it must be looked at anew.
    ready_.forget(descriptor);
    descriptor.serial = watches_.next_serial();
  }
  if (ready_.changed(descriptor)) wait();
  return id;
}

void event_loop_core::update_handle(int watch_number, int events) {
  std::lock_guard const lock(mutex_);
  auto const updated = watches_.find(watch_number);
  if (!updated) return;
  if (events == 0) switched_off(*updated.watched);
  updated.watched->events = events;
  if (ready_.changed(*updated.descriptor)) wait();
}

int event_loop_core::remove_handle(int watch_number) {
  std::lock_guard const lock(mutex_);
  auto const removed = watches_.find(watch_number);
  if (!removed) return -1;
  // libvirt gives the connection up. Of several threads blocked on it, libvirt 9.0 wakes up only the first.
  if (removed.watched->socket) removed.watched->socket->shutdown->now();
  if (removed.descriptor->watches.size() == 1) ready_.forget(*removed.descriptor);
  queue_free({removed.watched->free, removed.watched->opaque});
  watches_.remove(removed);
  if (ready_.nothing_to_wait_for()) cancel_wait_for_descriptors();
  return 0;
}

int event_loop_core::add_timeout(int interval, virEventTimeoutCallback callback, void* opaque,
                                 virFreeCallback free) {
  std::lock_guard const lock(mutex_);
  if (stopped_) return -1;
  int const id = next_number();
  timers_.add(id, interval, callback, opaque, free, timer_queue::clock::now());
  if (interval >= 0) wait();
  return id;
}

void event_loop_core::update_timeout(int timer, int interval) {
  bool const call_was_told = libvirt_call::timeout_updated(interval);
  auto const now = interval > 0 ? timer_queue::clock::now() : timer_queue::time_point();
  std::shared_ptr<timeout_observer> observer;
  {
    std::lock_guard const lock(mutex_);
    auto const* const updated = timers_.update(timer, interval, now);
    if (updated == nullptr) return;
    if (!call_was_told) observer = *updated;
    wait();
  }
  if (observer) observer->timeout_updated(interval);
}

int event_loop_core::remove_timeout(int timer) {
  std::lock_guard const lock(mutex_);
  auto const freed = timers_.remove(timer);
  if (!freed) return -1;
  queue_free(*freed);
  wait();
  return 0;
}

// --- Rounds ------------------------------------------------------------------------------------------------

void event_loop_core::descriptors_reported(std::uint64_t wait, boost::system::error_code error) {
  {
    std::lock_guard const lock(mutex_);
    if (stopped_ || wait != descriptors_wait_) return;
    waits_for_descriptors_ = false;
    if (!error) ready_.reported();
  }
  run();
}

void event_loop_core::deadline_reached(std::uint64_t wait) {
  {
    std::lock_guard const lock(mutex_);
    if (stopped_ || wait != deadline_wait_ || !awaited_deadline_) return;
    awaited_deadline_.reset();
  }
  run();
}

void event_loop_core::run() {
  if (begin_rounds()) make_rounds();
}

bool event_loop_core::begin_rounds() {
  std::lock_guard const lock(mutex_);
  if (running_ || stopped_) return false;
  running_ = true;
  runner_ = std::this_thread::get_id();
  rounds_.begin();
  return true;
}

void event_loop_core::make_rounds() {
  call_all(true);
  auto completed = std::exchange(completed_, {});
  for (auto& each : end_rounds()) completion(std::move(each.operation), error_code()).post();
  complete(std::move(completed));
}

void event_loop_core::call_all(bool serves_libvirt) {
  if (serves_libvirt) loop_in_round = this;
  // From the first call that may write on.
  std::optional<sigpipe_guard> no_sigpipe;
  while (auto const next = next_call())
    std::visit(
        [&no_sigpipe](auto const& call) {
          if (!no_sigpipe && call.may_write()) no_sigpipe.emplace();
          call();
        },
        *next);
  loop_in_round = nullptr;
}

std::optional<round_call> event_loop_core::next_call() {
  std::lock_guard const lock(mutex_);
  auto next = rounds_.next();
  if (ready_.is_haunted() && !stopped_) {
    release_descriptor_of_epoll_set();
    ready_.renew();
    use_descriptor_of_epoll_set();
  }
  return next;
}

std::vector<event_loop_core::drain_operation> event_loop_core::end_rounds() {
  std::lock_guard const lock(mutex_);
  running_ = false;
  runner_ = {};
  round_ended_.notify_all();
  std::vector<drain_operation> drained;
  if (stopped_) return drained;
  if (ready_.leave_to_epoll()) wait_for_descriptors();
  wait();
  if (is_idle()) drained.swap(drains_);
  return drained;
}

// The last thing of all: the handler may throw, and destroy what it likes.
void event_loop_core::complete(operations completed) {
  if (completed.size() == 1) return std::move(completed.front()).dispatch();
  // None of several must wait for another's handler.
  for (auto& each : completed) std::move(each).post();
}

event_loop_core* event_loop_core::in_round() noexcept {
  return loop_in_round;
}

void event_loop_core::complete_after_round(completion done, asio::any_io_executor const& executor) {
  if (loop_in_round != nullptr && loop_in_round->executor() == executor)
    loop_in_round->completed_.push_back(std::move(done));
  else
    std::move(done).post();
}

void event_loop_core::run_in_round(free_function function) {
  {
    std::lock_guard const lock(mutex_);
    if (!stopped_) return queue_free(function);
  }
  function();
}

// --- The end -----------------------------------------------------------------------------------------------

void event_loop_core::stop() noexcept {
  std::vector<drain_operation> aborted;
  std::vector<std::shared_ptr<socket_shutdown>> sockets;
  {
    std::lock_guard const lock(mutex_);
    sockets = forget_all();
    aborted.swap(drains_);
    // What the callback under way still calls is not for this loop any more.
    if (loop_in_round == this) loop_in_round = nullptr;
  }
  // Without a loop nothing else would end the calls that are blocked on a connection. Later, so that its
  // streams can be aborted first.
  for (auto const& each : sockets) each->later();
  bool frees = false;
  {
    std::unique_lock lock(mutex_);
    // Inside a callback of libvirt's, the rounds under way call the free functions when it has returned.
    frees = !runs_round_here();
    if (frees) {
      round_ended_.wait(lock, [this] { return !running_; });
      running_ = true;
      runner_ = std::this_thread::get_id();
    }
  }
  if (frees) {
    call_all(false);
    static_cast<void>(end_rounds());
  }
  for (auto& each : aborted) completion(std::move(each.operation), asio::error::operation_aborted).post();
}

// Returns the sockets of the connections that there are.
std::vector<std::shared_ptr<socket_shutdown>> event_loop_core::forget_all() {
  std::vector<std::shared_ptr<socket_shutdown>> sockets;
  if (std::exchange(stopped_, true)) return sockets;
  rounds_.stop();
  ready_.clear();
  release_descriptor_of_epoll_set();
  for (auto const& entry : watches_.descriptors())
    for (watch const& each : entry.second->watches) {
      rounds_.queue_free({each.free, each.opaque});
      if (each.socket) sockets.push_back(each.socket->shutdown);
    }
  watches_.clear();
  while (auto const freed = timers_.remove_any()) rounds_.queue_free(*freed);
  deadline_timer_.reset();
  return sockets;
}

void event_loop_core::context_destroyed() noexcept {
  std::vector<drain_operation> destroyed;
  {
    std::lock_guard const lock(mutex_);
    destroyed.swap(drains_);
  }
  destroyed.clear();
  stop();
}

}  // namespace libvirt_asio::detail
