// Copyright (c) 2026 The libvirt-asio authors
// Distributed under the Boost Software License, Version 1.0.

// What stream_core does with libvirt's stream: each function makes one call, without the mutex, and has the
// machine decide on what came of it.

#include "stream/stream_core.hpp"
#include "stream/stream_tasks.hpp"

#include <libvirt-asio/detail/call.hpp>

#include <boost/asio/error.hpp>

#include <optional>
#include <utility>
#include <vector>

namespace libvirt_asio::detail {

namespace {

error_code error_of(io_result const& result) {
  if (result.what == io_result::status::end) return asio::error::eof;
  if (result.what == io_result::status::would_block) return asio::error::would_block;
  return result.error;
}

}  // namespace

// --- Opening and adopting ----------------------------------------------------------------------------------

void stream_core::open_task::run() noexcept {
  error_info info;
  error_code error;
  auto native = open(error, info);
  if (auto const core = core_.lock()) {
    permit const allowed(*core);
    if (allowed && part_)
      core->resumed(std::move(native), error, info);
    else if (allowed)
      core->opened(std::move(native), error, info, std::move(opener_));
  }
  // While a call waits for its answer libvirt takes in whatever comes before that.
  connection_->relieve_window();
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
  if (auto const error = native->add_callback(identity_, last_error_)) {
    native->give_back();
    throw system_error(error);
  }
  static_cast<void>(machine_.start_open(next_operation_id()));
  actions nobody_waits;
  static_cast<void>(machine_.opened(native->kind(), nobody_waits));
  native_ = std::move(native);
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
  decide(todo, [&] { machine_.received(followed(result), todo.to_do); });
}

void stream_core::receive_on_worker(native_stream& native) {
  asio::mutable_buffer buffer;
  {
    permit const allowed(*this);
    if (!allowed) return;
    std::lock_guard const lock(mutex_);
    buffer = read_buffer_;
    borrowed_.borrow();
  }
  error_info info;
  auto const result = native.receive(buffer, info);
  borrowed_.give_back();
  permit const allowed(*this);
  if (!allowed) return;
  remember(info);
  perform([&](actions& to_do) { machine_.received(result, to_do); });
}

std::size_t stream_core::read_some(asio::mutable_buffer buffer, error_code& error) {
  work todo;
  std::optional<error_code> refused;
  decide(todo, [&] { refused = machine_.start_read_at_once(buffer.size()); });
  if (refused) {
    error = *refused;
    return 0;
  }
  error_info info;
  auto result = todo.native->receive(buffer, info);
  remember(info);
  decide(todo, [&] { result = machine_.received_at_once(followed(result), todo.to_do); });
  while (act(todo)) {
  }
  error = error_of(result);
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
io_result stream_core::followed(io_result const& result) {
  if (!resumption_.follow(result)) return result;
  machine_.part_ended();
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

// --- Sending -----------------------------------------------------------------------------------------------

// To wake up a worker thread takes longer than to send what a console's user types.
void stream_core::send(work& todo) {
  auto const native = todo.native;
  if (native->kind() == stream_kind::descriptor && todo.write.hole == 0) return send_here(todo);
  bool const is_small = todo.write.hole == 0 && todo.write.data.size() <= write_machine::small_write;
  if (native->kind() == stream_kind::daemon && is_small) {
    native_connection::send_claim const claim(*native->connection());
    if (claim) return send_here(todo);
  }
  native->connection()->sends()->submit(std::shared_ptr<task>(shared_from_this(), send_task_.get()));
}

void stream_core::send_here(work& todo) {
  auto const native = todo.native;
  outgoing packet;
  bool begun = false;
  decide(todo, [&] {
    begun = machine_.begin_send();
    if (begun) packet = next_packet();
  });
  if (!begun) return;
  error_info info;
  auto const result = native->send_at_once(packet.data, info);
  remember(info);
  decide(todo, [&] { machine_.sent(result, todo.to_do); });
}

// The caller's buffer is used until libvirt has copied the packet. Behind another call libvirt would wait for the
// socket without a word before it copies: then a copy is made first.
void stream_core::send_on_worker() {
  std::shared_ptr<native_stream> native;
  outgoing packet;
  {
    permit const allowed(*this);
    if (!allowed) return;
    std::lock_guard const lock(mutex_);
    // Cancelled while it waited for its turn.
    if (!machine_.begin_send()) return;
    native = native_;
    packet = next_packet();
    borrowed_.borrow();
  }
  error_info info;
  io_result result;
  if (native->kind() == stream_kind::daemon && native->connection()->calls()->busy()) {
    auto const* const data = static_cast<char const*>(packet.data.data());
    std::vector<char> const copy(data, data + packet.data.size());
    data_copied();
    result = send_packet(*native, {asio::buffer(copy), packet.hole}, info);
  } else {
    copy_observer const observer(*this);
    result = send_packet(*native, packet, info);
  }
  borrowed_.give_back();
  sent(result, info);
}

io_result stream_core::send_packet(native_stream& native, outgoing const& packet, error_info& info) {
  return packet.hole != 0 ? native.send_hole(packet.hole, info) : native.send(packet.data, info);
}

// Called by libvirt with locks of its own: the machine decides on nothing here that calls it.
void stream_core::data_copied() {
  borrowed_.give_back();
  permit const allowed(*this);
  if (allowed) perform([&](actions& to_do) { machine_.data_copied(to_do); });
}

void stream_core::sent(io_result const& result, error_info const& info) {
  permit const allowed(*this);
  if (!allowed) return;
  remember(info);
  perform([&](actions& to_do) { machine_.sent(result, to_do); });
}

stream_core::outgoing stream_core::next_packet() const {
  return {asio::buffer(outgoing_.data + static_cast<std::size_t>(machine_.written()), outgoing::packet_size),
          outgoing_.hole};
}

std::size_t stream_core::write_some(asio::const_buffer buffer, error_code& error) {
  work todo;
  std::optional<error_code> refused;
  decide(todo, [&] { refused = machine_.start_write_at_once(buffer.size()); });
  if (refused) {
    error = *refused;
    return 0;
  }
  error_info info;
  auto const result = todo.native->send_at_once(buffer, info);
  remember(info);
  decide(todo, [&] { machine_.sent_at_once(result, todo.to_do); });
  while (act(todo)) {
  }
  error = error_of(result);
  return static_cast<std::size_t>(result.bytes);
}

// --- Ending ------------------------------------------------------------------------------------------------

void stream_core::end(work& todo, native_stream::ending kind) {
  native_stream::end(todo.native, kind, std::make_shared<end_listener>(shared_from_this()));
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
