// Copyright (c) 2026 The libvirt-asio authors
// Distributed under the Boost Software License, Version 1.0.

#ifndef LIBVIRT_ASIO_TEST_UNIT_WATCHES_HPP
#define LIBVIRT_ASIO_TEST_UNIT_WATCHES_HPP

#include <libvirt-asio/event_loop.hpp>

#include "contexts.hpp"
#include "counter.hpp"

#include <libvirt/libvirt.h>

#include <atomic>
#include <functional>
#include <optional>
#include <utility>

namespace unit {

constexpr int readable = VIR_EVENT_HANDLE_READABLE;
constexpr int writable = VIR_EVENT_HANDLE_WRITABLE;
constexpr int error = VIR_EVENT_HANDLE_ERROR;
constexpr int hangup = VIR_EVENT_HANDLE_HANGUP;

inline thread_local bool inside_remove = false;

/// What libvirt promises about each watch and timer, seen from inside its functions.
class lifetime {
 public:
  void callback_starts() {
    if (freed_.count() != 0) ++called_after_free;
    running_ = true;
  }
  void callback_ends() { running_ = false; }

  void free() {
    if (inside_remove) ++freed_inside_remove;
    if (running_) ++freed_inside_callback;
    ++freed_;
  }

  [[nodiscard]] counter const& freed() const { return freed_; }

  /// Whether it was freed once, at the right time.
  [[nodiscard]] bool is_proper() const {
    return freed_.count() == 1 && called_after_free == 0 && freed_inside_remove == 0 &&
           freed_inside_callback == 0;
  }

 private:
  counter freed_;
  std::atomic<bool> running_ = false;
  std::atomic<int> called_after_free = 0;
  std::atomic<int> freed_inside_remove = 0;
  std::atomic<int> freed_inside_callback = 0;
};

/// A handle that was added through libvirt's public function. It must outlive the event loop.
class handle_watch {
 public:
  using callback = std::function<void(handle_watch&, int events)>;

  handle_watch() = default;
  handle_watch(int fd, int events, callback on_event = {}) { add(fd, events, std::move(on_event)); }
  handle_watch(handle_watch const&) = delete;
  handle_watch& operator=(handle_watch const&) = delete;

  void add(int fd, int events, callback on_event = {}) {
    on_event_ = std::move(on_event);
    id_ = ::virEventAddHandle(
        fd, events,
        [](int id, int, int fired, void* self) { static_cast<handle_watch*>(self)->fire(id, fired); }, this,
        [](void* self) { static_cast<handle_watch*>(self)->alive_.free(); });
  }

  [[nodiscard]] int id() const { return id_; }
  void update(int events) const { ::virEventUpdateHandle(id_, events); }

  int remove() const {
    inside_remove = true;
    int const removed = ::virEventRemoveHandle(id_);
    inside_remove = false;
    return removed;
  }

  [[nodiscard]] counter const& fired() const { return fired_; }
  [[nodiscard]] counter const& freed() const { return alive_.freed(); }
  [[nodiscard]] bool is_proper() const { return alive_.is_proper(); }

  /// The events of its last callback.
  [[nodiscard]] int events() const { return events_; }

 private:
  // It may be called before virEventAddHandle returns.
  void fire(int id, int events) {
    id_ = id;
    alive_.callback_starts();
    events_ = events;
    if (on_event_) on_event_(*this, events);
    alive_.callback_ends();
    ++fired_;
  }

  std::atomic<int> id_ = 0;
  callback on_event_;
  std::atomic<int> events_ = 0;
  counter fired_;
  lifetime alive_;
};

/// A timeout that was added through libvirt's public function. It must outlive the event loop.
class timeout {
 public:
  using callback = std::function<void(timeout&)>;

  timeout() = default;
  explicit timeout(int interval, callback on_timeout = {}) { add(interval, std::move(on_timeout)); }
  timeout(timeout const&) = delete;
  timeout& operator=(timeout const&) = delete;

  void add(int interval, callback on_timeout = {}) {
    on_timeout_ = std::move(on_timeout);
    id_ = ::virEventAddTimeout(
        interval, [](int id, void* self) { static_cast<timeout*>(self)->fire(id); }, this,
        [](void* self) { static_cast<timeout*>(self)->alive_.free(); });
  }

  [[nodiscard]] int id() const { return id_; }
  void update(int interval) const { ::virEventUpdateTimeout(id_, interval); }

  int remove() const {
    inside_remove = true;
    int const removed = ::virEventRemoveTimeout(id_);
    inside_remove = false;
    return removed;
  }

  [[nodiscard]] counter const& fired() const { return fired_; }
  [[nodiscard]] counter const& freed() const { return alive_.freed(); }
  [[nodiscard]] bool is_proper() const { return alive_.is_proper(); }

 private:
  void fire(int id) {
    id_ = id;
    alive_.callback_starts();
    if (on_timeout_) on_timeout_(*this);
    alive_.callback_ends();
    ++fired_;
  }

  std::atomic<int> id_ = 0;
  callback on_timeout_;
  counter fired_;
  lifetime alive_;
};

/// An event loop on a context. Watches must be declared before it.
template <class Context>
class running_loop {
 public:
  ~running_loop() { end(); }

  void wait_for(counter const& counted, int count = 1) { runner_.wait_for(counted, count); }

  /// Waits until every descriptor that was ready before has had its turn.
  void let_rounds_pass() {
    timeout rounds(0);
    wait_for(rounds.fired(), 10);
    rounds.remove();
    wait_for(rounds.freed());
  }

  [[nodiscard]] libvirt_asio::event_loop& loop() { return *loop_; }
  [[nodiscard]] Context& runner() { return runner_; }

  /// Destroys the event loop while the context still runs.
  void end() { loop_.reset(); }

 private:
  Context runner_;
  std::optional<libvirt_asio::event_loop> loop_{runner_.context()};
};

}  // namespace unit

#endif
