// Copyright (c) 2026 The libvirt-asio authors
// Distributed under the Boost Software License, Version 1.0.

// What the rest of the library asks of the event loop.

#include "event_loop/loop_core.hpp"

#include <libvirt-asio/detail/libvirt_call.hpp>

#include <boost/asio/error.hpp>
#include <boost/asio/io_context.hpp>
#include <boost/asio/thread_pool.hpp>

#include <poll.h>
#include <sys/socket.h>

#include <algorithm>
#include <cstdio>
#include <cstdlib>
#include <utility>

namespace libvirt_asio::detail {

namespace {
// Of a socket; -1 of what is none.
int socket_option(int fd, int name) {
  int value = 0;
  socklen_t size = sizeof value;
  return ::getsockopt(fd, SOL_SOCKET, name, &value, &size) == 0 ? value : -1;
}
}  // namespace

bool event_loop_core::idle() const {
  std::lock_guard const lock(mutex_);
  return is_idle();
}

bool event_loop_core::is_idle() const {
  return watches_.empty() && timers_.empty() && rounds_.has_freed_all();
}

bool event_loop_core::runs_in_this_thread() const {
  if (executor_runs_here()) return true;
  std::lock_guard const lock(mutex_);
  return runs_round_here();
}

// Asked by any thread, also one that still works for a connection when the context is destroyed.
bool event_loop_core::executor_runs_here() const {
  permit const allowed(*this);
  if (!allowed) return false;
  if (auto const* const context = executor().target<asio::io_context::executor_type>())
    return context->running_in_this_thread();
  auto const* const pool = executor().target<asio::thread_pool::executor_type>();
  return pool != nullptr && pool->running_in_this_thread();
}

bool event_loop_core::runs_round_here() const {
  return running_ && runner_ == std::this_thread::get_id();
}

void event_loop_core::observe_timeout(int timer, std::shared_ptr<timeout_observer> observer) {
  std::lock_guard const lock(mutex_);
  timers_.observe(timer, std::move(observer));
}

// --- Drains ------------------------------------------------------------------------------------------------

void event_loop_core::drain(operation_ptr<error_code> operation) {
  auto const id = next_operation_id();
  operation->assign_cancellation(weak_from_this(), id);
  {
    std::lock_guard const lock(mutex_);
    if (!stopped_) {
      drains_.push_back({id, std::move(operation)});
      return schedule();
    }
  }
  completion(std::move(operation), asio::error::operation_aborted).post();
}

void event_loop_core::cancel(operation_id id, asio::cancellation_type) {
  operation_ptr<error_code> cancelled;
  {
    std::lock_guard const lock(mutex_);
    auto const found = std::find_if(drains_.begin(), drains_.end(),
                                    [&](drain_operation const& each) { return each.id == id; });
    if (found == drains_.end()) return;
    cancelled = std::move(found->operation);
    drains_.erase(found);
  }
  completion(std::move(cancelled), asio::error::operation_aborted).post();
}

std::shared_ptr<socket_shutdown> event_loop_core::attach(int watch_number, int keepalive_timer,
                                                         std::shared_ptr<read_admission> admission) {
  std::lock_guard const lock(mutex_);
  auto const attached = watches_.find(watch_number);
  if (!attached) return nullptr;
  int const fd = attached.descriptor->fd;
  if (socket_option(fd, SO_TYPE) != SOCK_STREAM) return nullptr;
  auto const shutdown = std::make_shared<socket_shutdown>(fd);
  timers_.set_keepalive(keepalive_timer, shutdown, admission);
  attached.watched->socket =
      connection_socket{std::move(admission), shutdown, socket_option(fd, SO_DOMAIN) == AF_UNIX};
  return shutdown;
}

// A UNIX socket that polls writable has three quarters of its buffer left. Of others nobody knows: behind a
// TCP socket there may be a protocol that waits for its peer.
bool event_loop_core::has_room(int watch_number) {
  std::lock_guard const lock(mutex_);
  auto const asked = watches_.find(watch_number);
  // Inside its callbacks libvirt may hold the locks that a call takes.
  if (!asked || runs_round_here()) return false;
  auto const& watched = *asked.watched;
  if (!watched.socket || !watched.socket->is_unix_socket) return false;
  // libvirt switches the watch off while a call, whoever makes it, has the connection to itself. As long as
  // none has been seen to do so, and there were those that opened it, nothing is known of other calls.
  if (watched.events == 0 || !watched.was_switched_off) return false;
  pollfd socket{asked.descriptor->fd, POLLOUT, 0};
  return ::poll(&socket, 1, 0) == 1 && socket.revents == POLLOUT;
}

void event_loop_core::admission_opened(int watch_number) {
  std::lock_guard const lock(mutex_);
  auto const admitted = watches_.find(watch_number);
  if (!admitted) return;
  if (ready_.changed(*admitted.descriptor)) wait();
}

void event_loop_core::connection_closes(int watch_number) {
  std::lock_guard const lock(mutex_);
  auto const closes = watches_.find(watch_number);
  if (closes && closes.watched->socket) closes.watched->socket->connection_closes = true;
}

void event_loop_core::shut_down(int watch_number) {
  std::lock_guard const lock(mutex_);
  auto const cut_off = watches_.find(watch_number);
  if (!cut_off) return;
  if (cut_off.watched->socket) return cut_off.watched->socket->shutdown->now();
  // While libvirt has the watch it has not closed the descriptor either.
  ::shutdown(cut_off.descriptor->fd, SHUT_RDWR);
}

// A blocking call switches its socket's watch off first: that shows those that others make, too.
void event_loop_core::switched_off(watch& switched) const {
  switched.was_switched_off = true;
  if (!switched.socket || !executor_runs_here()) return;
  // Keepalive messages go out from inside a callback, without blocking.
  if (runs_round_here() || libvirt_call::is_known_not_to_block()) return;
  // The last reference to a closed connection goes, with a handle of the user's say: that must not wait.
  if (switched.socket->connection_closes) return switched.socket->shutdown->now();
#ifdef LIBVIRT_ASIO_BLOCKING_CHECKS
  std::fputs("libvirt-asio: blocking libvirt call on a thread that runs the event loop\n", stderr);
  std::abort();
#endif
}

}  // namespace libvirt_asio::detail
