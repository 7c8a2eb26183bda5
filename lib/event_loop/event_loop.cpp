// Copyright (c) 2026 The libvirt-asio authors
// Distributed under the Boost Software License, Version 1.0.

#include <libvirt-asio/event_loop.hpp>

#include <libvirt-asio/detail/libvirt_call.hpp>

#include "event_loop/current_event_loop.hpp"
#include "event_loop/loop_core.hpp"
#include "libvirt/free_function.hpp"

#include <limits>
#include <mutex>
#include <stdexcept>
#include <utility>

namespace libvirt_asio {
namespace detail {
namespace {

struct current {
  std::mutex mutex;
  std::shared_ptr<event_loop_core> loop;
};

// Never destroyed: libvirt may call while the process exits.
current& current_loop() {
  static auto& holder = *new current;
  return holder;
}

/// The loop that a call of libvirt's is for, if there is one.
class called_loop {
 public:
  // From inside a callback, as most come, it takes neither lock nor reference.
  called_loop() noexcept : loop_(event_loop_core::in_round()) {
    if (loop_ != nullptr) return;
    kept_ = current_event_loop();
    loop_ = kept_.get();
  }

  explicit operator bool() const noexcept { return loop_ != nullptr; }
  event_loop_core* operator->() const noexcept { return loop_; }

 private:
  event_loop_core* loop_;
  std::shared_ptr<event_loop_core> kept_;
};

// No timeout has this number: updates and removals find none.
constexpr int number_of_none = std::numeric_limits<int>::max();

// libvirt keeps the first functions registered for ever: these forward to whichever loop is alive.

int add_handle(int fd, int events, virEventHandleCallback callback, void* opaque, virFreeCallback free) {
  called_loop const loop;
  if (!loop) return -1;
  int const watch = loop->add_handle(fd, events, callback, opaque, free);
  if (!libvirt_call::handle_added(watch, fd)) loop->shut_down(watch);
  return watch;
}

void update_handle(int watch, int events) {
  called_loop const loop;
  if (loop) loop->update_handle(watch, events);
  // By a call that has taken the connection for itself.
  if (events == 0) libvirt_call::handle_switched_off();
}

int remove_handle(int watch) {
  called_loop const loop;
  return loop ? loop->remove_handle(watch) : -1;
}

int add_timeout(int interval, virEventTimeoutCallback callback, void* opaque, virFreeCallback free) {
  if (libvirt_call::has_asked_for_event_loop()) return -1;
  called_loop const loop;
  int const timer = loop ? loop->add_timeout(interval, callback, opaque, free) : -1;
  if (timer < 0) return libvirt_call::timeout_refused({free, opaque}) ? number_of_none : -1;
  libvirt_call::timeout_added(timer);
  return timer;
}

void update_timeout(int timer, int interval) {
  called_loop const loop;
  if (loop) loop->update_timeout(timer, interval);
}

int remove_timeout(int timer) {
  called_loop const loop;
  return loop ? loop->remove_timeout(timer) : -1;
}

enum class implementation { none, ours, foreign };

// virEventRegisterImpl ignores us without a word if others came first: ask who answers.
implementation find_implementation() {
  bool answered = false;
  libvirt_call const asking({.asks_for_event_loop = &answered});
  int const timer = virEventAddTimeout(
      -1, [](int, void*) {}, nullptr, nullptr);
  if (answered) return implementation::ours;
  if (timer < 0) return implementation::none;
  virEventRemoveTimeout(timer);
  return implementation::foreign;
}

void register_functions() {
  switch (find_implementation()) {
    case implementation::ours:
      return;
    case implementation::foreign:
      throw std::logic_error(
          "libvirt_asio::event_loop: libvirt has another event loop implementation already");
    case implementation::none:
      virEventRegisterImpl(&add_handle, &update_handle, &remove_handle, &add_timeout, &update_timeout,
                           &remove_timeout);
  }
}

void set_current(std::shared_ptr<event_loop_core> loop) {
  std::lock_guard lock(current_loop().mutex);
  if (current_loop().loop) throw std::logic_error("libvirt_asio::event_loop: another one is alive");
  current_loop().loop = std::move(loop);
}

void clear_current() {
  std::shared_ptr<event_loop_core> cleared;
  std::lock_guard lock(current_loop().mutex);
  cleared.swap(current_loop().loop);
}

}  // namespace

std::shared_ptr<event_loop_core> current_event_loop() noexcept {
  std::lock_guard lock(current_loop().mutex);
  return current_loop().loop;
}

}  // namespace detail

event_loop::event_loop(executor_type executor)
    : core_(std::make_shared<detail::event_loop_core>(std::move(executor))) {
  // First: once it is the current one, connections of a former loop call it from other threads.
  detail::join_context(core_);
  detail::set_current(core_);
  try {
    detail::register_functions();
  } catch (...) {
    detail::clear_current();
    throw;
  }
}

event_loop::~event_loop() {
  detail::clear_current();
  core_->stop();
}

event_loop::executor_type event_loop::get_executor() const noexcept {
  return core_->executor();
}

std::shared_ptr<detail::event_loop_service> event_loop::service() const {
  return core_;
}

bool event_loop::idle() const {
  return core_->idle();
}

}  // namespace libvirt_asio
