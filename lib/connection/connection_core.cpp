// Copyright (c) 2026 The libvirt-asio authors
// Distributed under the Boost Software License, Version 1.0.

#include "connection/connection_core.hpp"

#include "asio/cancellation.hpp"
#include "connection/connection_opening.hpp"

#include <boost/asio/error.hpp>
#include <boost/asio/post.hpp>

#include <utility>

namespace libvirt_asio::detail {

// --- Deciding and doing ------------------------------------------------------------------------------------

template <class Decision>
void connection_core::perform(Decision decision) {
  work taken;
  {
    std::lock_guard lock(mutex_);
    decision(taken.to_do);
    take(taken);
  }
  act(taken);
}

// Under the mutex: everything that is to be ended is moved out, so that nobody else ends it too.
void connection_core::take(work& taken) {
  auto const& to_do = taken.to_do;
  taken.number = machine_.opening();
  for (auto const& operation : to_do.complete) taken.ended.push_back(ended(operation));
  if (to_do.cut_off_opening) taken.current = std::move(current_);
  if (to_do.let_go) {
    taken.native = std::move(native_);
    taken.current = std::move(current_);
    if (taken.native) closing_ = taken.native->socket();
  } else if (to_do.cut_off_closing) {
    taken.closing = closing_;
  }
  if (to_do.end_streams_and_calls) {
    taken.ended_calls = calls_.take_those_of_connection();
    taken.users.swap(users_);
  }
}

completion connection_core::ended(connection_machine::ended_operation const& operation) {
  auto const found = operations_.extract(operation.id);
  if (found) return {std::move(found.mapped()), operation.error};
  return {std::move(wait_), operation.error, operation.reason};
}

// What is blocked in libvirt is cut off, after a while, when the connection closes without waiting: nobody
// waits for it. A graceful close waits for it, and has told `native` whom to tell.
void connection_core::act(work& taken) {
  if (taken.to_do.cut_off_opening && taken.current) taken.current->cut_off();
  if (taken.closing) taken.closing->later();
  bool const impatient = taken.native && !taken.native->tells_when_closed();
  for (auto& each : taken.ended) std::move(each).post();
  give_up(taken.ended_calls);
  end_streams(taken);
  // Last, so that operations end by the close and not by libvirt's errors.
  if (impatient) taken.native->socket()->later();
  if (taken.to_do.tell_streams) tell_streams_later(taken.number);
}

void connection_core::end_streams(work const& taken) {
  for (auto const& user : taken.users)
    if (auto const alive = user.second.lock()) alive->connection_closes();
}

// --- Opening -----------------------------------------------------------------------------------------------

void connection_core::open(operation_ptr<error_code> operation, std::string uri, connect_options options) {
  auto const id = next_operation_id();
  operation->assign_cancellation(weak_from_this(), id);
  auto const loop = current_event_loop();
  std::optional<error_code> at_once;
  std::shared_ptr<opening> attempt;
  // Has the user's function that authenticates: not to be destroyed under the mutex.
  std::shared_ptr<opening> former;
  {
    std::lock_guard lock(mutex_);
    if (!loop && machine_.current() == connection_machine::state::closed)
      at_once = client_errc::no_event_loop;
    else
      at_once = machine_.start_open(id);
    if (!at_once) {
      attempt = opening::make(weak_from_this(), machine_.opening(), loop, std::move(uri), std::move(options));
      former = std::exchange(current_, attempt);
      operations_.emplace(id, std::move(operation));
    }
  }
  if (at_once) return completion(std::move(operation), *at_once).complete_immediately();
  worker_threads::instance().run(std::make_shared<open_task>(std::move(attempt)));
}

void connection_core::opened(opening const& attempt, error_code error, error_info const& info,
                             std::shared_ptr<native_connection> native, error_code close_callback_error) {
  perform([&](actions& to_do) {
    // Given up meanwhile: letting go of the connection closes it.
    if (current_.get() != &attempt) return;
    if (machine_.opened(attempt.number(), error, to_do)) {
      native_ = std::move(native);
      machine_.close_callback_registered(attempt.number(), close_callback_error, to_do);
    } else {
      last_error_ = info;
    }
  });
}

// The close callback is registered on a worker thread, as libvirt may have to ask the daemon for that.
void connection_core::adopt(virConnectPtr connection) {
  machine_.adopted();
  current_ = opening::make(weak_from_this(), machine_.opening(), nullptr, {}, {});
  auto native = std::make_shared<native_connection>(connection);
  try {
    native->calls()->submit(std::make_shared<adopt_task>(current_, native));
  } catch (...) {
    native->give_back();
    throw;
  }
  native_ = std::move(native);
}

void connection_core::close_callback_registered(connection_machine::opening_number number, error_code error) {
  perform([&](actions& to_do) { machine_.close_callback_registered(number, error, to_do); });
}

// --- Losing and closing ------------------------------------------------------------------------------------

void connection_core::wait_closed(operation_ptr<error_code, close_reason> operation) {
  auto const id = next_operation_id();
  operation->assign_cancellation(weak_from_this(), id);
  std::optional<connection_machine::ended_operation> at_once;
  {
    std::lock_guard lock(mutex_);
    at_once = machine_.start_wait_closed(id);
    if (!at_once) wait_ = std::move(operation);
  }
  if (at_once) completion(std::move(operation), at_once->error, at_once->reason).complete_immediately();
}

void connection_core::on_close(virConnectPtr, int reason, void* identity) {
  auto& registry = callback_registry<opening>::instance();
  auto const attempt = registry.find(reinterpret_cast<std::uintptr_t>(identity));
  auto const core = attempt ? attempt->owner().lock() : nullptr;
  if (!core) return;
  permit const allowed(*core);
  if (allowed) core->lost(attempt->number(), static_cast<close_reason>(reason));
}

void connection_core::lost(connection_machine::opening_number number, close_reason reason) {
  perform([&](actions& to_do) { machine_.lost(number, reason, to_do); });
}

// libvirt holds a lock of the connection's while it tells of the loss: the streams learn of it after that.
void connection_core::tell_streams_later(connection_machine::opening_number number) {
  asio::post(executor(), [weak = weak_from_this(), number] {
    auto const self = weak.lock();
    if (!self) return;
    std::unordered_map<connection_user const*, std::weak_ptr<connection_user>> users;
    {
      std::lock_guard lock(self->mutex_);
      // It may have been closed, and opened again, meanwhile.
      bool const is_lost = self->machine_.current() == connection_machine::state::lost;
      if (is_lost && self->machine_.opening() == number) users = self->users_;
    }
    for (auto const& user : users)
      if (auto const alive = user.second.lock()) alive->connection_lost();
  });
}

void connection_core::start_close(operation_ptr<error_code> operation) {
  auto const id = next_operation_id();
  operation->assign_cancellation(weak_from_this(), id);
  std::optional<error_code> at_once;
  perform([&](actions& to_do) {
    at_once = machine_.start_close(id, to_do);
    if (at_once) return;
    operations_.emplace(id, std::move(operation));
    if (native_)
      native_->on_closed([weak = weak_from_this(), number = machine_.opening()] {
        auto const self = weak.lock();
        if (!self) return;
        permit const allowed(*self);
        if (allowed) self->native_closed(number);
      });
  });
  if (at_once) completion(std::move(operation), *at_once).complete_immediately();
}

void connection_core::native_closed(connection_machine::opening_number number) {
  perform([&](actions& to_do) { machine_.native_closed(number, to_do); });
}

void connection_core::close() noexcept {
  perform([&](actions& to_do) { machine_.close(to_do); });
}

void connection_core::cut_off() noexcept {
  if (auto const native = this->native()) native->socket()->later();
}

void connection_core::cancel(operation_id id, asio::cancellation_type type) {
  perform([&](actions& to_do) { machine_.cancel(id, gives_up_started(type), to_do); });
  cancel_call(id, gives_up_started(type));
}

void connection_core::cancel_all() {
  std::vector<outstanding_calls::entry> calls;
  perform([&](actions& to_do) {
    machine_.cancel_all(to_do);
    calls = calls_.take_those_of_connection();
  });
  give_up(calls);
}

// What is blocked in libvirt is cut off after a while: nobody can wait for it any more.
void connection_core::context_destroyed() noexcept {
  work taken;
  std::unordered_map<operation_id, operation_ptr<error_code>> operations;
  operation_ptr<error_code, close_reason> wait;
  std::vector<outstanding_calls::entry> calls;
  {
    std::lock_guard lock(mutex_);
    calls = calls_.take_all();
    machine_.close(taken.to_do);
    taken.to_do.complete.clear();
    take(taken);
    operations.swap(operations_);
    wait.swap(wait_);
  }
  if (taken.to_do.cut_off_opening && taken.current) taken.current->cut_off();
  if (taken.closing) taken.closing->later();
  if (taken.native) taken.native->socket()->later();
  for (auto const& each : calls) {
    each.withdraw();
    each.call->discard();
  }
  // Those on another context.
  end_streams(taken);
}

// --- What it is --------------------------------------------------------------------------------------------

std::shared_ptr<native_connection> connection_core::native() const {
  std::lock_guard lock(mutex_);
  return native_;
}

bool connection_core::is_lost() const {
  std::lock_guard lock(mutex_);
  return machine_.current() == connection_machine::state::lost;
}

virConnectPtr connection_core::native_handle() const {
  auto const native = this->native();
  return native ? native->get() : nullptr;
}

// Copied without the mutex: there is a function of the user's in it.
connect_options connection_core::options() const {
  std::shared_ptr<opening> current;
  {
    std::lock_guard const lock(mutex_);
    current = current_;
  }
  return current ? current->options() : connect_options{};
}

bool connection_core::has_socket() const {
  auto const native = this->native();
  return native && native->has_socket();
}

error_info connection_core::last_error() const {
  std::lock_guard lock(mutex_);
  return last_error_;
}

void connection_core::remember_error(error_info const& info) {
  if (info.code == 0) return;
  std::lock_guard lock(mutex_);
  last_error_ = info;
}

void connection_core::add_user(std::weak_ptr<connection_user> user, connection_user const* key) {
  std::lock_guard lock(mutex_);
  users_.emplace(key, std::move(user));
}

void connection_core::remove_user(connection_user const* key) {
  std::lock_guard lock(mutex_);
  users_.erase(key);
}

// --- What the public headers call --------------------------------------------------------------------------

std::shared_ptr<connection_service> make_connection(asio::any_io_executor executor) {
  auto core = std::make_shared<connection_core>(std::move(executor));
  join_context(core);
  return core;
}

std::shared_ptr<connection_service> adopt_connection(asio::any_io_executor executor, virConnectPtr connection) {
  auto core = std::make_shared<connection_core>(std::move(executor));
  join_context(core);
  core->adopt(connection);
  return core;
}

}  // namespace libvirt_asio::detail
