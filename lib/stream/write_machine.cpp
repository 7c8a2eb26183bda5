// Copyright (c) 2026 The libvirt-asio authors
// Distributed under the Boost Software License, Version 1.0.

#include "stream/write_machine.hpp"

#include <boost/asio/error.hpp>

#include <utility>

namespace libvirt_asio::detail {

std::optional<error_code> write_machine::refusal_of_any(stream_condition const& stream) const {
  if (is_outstanding()) return client_errc::operation_in_progress;
  if (auto const error = stream.unusable()) return error;
  if (stream.connection_lost) return client_errc::connection_lost;
  return std::nullopt;
}

std::optional<error_code> write_machine::refusal(std::uint64_t size, stream_condition const& stream) const {
  if (auto const error = refusal_of_any(stream)) return error;
  if (stream.native != stream_condition::presence::here) return client_errc::not_supported;
  if (size == 0) return error_code();
  return std::nullopt;
}

std::optional<error_code> write_machine::refusal_at_once(std::uint64_t size,
                                                         stream_condition const& stream) const {
  if (auto const error = refusal_of_any(stream)) return error;
  if (size == 0) return error_code();
  if (stream.kind != stream_kind::descriptor) return asio::error::would_block;
  return std::nullopt;
}

void write_machine::start(operation_id id, std::uint64_t size, std::uint64_t packet_size,
                          stream_actions& to_do) {
  id_ = id;
  size_ = size;
  packet_size_ = packet_size;
  written_ = 0;
  if (unfinished_send_)
    state_ = state::blocked;
  else
    queue(to_do);
}

bool write_machine::begin_send() {
  if (state_ != state::queued) return false;
  state_ = state::sending;
  cancelled_ = false;
  return true;
}

// The writer may go on with its buffer as soon as libvirt has copied the last of a large write; a small one is
// as good as sent by then.
void write_machine::data_copied(stream_actions& to_do) {
  if (state_ != state::sending) return;
  if (cancelled_)
    complete_copied(to_do, asio::error::operation_aborted);
  else if (next_packet() == size_ - written_ && size_ > small_write)
    complete_copied(to_do, {});
  else
    state_ = state::copied;
}

// First the send of a write that is complete already: then it is the next one's turn. Otherwise a local
// descriptor may have had no room; what was sent counts, and more packets follow or the write is complete.
void write_machine::sent(io_result const& result, stream_condition const& stream, stream_actions& to_do) {
  if (std::exchange(unfinished_send_, false)) {
    if (state_ == state::blocked) queue(to_do);
    return;
  }
  if (result.status == io_status::would_block) return found_no_room(stream, to_do);
  written_ += result.bytes;
  if (sends_more(result, stream))
    queue(to_do);
  else
    complete(to_do, result.error);
}

void write_machine::found_no_room(stream_condition const& stream, stream_actions& to_do) {
  bool const cancelled = std::exchange(cancelled_, false);
  state_ = state::waiting;
  if (stream.state == stream_state::failed)
    complete(to_do, stream.error);
  else if (cancelled || stream.state != stream_state::open)
    complete(to_do, asio::error::operation_aborted);
}

bool write_machine::sends_more(io_result const& result, stream_condition const& stream) const {
  return stream.kind == stream_kind::daemon && result.status == io_status::transferred &&
         written_ != size_ && !cancelled_ && stream.state == stream_state::open;
}

void write_machine::wake(stream_actions& to_do) {
  if (state_ == state::waiting) queue(to_do);
}

void write_machine::sent_at_once() {
  state_ = state::idle;
  cancelled_ = false;
}

void write_machine::cancel(bool started_too, stream_actions& to_do) {
  switch (state_) {
    case state::idle:
      break;
    case state::blocked:
    case state::queued:
    case state::waiting:
      if (started_too || written_ == 0) complete(to_do, asio::error::operation_aborted);
      break;
    case state::sending:
      if (started_too) cancelled_ = true;
      break;
    case state::copied:
      if (started_too) complete_copied(to_do, asio::error::operation_aborted);
  }
}

void write_machine::end(error_code error, stream_actions& to_do) {
  if (!is_sending()) complete(to_do, error);
}

void write_machine::queue(stream_actions& to_do) {
  state_ = state::queued;
  to_do.send = true;
}

void write_machine::complete_copied(stream_actions& to_do, error_code error) {
  unfinished_send_ = true;
  written_ += next_packet();
  complete(to_do, error);
}

void write_machine::complete(stream_actions& to_do, error_code error) {
  if (state_ == state::idle) return;
  state_ = state::idle;
  cancelled_ = false;
  to_do.send = false;
  to_do.complete_write = stream_actions::transferred{error, written_};
}

}  // namespace libvirt_asio::detail
