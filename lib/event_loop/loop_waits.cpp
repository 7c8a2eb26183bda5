// Copyright (c) 2026 The libvirt-asio authors
// Distributed under the Boost Software License, Version 1.0.

// How the event loop waits for something to do. Called with the mutex held.

#include "event_loop/loop_core.hpp"

#include <boost/asio/post.hpp>

#include <utility>

namespace libvirt_asio::detail {

// Nothing is in a hurry while rounds are being made, or will be: at their end what is left is waited for.
void event_loop_core::wait() {
  if (running_ || scheduled_ || stopped_) return;
  wait_for_timers();
  if (rounds_.has_work())
    schedule();
  else if (ready_.leave_to_epoll())
    wait_for_descriptors();
}

void event_loop_core::wait_for_descriptors() {
  if (std::exchange(waits_for_descriptors_, true)) return;
  epoll_descriptor_->async_wait(
      asio::posix::descriptor_base::wait_read,
      [self = shared_from_this(), wait = ++descriptors_wait_](boost::system::error_code error) {
        self->descriptors_reported(wait, error);
      });
}

// A wait for nothing would keep the context running.
void event_loop_core::cancel_wait_for_descriptors() {
  if (!std::exchange(waits_for_descriptors_, false)) return;
  ++descriptors_wait_;
  epoll_descriptor_->cancel();
}

void event_loop_core::use_descriptor_of_epoll_set() {
  epoll_descriptor_.emplace(executor(), ready_.descriptor());
  waits_for_descriptors_ = false;
  ++descriptors_wait_;
}

void event_loop_core::release_descriptor_of_epoll_set() noexcept {
  if (epoll_descriptor_) epoll_descriptor_->release();
  epoll_descriptor_.reset();
}

void event_loop_core::wait_for_timers() {
  auto const deadline = timers_.next_deadline();
  if (!deadline) {
    if (awaited_deadline_) deadline_timer_->cancel();
    awaited_deadline_.reset();
    return;
  }
  if (awaited_deadline_ && *awaited_deadline_ <= *deadline) return;
  awaited_deadline_ = deadline;
  deadline_timer_->expires_at(*deadline);
  deadline_timer_->async_wait([self = shared_from_this(), wait = ++deadline_wait_](
                                  boost::system::error_code) { self->deadline_reached(wait); });
}

void event_loop_core::queue_free(free_function function) {
  rounds_.queue_free(function);
  schedule();
}

void event_loop_core::schedule() {
  if (scheduled_ || running_ || stopped_) return;
  permit const allowed(*this);
  if (!allowed) return;
  scheduled_ = true;
  asio::post(executor(), [self = shared_from_this()] {
    {
      std::lock_guard const lock(self->mutex_);
      self->scheduled_ = false;
    }
    self->run();
  });
}

}  // namespace libvirt_asio::detail
