// Copyright (c) 2026 The libvirt-asio authors
// Distributed under the Boost Software License, Version 1.0.

// What stream_core does with libvirt's stream: each function makes one call, without the mutex, and has the
// machine decide on what came of it.

#include "stream/stream_core.hpp"
#include "stream/stream_tasks.hpp"

#include <libvirt-asio/detail/call.hpp>

#include <optional>
#include <utility>

namespace libvirt_asio::detail {

// --- Opening and adopting ----------------------------------------------------------------------------------

void stream_core::open_task::run() noexcept {
  if (!is_awaited()) return;
  error_info info;
  error_code error;
  auto native = open(error, info);
  if (auto const core = core_.lock()) {
    permit const allowed(*core);
    if (allowed && part_)
      core->resumed(std::move(native), error, info);
    else if (allowed)
      core->opened(std::move(native), error, info, opener_);
  }
  // While a call waits for its answer libvirt takes in whatever comes before that.
  connection_->window()->relieve();
}

// It may have been given up while it waited for its turn: then what the user's function refers to may be
// gone.
bool stream_core::open_task::is_awaited() const {
  auto const core = core_.lock();
  return core && core->awaits_opening();
}

bool stream_core::awaits_opening() const {
  std::lock_guard const lock(mutex_);
  return machine_.awaits_opening();
}

std::shared_ptr<native_stream> stream_core::open_task::open(error_code& error, error_info& info) const {
  virStreamPtr const stream = virStreamNew(connection_->get(), VIR_STREAM_NONBLOCK);
  if (stream == nullptr) {
    error = failed_call(info);
    return nullptr;
  }
  auto native = std::make_shared<native_stream>(connection_, stream);
  error = part_ ? opener_->open_part(stream, *part_, info) : opener_->open(stream, info);
  if (!error) error = native->add_callback(identity_, info);
  return error ? nullptr : native;
}

// Closed meanwhile, the stream lets go of what was opened, which aborts it.
void stream_core::opened(std::shared_ptr<native_stream> native, error_code error, error_info const& info,
                         std::shared_ptr<stream_opener> opener) {
  remember(info);
  perform([&](actions& to_do) {
    if (error) return machine_.open_failed(error, to_do);
    if (!machine_.opened(native->kind(), to_do)) return;
    if (opener->can_continue()) {
      resumption_.prepare(std::move(opener));
      native->can_be_suspended(weak_from_this());
    }
    native_ = std::move(native);
  });
}

void stream_core::adopt(virStreamPtr stream) {
  auto const connection = connection_->native();
  if (!connection) throw system_error(client_errc::not_open);
  auto native = std::make_shared<native_stream>(connection, stream);
  error_info info;
  if (auto const error = native->add_callback(identity_, info)) {
    native->give_back();
    throw system_error(error);
  }
  perform([&](actions&) {
    static_cast<void>(machine_.start_open(next_operation_id()));
    actions nobody_waits;
    static_cast<void>(machine_.opened(native->kind(), nobody_waits));
    native_ = std::move(native);
  });
}

// --- Events ------------------------------------------------------------------------------------------------

bool stream_core::event(virStreamPtr stream, stream_events events) {
  permit const allowed(*this);
  if (!allowed) return false;
  bool is_ours = false;
  perform([&](actions& to_do) {
    is_ours = native_ && native_->get() == stream && machine_.state() != stream_state::aborted;
    if (is_ours) machine_.event(events, to_do);
  });
  return is_ours;
}

void stream_core::update_events(work& todo, stream_events events) {
  todo.native->update_events(events);
  decide(todo, [&] { machine_.events_updated(todo.to_do); });
}

// --- Receiving ---------------------------------------------------------------------------------------------

void stream_core::receive_now(work& todo) {
  auto& native = *todo.native;
  if (native.kind() == stream_kind::file)
    return native.connection()->calls()->submit(std::make_shared<receive_task>(shared_from_this(), todo.native));
  error_info info;
  // Only the receive that was decided on uses these until it is answered.
  auto const result =
      receive_ ? native.receive_section(read_buffer_, info) : native.receive(read_buffer_, info);
  remember(info);
  decide(todo, [&] { machine_.received(followed(result, todo.to_do), todo.to_do); });
}

void stream_core::receive_on_worker(native_stream& native) {
  asio::mutable_buffer buffer;
  {
    permit const allowed(*this);
    if (!allowed) return;
    std::lock_guard const lock(mutex_);
    buffer = read_buffer_;
    borrowed_by_receive_.borrow(native.connection()->socket());
  }
  error_info info;
  auto const result = native.receive(buffer, info);
  borrowed_by_receive_.give_back();
  permit const allowed(*this);
  if (!allowed) return;
  remember(info);
  perform([&](actions& to_do) { machine_.received(result, to_do); });
}

std::size_t stream_core::read_some(asio::mutable_buffer buffer, error_code& error) {
  work todo;
  std::optional<error_code> refused;
  decide(todo, [&] { refused = machine_.start_read_at_once(buffer.size(), todo.to_do); });
  io_result result;
  if (!refused) {
    error_info info;
    result = todo.native->receive(buffer, info);
    remember(info);
    decide(todo, [&] { result = machine_.received_at_once(followed(result, todo.to_do), todo.to_do); });
  }
  while (act(todo)) {
  }
  error = refused ? *refused : error_of(result);
  return static_cast<std::size_t>(result.bytes);
}

// --- Suspending --------------------------------------------------------------------------------------------

// libvirt drops what it has queued for the stream, once it is aborted.
bool stream_core::suspend() {
  permit const allowed(*this);
  if (!allowed) return false;
  std::shared_ptr<native_stream> let_go;
  bool suspended = false;
  perform([&](actions&) {
    suspended = resumption_.is_possible() && machine_.suspend();
    if (!suspended) return;
    let_go.swap(native_);
    resumption_.suspended();
  });
  return suspended;
}

// The end of a part is nothing to the stream's reader.
io_result stream_core::followed(io_result const& result, actions& to_do) {
  if (!resumption_.follow(result)) return result;
  machine_.part_ended(to_do);
  native_.reset();
  return {};
}

void stream_core::resume(work& todo) {
  auto const connection = connection_->native();
  if (!connection)
    return decide(todo, [&] { machine_.resumed(client_errc::connection_lost, todo.to_do); });
  std::shared_ptr<stream_opener> opener;
  stream_part part;
  decide(todo, [&] {
    part = resumption_.next_part(connection->window()->limit());
    opener = resumption_.opener();
  });
  // Closed meanwhile.
  if (!opener) return;
  connection->calls()->submit(
      std::make_shared<open_task>(weak_from_this(), identity_, connection, std::move(opener), part));
}

void stream_core::resumed(std::shared_ptr<native_stream> native, error_code error, error_info const& info) {
  remember(info);
  perform([&](actions& to_do) {
    if (machine_.state() == stream_state::closed) return;
    if (native) native->can_be_suspended(weak_from_this());
    native_ = std::move(native);
    machine_.resumed(error, to_do);
  });
}

// --- Ending ------------------------------------------------------------------------------------------------

void stream_core::end(work& todo, native_stream::ending kind) {
  native_stream::end(todo.native, kind, std::make_shared<end_listener>(weak_from_this()));
}

void stream_core::ended(error_code error, error_info const& info) {
  permit const allowed(*this);
  if (!allowed) return;
  remember(info);
  resumption forgotten;
  perform([&](actions& to_do) {
    machine_.ended(error, to_do);
    std::swap(forgotten, resumption_);
  });
}

}  // namespace libvirt_asio::detail
