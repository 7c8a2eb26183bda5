// Copyright (c) 2026 The libvirt-asio authors
// Distributed under the Boost Software License, Version 1.0.

// How stream_core sends: here where that cannot block, else on a worker thread, from a copy where libvirt would wait
// before it makes one.

#include "stream/stream_core.hpp"
#include "stream/stream_tasks.hpp"

#include <optional>
#include <utility>
#include <vector>

namespace libvirt_asio::detail {

// To wake up a worker thread takes longer than to send what a console's user types.
void stream_core::send(work& todo) {
  auto const native = todo.native;
  if (native->kind() == stream_kind::descriptor && todo.write.hole == 0) return send_here(todo);
  bool const is_small = todo.write.hole == 0 && todo.write.data.size() <= write_machine::small_write;
  if (native->kind() == stream_kind::daemon && is_small) {
    native_connection::send_claim const claim(*native->connection());
    if (claim) return send_here(todo);
  }
  {
    std::lock_guard const lock(mutex_);
    if (std::exchange(send_task_waits_, true)) return;
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
    send_task_waits_ = false;
    // Cancelled while it waited for its turn.
    if (!machine_.begin_send()) return;
    native = native_;
    packet = next_packet();
    borrowed_by_send_.borrow(native->connection()->socket());
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
  borrowed_by_send_.give_back();
  sent(result, info);
}

io_result stream_core::send_packet(native_stream& native, outgoing const& packet, error_info& info) {
  return packet.hole != 0 ? native.send_hole(packet.hole, info) : native.send(packet.data, info);
}

// Called by libvirt with locks of its own: the machine decides on nothing here that calls it.
void stream_core::data_copied() {
  borrowed_by_send_.give_back();
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

}  // namespace libvirt_asio::detail
