// Copyright (c) 2026 The libvirt-asio authors
// Distributed under the Boost Software License, Version 1.0.

#include "event_loop/loop_core.hpp"

#include <libvirt-asio/detail/libvirt_call.hpp>

#include <boost/asio/error.hpp>
#include <boost/asio/io_context.hpp>
#include <boost/asio/post.hpp>
#include <boost/asio/thread_pool.hpp>

#include <sys/socket.h>

#include <algorithm>
#include <atomic>
#include <cstdio>
#include <cstdlib>
#include <utility>

namespace libvirt_asio::detail {
namespace {

// Numbers are never used again in a process, not even by another event_loop: libvirt may come back late with
// one whose watch is gone. They must be positive: libvirt's FD streams take 0 for none.
int next_number() {
  static std::atomic<int> last{0};
  return ++last;
}

bool is_unix_socket(int fd) {
  int domain = 0;
  socklen_t size = sizeof domain;
  return ::getsockopt(fd, SOL_SOCKET, SO_DOMAIN, &domain, &size) == 0 && domain == AF_UNIX;
}

// So many packets may be taken from a socket in a row before other handlers of the context have their turn.
constexpr int rounds_in_a_row = 4;

thread_local event_loop_core* loop_in_round = nullptr;

}  // namespace

event_loop_core::event_loop_core(asio::any_io_executor executor)
    : executor_(std::move(executor)), deadline_timer_(std::in_place, executor_) {}

// --- libvirt's functions -----------------------------------------------------------------------------------

int event_loop_core::add_handle(int fd, int events, virEventHandleCallback callback, void* opaque,
                                virFreeCallback free) {
  lock_type lock(mutex_);
  if (stopped_) return -1;
  auto& entry = descriptors_[fd];
  if (!entry)
    entry = std::make_unique<watched_descriptor>(fd, next_serial_++);
  else
    // libvirt may have closed the descriptor under a watch that it forgot: the reactor must look anew.
    entry->leave_reactor(next_serial_++);
  int const id = next_number();
  entry->watches.push_back({id, events, callback, opaque, free, nullptr});
  descriptor_of_watch_.emplace(id, fd);
  wait_for(*entry);
  return id;
}

void event_loop_core::update_handle(int watch_number, int events) {
  lock_type lock(mutex_);
  auto* const entry = descriptor_of(watch_number);
  if (entry == nullptr) return;
  watch& updated = *entry->find(watch_number);
  if (events == 0) call_begins(updated, entry->fd);
  updated.events = events;
  wait_for(*entry);
}

int event_loop_core::remove_handle(int watch_number) {
  lock_type lock(mutex_);
  auto* const entry = descriptor_of(watch_number);
  if (entry == nullptr) return -1;
  auto* const removed = entry->find(watch_number);
  queue_free({removed->free, removed->opaque});
  // libvirt gives the connection up. Of several threads blocked on it, libvirt 9.0 wakes up only the first.
  if (removed->window) ::shutdown(entry->fd, SHUT_RDWR);
  entry->watches.erase(entry->watches.begin() + (removed - entry->watches.data()));
  descriptor_of_watch_.erase(watch_number);
  if (entry->watches.empty()) descriptors_.erase(entry->fd);
  return 0;
}

int event_loop_core::add_timeout(int interval, virEventTimeoutCallback callback, void* opaque,
                                 virFreeCallback free) {
  lock_type lock(mutex_);
  if (stopped_) return -1;
  int const id = next_number();
  timers_.add(id, interval, callback, opaque, free, timer_queue::clock::now());
  wait_for_timers();
  return id;
}

void event_loop_core::update_timeout(int timer, int interval) {
  bool const told_already = libvirt_call::timeout_updated(interval);
  auto const now = interval > 0 ? timer_queue::clock::now() : timer_queue::time_point();
  std::shared_ptr<timeout_observer> observer;
  {
    lock_type lock(mutex_);
    if (!timers_.update(timer, interval, now)) return;
    wait_for_timers();
    if (!told_already) observer = timers_.observer_of(timer);
  }
  if (observer) observer->timeout_updated(interval);
}

int event_loop_core::remove_timeout(int timer) {
  lock_type lock(mutex_);
  auto const freed = timers_.remove(timer);
  if (!freed) return -1;
  queue_free(*freed);
  wait_for_timers();
  return 0;
}

// --- For the rest of the library ---------------------------------------------------------------------------

bool event_loop_core::idle() const {
  lock_type lock(mutex_);
  return is_idle();
}

bool event_loop_core::runs_in_this_thread() const {
  if (executor_runs_here()) return true;
  lock_type lock(mutex_);
  return runs_round_here();
}

bool event_loop_core::executor_runs_here() const {
  if (auto const* const context = executor_.target<asio::io_context::executor_type>())
    return context->running_in_this_thread();
  auto const* const pool = executor_.target<asio::thread_pool::executor_type>();
  return pool != nullptr && pool->running_in_this_thread();
}

bool event_loop_core::runs_round_here() const {
  return running_ && runner_ == std::this_thread::get_id();
}

void event_loop_core::async_drain(asio::any_completion_handler<void(error_code)> handler) {
  lock_type lock(mutex_);
  if (stopped_)
    return completion<error_code>(std::move(handler), executor_).post(asio::error::operation_aborted);
  std::uint64_t const serial = next_serial_++;
  assign_cancellation(handler, [weak = weak_from_this(), serial](asio::cancellation_type) {
    if (auto const self = weak.lock()) self->cancel_drain(serial);
  });
  drains_.push_back({serial, completion<error_code>(std::move(handler), executor_)});
  schedule();
}

void event_loop_core::cancel_drain(std::uint64_t serial) {
  completion<error_code> done;
  {
    lock_type lock(mutex_);
    auto const found = std::find_if(drains_.begin(), drains_.end(),
                                    [&](drain const& each) { return each.serial == serial; });
    if (found == drains_.end()) return;
    done = std::move(found->done);
    drains_.erase(found);
  }
  std::move(done).post(asio::error::operation_aborted);
}

void event_loop_core::attach(int watch_number, std::shared_ptr<receive_window> window) {
  lock_type lock(mutex_);
  auto* const entry = descriptor_of(watch_number);
  if (entry == nullptr) return;
  watch& attached = *entry->find(watch_number);
  attached.window = std::move(window);
  attached.is_unix_socket = is_unix_socket(entry->fd);
}

// A UNIX socket that polls writable has three quarters of its buffer left. Of others nobody knows: behind a
// TCP socket there may be a protocol that waits for its peer.
bool event_loop_core::has_room(int watch_number) {
  lock_type lock(mutex_);
  auto* const entry = descriptor_of(watch_number);
  // Inside its callbacks libvirt may hold the locks that a call takes.
  if (entry == nullptr || runs_round_here()) return false;
  watch const& asked = *entry->find(watch_number);
  // libvirt switches the watch off while a call, whoever makes it, has the connection to itself.
  if (!asked.is_unix_socket || asked.events == 0) return false;
  pollfd socket{entry->fd, POLLOUT, 0};
  return ::poll(&socket, 1, 0) == 1 && socket.revents == POLLOUT;
}

void event_loop_core::observe_timeout(int timer, std::shared_ptr<timeout_observer> observer) {
  lock_type lock(mutex_);
  timers_.observe(timer, std::move(observer));
}

// A blocking call switches its socket's watch off first: that shows those that others make, too.
void event_loop_core::call_begins(watch const& called, int socket) const {
  if (!called.window || !executor_runs_here()) return;
  // Keepalive messages go out from inside a callback, without blocking.
  if (runs_round_here() || libvirt_call::is_known_not_to_block()) return;
  // The last reference to a closed connection goes, with a handle of the user's say: that must not wait.
  if (called.connection_closes) {
    ::shutdown(socket, SHUT_RDWR);
    return;
  }
#ifdef LIBVIRT_ASIO_BLOCKING_CHECKS
  std::fputs("libvirt-asio: blocking libvirt call on a thread that runs the event loop\n", stderr);
  std::abort();
#endif
}

void event_loop_core::connection_closes(int watch_number) {
  lock_type lock(mutex_);
  if (auto* const entry = descriptor_of(watch_number)) entry->find(watch_number)->connection_closes = true;
}

void event_loop_core::window_opened(int watch_number) {
  lock_type lock(mutex_);
  if (auto* const entry = descriptor_of(watch_number)) wait_for(*entry);
}

void event_loop_core::shut_down(int watch_number) {
  lock_type lock(mutex_);
  // While libvirt has the watch it has not closed the descriptor either.
  if (auto* const entry = descriptor_of(watch_number)) ::shutdown(entry->fd, SHUT_RDWR);
}

void event_loop_core::run_in_round(free_function function) {
  {
    lock_type lock(mutex_);
    if (!stopped_) return queue_free(function);
  }
  function();
}

event_loop_core* event_loop_core::in_round() noexcept {
  return loop_in_round;
}

void event_loop_core::stop() noexcept {
  std::vector<drain> drains;
  {
    lock_type lock(mutex_);
    stopped_ = true;
    for (auto const& entry : descriptors_)
      for (watch const& each : entry.second->watches) {
        free_functions_.push_back({each.free, each.opaque});
        // Without a loop nothing else would end the calls that are blocked on a connection.
        if (each.window) ::shutdown(entry.first, SHUT_RDWR);
      }
    descriptor_of_watch_.clear();
    descriptors_.clear();
    while (auto const freed = timers_.remove_any()) free_functions_.push_back(*freed);
    deadline_timer_.reset();
    drains.swap(drains_);
    // What the callback under way still calls is not for this loop any more.
    if (loop_in_round == this) loop_in_round = nullptr;
    if (runner_ != std::this_thread::get_id()) round_ended_.wait(lock, [this] { return !running_; });
    // Inside a callback of libvirt's the round that makes it calls them when it has returned.
    if (!running_) call_free_functions(lock);
  }
  for (drain& each : drains) std::move(each.done).post(asio::error::operation_aborted);
}

void event_loop_core::context_destroyed() noexcept {
  std::vector<drain> destroyed;
  {
    lock_type lock(mutex_);
    destroyed.swap(drains_);
  }
  destroyed.clear();
  stop();
}

// --- Waiting for something to do ---------------------------------------------------------------------------

watched_descriptor* event_loop_core::descriptor_of(int watch_number) {
  auto const fd = descriptor_of_watch_.find(watch_number);
  return fd == descriptor_of_watch_.end() ? nullptr : descriptors_.at(fd->second).get();
}

// A wait that is no longer wanted is left alone: libvirt switches the socket's watch off and on again around
// every call, which must cost nothing.
void event_loop_core::wait_for(watched_descriptor& waiting) {
  if (waiting.ready_hook.is_linked() || !waiting.is_enabled() || waiting.is_waited_for()) return;
  // The next round polls it: what is ready already never goes through the reactor.
  ready_.push_back(waiting);
  schedule();
}

void event_loop_core::wait_in_reactor(watched_descriptor& waiting) {
  if (!waiting.is_enabled()) return;
  if (!waiting.file && !waiting.refused_by_reactor) {
    try {
      waiting.file.emplace(executor_, waiting.fd);
    } catch (boost::system::system_error const&) {
      waiting.refused_by_reactor = true;
    }
  }
  if (waiting.refused_by_reactor) return ready_.push_back(waiting);
  int const wanted = waiting.wanted();
  bool const reads = (wanted & VIR_EVENT_HANDLE_READABLE) != 0;
  bool const writes = (wanted & VIR_EVENT_HANDLE_WRITABLE) != 0;
  if (reads) start_wait(waiting, descriptor::wait_type::wait_read, &watched_descriptor::waits_for_read);
  if (writes) start_wait(waiting, descriptor::wait_type::wait_write, &watched_descriptor::waits_for_write);
  // The other waits end at errors and hang-up as well; where this one goes on, there were none.
  if ((!reads && !writes) || waiting.is_connection())
    start_wait(waiting, descriptor::wait_type::wait_error, &watched_descriptor::waits_for_error);
}

void event_loop_core::start_wait(watched_descriptor& waiting, descriptor::wait_type type,
                                 watched_descriptor::wait_flag flag) {
  if (waiting.*flag) return;
  waiting.*flag = true;
  waiting.file->async_wait(
      type, [self = shared_from_this(), fd = waiting.fd, serial = waiting.serial,
             flag](boost::system::error_code error) { self->descriptor_ready(fd, serial, flag, error); });
}

void event_loop_core::wait_for_timers() {
  if (timers_.has_immediate()) schedule();
  auto const deadline = timers_.next_deadline();
  if (!deadline) {
    // A wait for nothing would keep the context running.
    if (awaited_deadline_) deadline_timer_->cancel();
    awaited_deadline_.reset();
    return;
  }
  if (awaited_deadline_ && *awaited_deadline_ <= *deadline) return;
  awaited_deadline_ = deadline;
  deadline_timer_->expires_at(*deadline);
  deadline_timer_->async_wait(
      [self = shared_from_this(), wait = ++deadline_wait_](boost::system::error_code) {
        lock_type lock(self->mutex_);
        if (self->stopped_ || wait != self->deadline_wait_ || !self->awaited_deadline_) return;
        self->awaited_deadline_.reset();
        self->run(lock);
      });
}

void event_loop_core::queue_free(free_function function) {
  free_functions_.push_back(function);
  schedule();
}

void event_loop_core::schedule() {
  if (scheduled_ || running_ || stopped_) return;
  scheduled_ = true;
  asio::post(executor_, [self = shared_from_this()] {
    lock_type lock(self->mutex_);
    self->scheduled_ = false;
    self->run(lock);
  });
}

bool event_loop_core::has_work() const {
  return !ready_.empty() || timers_.has_immediate() || !free_functions_.empty();
}

bool event_loop_core::is_idle() const {
  return descriptors_.empty() && timers_.empty() && free_functions_.empty();
}

// --- Rounds ------------------------------------------------------------------------------------------------

void event_loop_core::descriptor_ready(int fd, std::uint64_t serial, watched_descriptor::wait_flag flag,
                                       boost::system::error_code error) {
  lock_type lock(mutex_);
  auto const found = descriptors_.find(fd);
  // The number may have been reused since.
  if (found == descriptors_.end() || found->second->serial != serial) return;
  watched_descriptor& ready = *found->second;
  ready.report(flag, error);
  if (!ready.ready_hook.is_linked()) ready_.push_back(ready);
  run(lock);
}

void event_loop_core::run(lock_type& lock) {
  if (running_ || stopped_) return;
  running_ = true;
  runner_ = std::this_thread::get_id();
  loop_in_round = this;
  make_rounds(lock);
  auto completed = std::exchange(completed_, {});
  loop_in_round = nullptr;
  running_ = false;
  runner_ = {};
  round_ended_.notify_all();
  if (!stopped_) {
    wait_for_timers();
    if (has_work()) schedule();
    complete_drains(lock);
  }
  complete(lock, std::move(completed));
}

void event_loop_core::make_rounds(lock_type& lock) {
  for (int round = 0; round != rounds_in_a_row; ++round) {
    // Timers tell streams of their data: the handlers that wait for it come before another round.
    if (make_round(lock) || stopped_ || !has_work()) break;
  }
  if (!stopped_) leave_to_reactor();
  call_free_functions(lock);
}

// Costs less than a round more, which would most often find nothing.
void event_loop_core::leave_to_reactor() {
  descriptor_list left;
  left.splice(left.end(), ready_);
  while (!left.empty()) {
    watched_descriptor& waiting = left.front();
    left.pop_front();
    if (waiting.is_reported)
      ready_.push_back(waiting);
    else
      wait_in_reactor(waiting);
  }
}

bool event_loop_core::make_round(lock_type& lock) {
  call_free_functions(lock);
  dispatch_descriptors(lock);
  return dispatch_timers(lock);
}

void event_loop_core::dispatch_descriptors(lock_type& lock) {
  descriptor_list in_round;
  in_round.splice(in_round.end(), ready_);
  poll(in_round);
  while (!in_round.empty() && !stopped_) {
    watched_descriptor& ready = in_round.front();
    in_round.pop_front();
    dispatch(lock, ready);
  }
}

void event_loop_core::poll(descriptor_list& descriptors) {
  polled_.clear();
  for (watched_descriptor const& each : descriptors)
    if (each.found == 0) polled_.push_back({each.fd, descriptor::poll_events(each.wanted()), 0});
  if (polled_.empty()) return;
  ::poll(polled_.data(), polled_.size(), 0);
  auto result = polled_.begin();
  for (watched_descriptor& each : descriptors)
    if (each.found == 0) each.found = descriptor::found_events((result++)->revents);
}

void event_loop_core::dispatch(lock_type& lock, watched_descriptor& ready) {
  int const fd = ready.fd;
  std::uint64_t const serial = ready.serial;
  int const found = ready.take_found();
  fired_.clear();
  for (watch const& each : ready.watches) {
    constexpr int always = VIR_EVENT_HANDLE_ERROR | VIR_EVENT_HANDLE_HANGUP;
    int const events = found & (each.wanted() | always);
    if (each.events != 0 && events != 0)
      fired_.push_back({each.id, fd, events, each.callback, each.opaque, each.window});
  }
  if (fired_.empty()) return wait_in_reactor(ready);
  for (fired_watch const& each : fired_) fire(lock, each);
  auto const still = descriptors_.find(fd);
  if (still != descriptors_.end() && still->second->serial == serial) wait_for(*still->second);
}

void event_loop_core::fire(lock_type& lock, fired_watch const& fired) {
  // A callback before this one may have removed or disabled it.
  auto* const entry = descriptor_of(fired.id);
  if (entry == nullptr || entry->find(fired.id)->events == 0) return;
  lock.unlock();
  if (fired.window && (fired.events & VIR_EVENT_HANDLE_READABLE) != 0) fired.window->packet_arrives(fired.fd);
  std::optional<sigpipe_guard> no_sigpipe;
  // libvirt only reads when there is only something to read, which is every time while data flows.
  if (fired.events != VIR_EVENT_HANDLE_READABLE) no_sigpipe.emplace();
  fired.callback(fired.id, fired.fd, fired.events, fired.opaque);
  no_sigpipe.reset();
  lock.lock();
}

bool event_loop_core::dispatch_timers(lock_type& lock) {
  timers_.begin_round(timer_queue::clock::now());
  bool called = false;
  while (!stopped_) {
    auto const due = timers_.next_due();
    if (!due) break;
    called = true;
    lock.unlock();
    std::optional<sigpipe_guard> no_sigpipe;
    // Timers of 0 are those of streams, which write nothing; others send keepalive messages.
    if (!due->immediate) no_sigpipe.emplace();
    due->callback(due->id, due->opaque);
    no_sigpipe.reset();
    lock.lock();
  }
  return called;
}

void event_loop_core::call_free_functions(lock_type& lock) {
  if (free_functions_.empty()) return;
  sigpipe_guard const no_sigpipe;
  while (!free_functions_.empty()) {
    free_function const function = free_functions_.front();
    lock.unlock();
    function();
    lock.lock();
    // Only now: idle() must not be true while it runs.
    free_functions_.pop_front();
  }
}

void event_loop_core::complete_drains(lock_type& lock) {
  if (drains_.empty() || !is_idle()) return;
  std::vector<drain> drains;
  drains.swap(drains_);
  lock.unlock();
  for (drain& each : drains) std::move(each.done).post({});
  lock.lock();
}

// The last thing of all: the handler may throw, and destroy what it likes.
void event_loop_core::complete(lock_type& lock, operations completed) {
  lock.unlock();
  if (completed.size() == 1) return std::move(completed.front()).dispatch();
  // None of several must wait for another's handler.
  for (auto& each : completed) std::move(each).post();
}

}  // namespace libvirt_asio::detail
