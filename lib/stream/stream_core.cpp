// Copyright (c) 2026 The libvirt-asio authors
// Distributed under the Boost Software License, Version 1.0.

#include "stream/stream_core.hpp"

#include "asio/cancellation.hpp"
#include "libvirt/callback_registry.hpp"
#include "stream/stream_tasks.hpp"

#include <boost/asio/error.hpp>

#include <optional>
#include <utility>

namespace libvirt_asio::detail {

stream_core::stream_core(asio::any_io_executor executor, std::shared_ptr<connection_core> connection)
    : context_member(std::move(executor)),
      connection_(std::move(connection)),
      send_task_(std::make_unique<send_task>(*this)) {}

// Something is outstanding only if the context is being destroyed, and has refused a worker thread the permit to end
// it: the context waits for this.
stream_core::~stream_core() {
  write_.reset();
  hole_.reset();
  read_.reset();
  receive_.reset();
  leave_context();
  callback_registry<stream_core>::instance().remove(identity_);
  connection_->remove_user(this);
}

void stream_core::enlist() {
  join_context(shared_from_this());
  identity_ = callback_registry<stream_core>::instance().add(weak_from_this());
  connection_->add_user(weak_from_this(), this);
}

bool stream_event(std::uintptr_t identity, virStreamPtr stream, stream_events events) {
  auto const core = callback_registry<stream_core>::instance().find(identity);
  return core && core->event(stream, events);
}

// --- Deciding and doing ------------------------------------------------------------------------------------

void stream_core::take_completed(work& todo) {
  auto& to_do = todo.to_do;
  if (auto const done = std::exchange(to_do.complete_open, {}))
    todo.completed.emplace_back(std::move(open_), *done);
  if (auto const done = std::exchange(to_do.complete_read, {})) {
    if (read_)
      todo.completed.emplace_back(std::move(read_), done->error, static_cast<std::size_t>(done->bytes));
    else
      todo.completed.emplace_back(std::move(receive_), done->error, section{done->hole, done->bytes});
  }
  if (auto const done = std::exchange(to_do.complete_write, {})) {
    if (write_)
      todo.completed.emplace_back(std::move(write_), done->error, static_cast<std::size_t>(done->bytes));
    else
      todo.completed.emplace_back(std::move(hole_), done->error);
  }
  if (auto const done = std::exchange(to_do.complete_wait, {}))
    todo.completed.emplace_back(std::move(wait_), done->error, done->events);
  if (auto const done = std::exchange(to_do.complete_end, {}))
    todo.completed.emplace_back(std::move(end_), *done);
}

void stream_core::hold_window_open(work& todo) {
  bool const waits = machine_.waits_for_data();
  if (waits == (holds_window_open_ != nullptr)) return;
  if (!waits)
    todo.read_ends = std::move(holds_window_open_);
  else if (native_)
    todo.read_waits = holds_window_open_ = native_->connection();
}

// Events first: they may tell of what comes meanwhile. A stream is ended when nothing else is to be done.
bool stream_core::act(work& todo) {
  auto& to_do = todo.to_do;
  if (std::exchange(to_do.resume, false))
    resume(todo);
  else if (!todo.native)
    return false;
  else if (auto const events = std::exchange(to_do.update_events, {}))
    update_events(todo, *events);
  else if (std::exchange(to_do.receive, false))
    receive_now(todo);
  else if (std::exchange(to_do.send, false))
    send(todo);
  else if (std::exchange(to_do.finish, false))
    end(todo, native_stream::ending::finish);
  else if (std::exchange(to_do.abort, false))
    end(todo, native_stream::ending::abort);
  else
    return false;
  return true;
}

// --- Starting operations -----------------------------------------------------------------------------------

template <class Operation>
operation_id stream_core::identify(Operation& operation) {
  auto const id = next_operation_id();
  operation->assign_cancellation(weak_from_this(), id);
  return id;
}

void stream_core::open(operation_ptr<error_code> operation, std::unique_ptr<stream_opener> opener) {
  auto const id = identify(operation);
  auto const connection = connection_->native();
  std::optional<error_code> at_once;
  perform([&](actions&) {
    at_once = connection ? machine_.start_open(id) : error_code(client_errc::not_open);
    if (!at_once) open_ = std::move(operation);
  });
  if (at_once) return completion(std::move(operation), *at_once).complete_immediately();
  connection->calls()->submit(
      std::make_shared<open_task>(weak_from_this(), identity_, connection, std::move(opener)));
}

// `begin(id, to_do)` says what to complete the operation with at once, if it is not to be outstanding.
template <class... Values, class Begin>
void stream_core::start(operation_ptr<error_code, Values...> operation,
                        operation_ptr<error_code, Values...> stream_core::*outstanding, Begin begin) {
  auto const id = identify(operation);
  std::optional<error_code> at_once;
  perform([&](actions& to_do) {
    at_once = begin(id, to_do);
    if (!at_once) this->*outstanding = std::move(operation);
  });
  if (at_once) completion(std::move(operation), *at_once, Values{}...).complete_immediately();
}

// Under the mutex.
std::optional<error_code> stream_core::begin_read(operation_id id, asio::mutable_buffer buffer, actions& to_do) {
  auto const at_once = machine_.start_read(id, buffer.size(), to_do);
  if (!at_once) read_buffer_ = buffer;
  return at_once;
}

std::optional<error_code> stream_core::begin_write(operation_id id, std::uint64_t size, outgoing const& written,
                                                   actions& to_do) {
  auto const packet = written.hole != 0 ? size : outgoing::packet_size;
  auto const at_once = machine_.start_write(id, size, packet, to_do);
  if (!at_once) outgoing_ = written;
  return at_once;
}

void stream_core::read(operation_ptr<error_code, std::size_t> operation, asio::mutable_buffer buffer) {
  start(std::move(operation), &stream_core::read_,
        [&](operation_id id, actions& to_do) { return begin_read(id, buffer, to_do); });
}

void stream_core::receive(operation_ptr<error_code, section> operation, asio::mutable_buffer buffer) {
  start(std::move(operation), &stream_core::receive_,
        [&](operation_id id, actions& to_do) { return begin_read(id, buffer, to_do); });
}

void stream_core::write(operation_ptr<error_code, std::size_t> operation, asio::const_buffer buffer) {
  outgoing const written{asio::buffer(buffer, outgoing::largest), 0};
  start(std::move(operation), &stream_core::write_, [&](operation_id id, actions& to_do) {
    return begin_write(id, written.data.size(), written, to_do);
  });
}

void stream_core::send_hole(operation_ptr<error_code> operation, std::uint64_t length) {
  outgoing const written{{}, length};
  start(std::move(operation), &stream_core::hole_,
        [&](operation_id id, actions& to_do) { return begin_write(id, length, written, to_do); });
}

void stream_core::wait(operation_ptr<error_code, stream_events> operation, stream_events events) {
  auto const id = identify(operation);
  std::optional<actions::waited> at_once;
  perform([&](actions& to_do) {
    at_once = machine_.start_wait(id, events, to_do);
    if (!at_once) wait_ = std::move(operation);
  });
  if (at_once) completion(std::move(operation), at_once->error, at_once->events).complete_immediately();
}

void stream_core::finish(operation_ptr<error_code> operation) {
  start(std::move(operation), &stream_core::end_,
        [&](operation_id id, actions& to_do) { return machine_.start_finish(id, to_do); });
}

void stream_core::abort(operation_ptr<error_code> operation) {
  start(std::move(operation), &stream_core::end_,
        [&](operation_id id, actions& to_do) { return machine_.start_abort(id, to_do); });
}

// --- Ending what is outstanding ----------------------------------------------------------------------------

void stream_core::cancel(operation_id id, asio::cancellation_type type) {
  perform([&](actions& to_do) { machine_.cancel(id, gives_up_started(type), to_do); });
}

void stream_core::cancel_all() {
  perform([&](actions& to_do) { machine_.cancel_all(to_do); });
}

// The connection may have another context.
void stream_core::connection_lost() {
  permit const allowed(*this);
  if (allowed) perform([&](actions& to_do) { machine_.connection_lost(to_do); });
}

void stream_core::connection_closes() {
  permit const allowed(*this);
  if (allowed) close();
}

// libvirt's stream is let go of, after the mutex: that aborts it.
void stream_core::close() noexcept {
  std::shared_ptr<native_stream> let_go;
  resumption forgotten;
  perform([&](actions& to_do) {
    machine_.close(to_do);
    let_go.swap(native_);
    std::swap(forgotten, resumption_);
  });
}

// Buffers go with their handlers. Those of a stream that was closed before are used until libvirt returns all the same.
void stream_core::context_destroyed() noexcept {
  work todo;
  std::shared_ptr<native_stream> let_go;
  resumption forgotten;
  {
    std::lock_guard const lock(mutex_);
    machine_.close(todo.to_do);
    take_completed(todo);
    hold_window_open(todo);
    let_go.swap(native_);
    std::swap(forgotten, resumption_);
  }
  if (todo.read_ends) todo.read_ends->read_ends();
  borrowed_by_receive_.take_back();
  borrowed_by_send_.take_back();
  auto const writes = std::pair(std::move(write_), std::move(hole_));
  auto const reads = std::pair(std::move(read_), std::move(receive_));
}

// --- What it is --------------------------------------------------------------------------------------------

stream_state stream_core::state() const {
  std::lock_guard const lock(mutex_);
  return machine_.state();
}

bool stream_core::has_ended() const {
  std::lock_guard const lock(mutex_);
  return machine_.has_ended();
}

virStreamPtr stream_core::native_handle() const {
  std::lock_guard const lock(mutex_);
  return native_ ? native_->get() : nullptr;
}

error_info stream_core::last_error() const {
  std::lock_guard const lock(mutex_);
  return last_error_;
}

// Before the result of the call that met the error is decided on: whoever learns of that asks for it.
void stream_core::remember(error_info const& info) {
  if (info.code == 0) return;
  connection_->remember_error(info);
  std::lock_guard const lock(mutex_);
  last_error_ = info;
}

// --- What the public headers call --------------------------------------------------------------------------

std::shared_ptr<stream_service> make_stream(asio::any_io_executor executor,
                                            std::shared_ptr<connection_service> connection) {
  auto core = std::make_shared<stream_core>(std::move(executor),
                                            std::static_pointer_cast<connection_core>(std::move(connection)));
  core->enlist();
  return core;
}

std::shared_ptr<stream_service> adopt_stream(asio::any_io_executor executor,
                                             std::shared_ptr<connection_service> connection,
                                             virStreamPtr stream) {
  auto core = std::make_shared<stream_core>(std::move(executor),
                                            std::static_pointer_cast<connection_core>(std::move(connection)));
  core->enlist();
  core->adopt(stream);
  return core;
}

}  // namespace libvirt_asio::detail
