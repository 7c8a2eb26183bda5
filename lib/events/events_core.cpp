// Copyright (c) 2026 The libvirt-asio authors
// Distributed under the Boost Software License, Version 1.0.

#include "events/events_core.hpp"

#include "event_loop/loop_core.hpp"
#include "event_loop/run_outside_callbacks.hpp"
#include "events/event_objects.hpp"

#include <utility>

namespace libvirt_asio::detail {

events_core::events_core(asio::any_io_executor executor, std::shared_ptr<connection_core> connection)
    : context_member(std::move(executor)), connection_(std::move(connection)) {}

// Something is outstanding only if the context is being destroyed, and has refused a permit to end it: the context
// waits for this.
events_core::~events_core() {
  subscribe_.reset();
  next_.reset();
  leave_context();
  connection_->remove_user(this);
  leave(sources_);
}

void events_core::enlist() {
  join_context(shared_from_this());
  connection_->add_user(weak_from_this(), this);
}

// --- Deciding and doing ------------------------------------------------------------------------------------

template <class Decision>
void events_core::perform(Decision decision) {
  work taken;
  {
    std::lock_guard const lock(mutex_);
    decision(taken.to_do);
    take(taken);
  }
  leave(taken.left);
  if (auto const& error = taken.to_do.complete_subscribe)
    event_loop_core::complete_after_round(completion(std::move(taken.subscribe), *error), executor());
  if (auto& result = taken.to_do.complete_next)
    event_loop_core::complete_after_round(
        completion(std::move(taken.next), result->error, std::move(result->event)), executor());
}

// Under the mutex: everything that is to be ended is moved out, so that nobody else ends it too.
void events_core::take(work& taken) {
  if (taken.to_do.complete_subscribe) taken.subscribe = std::move(subscribe_);
  if (taken.to_do.complete_next) taken.next = std::move(next_);
  if (taken.to_do.leave) taken.left.swap(sources_);
}

void events_core::leave(sources const& left) {
  for (auto const& source : left) source->leave(this);
}

// --- Operations --------------------------------------------------------------------------------------------

void events_core::subscribe(operation_ptr<error_code> operation, subscription wanted) {
  auto const id = next_operation_id();
  operation->assign_cancellation(weak_from_this(), id);
  auto const connection = connection_->native();
  sources found;
  if (connection)
    for (event_type const type : wanted.types)
      found.push_back(connection->events().find_or_make(connection, type, copy_of(wanted.object)));
  std::optional<error_code> at_once;
  if (!connection) at_once = client_errc::not_open;
  // Whom it was not told of may have come after that. libvirt itself does not refuse what it has a callback for.
  if (connection_->is_lost()) at_once = client_errc::connection_lost;
  {
    std::lock_guard const lock(mutex_);
    if (!at_once) at_once = machine_.start_subscribe(id, wanted.capacity, found.size());
    if (!at_once) {
      subscribe_ = std::move(operation);
      sources_ = found;
    }
  }
  if (at_once) return completion(std::move(operation), *at_once).complete_immediately();
  for (auto const& source : found) source->join(weak_from_this(), this);
  // It may have ended meanwhile, when the connection was closed by another thread, and have left too early.
  if (has_ended()) leave(found);
}

void events_core::next(operation_ptr<error_code, event_value> operation) {
  auto const id = next_operation_id();
  operation->assign_cancellation(weak_from_this(), id);
  std::optional<events_machine::next_result> at_once;
  {
    std::lock_guard const lock(mutex_);
    at_once = machine_.start_next(id);
    if (!at_once) next_ = std::move(operation);
  }
  if (at_once) completion(std::move(operation), at_once->error, std::move(at_once->event)).complete_immediately();
}

event_value events_core::try_next(error_code& error) {
  std::lock_guard const lock(mutex_);
  auto result = machine_.next_at_once();
  error = result.error;
  return std::move(result.event);
}

void events_core::cancel(operation_id id, asio::cancellation_type) {
  perform([&](auto& to_do) { machine_.cancel(id, to_do); });
}

void events_core::cancel_all() {
  perform([&](auto& to_do) { machine_.cancel_all(to_do); });
}

void events_core::unsubscribe() noexcept {
  perform([&](auto& to_do) { machine_.close(to_do); });
}

// --- What happens ------------------------------------------------------------------------------------------

void events_core::joined(error_code error, error_info const& info) {
  permit const allowed(*this);
  if (!allowed) return;
  connection_->remember_error(info);
  perform([&](auto& to_do) { machine_.joined(error, to_do); });
}

void events_core::event(event_value&& event) {
  permit const allowed(*this);
  if (allowed) perform([&](auto& to_do) { machine_.arrived(std::move(event), to_do); });
}

// After libvirt's callback that meets the end of the connection the same round calls those of what was read before it.
void events_core::connection_lost() {
  run_outside_callbacks([weak = weak_from_this()] {
    auto const self = weak.lock();
    if (!self) return;
    permit const allowed(*self);
    if (allowed) self->perform([&](auto& to_do) { self->machine_.connection_lost(to_do); });
  });
}

void events_core::connection_closes() {
  permit const allowed(*this);
  if (allowed) unsubscribe();
}

void events_core::context_destroyed() noexcept {
  work taken;
  {
    std::lock_guard const lock(mutex_);
    machine_.close(taken.to_do);
    taken.subscribe.swap(subscribe_);
    taken.next.swap(next_);
    taken.left.swap(sources_);
  }
  leave(taken.left);
}

// --- What it is --------------------------------------------------------------------------------------------

std::uint64_t events_core::lost() const {
  std::lock_guard const lock(mutex_);
  return machine_.lost();
}

bool events_core::has_ended() const {
  std::lock_guard const lock(mutex_);
  return machine_.has_ended();
}

std::shared_ptr<events_service> make_events(asio::any_io_executor executor,
                                            std::shared_ptr<connection_service> connection) {
  auto core = std::make_shared<events_core>(std::move(executor),
                                            std::static_pointer_cast<connection_core>(std::move(connection)));
  core->enlist();
  return core;
}

}  // namespace libvirt_asio::detail
