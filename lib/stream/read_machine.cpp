// Copyright (c) 2026 The libvirt-asio authors
// Distributed under the Boost Software License, Version 1.0.

#include "stream/read_machine.hpp"

#include <boost/asio/error.hpp>

#include <utility>

namespace libvirt_asio::detail {

error_code reason_for_no_data(stream_condition const& stream) {
  if (stream.state == stream_state::failed) return stream.error;
  if (stream.connection_lost) return client_errc::connection_lost;
  if (stream.aborted_by_libvirt) return client_errc::stream_aborted;
  return {};
}

std::optional<error_code> read_machine::refusal(std::uint64_t size, stream_condition const& stream) const {
  if (is_outstanding()) return client_errc::operation_in_progress;
  if (auto const error = stream.unusable()) return error;
  if (size == 0) return error_code();
  if (stream.end_of_stream) return asio::error::eof;
  if (stream.native != stream_condition::presence::here && stream.connection_lost)
    return client_errc::connection_lost;
  return std::nullopt;
}

std::optional<error_code> read_machine::refusal_at_once(std::uint64_t size,
                                                        stream_condition const& stream) const {
  if (auto const refused = refusal(size, stream)) return refused;
  if (stream.native != stream_condition::presence::here) return asio::error::would_block;
  if (stream.kind == stream_kind::file) return client_errc::not_supported;
  return std::nullopt;
}

void read_machine::start_waiting(operation_id id) {
  id_ = id;
  state_ = state::waiting;
}

void read_machine::start_receiving(operation_id id, stream_actions& to_do) {
  id_ = id;
  state_ = state::receiving;
  to_do.receive = true;
}

void read_machine::wake(stream_actions& to_do) {
  if (state_ != state::waiting) return;
  state_ = state::receiving;
  to_do.receive = true;
}

// What was received is the reader's, even if the read was cancelled or the stream ended meanwhile: no byte is
// lost. Only a read that got nothing is ended by that, or goes on waiting.
read_machine::outcome read_machine::received(io_result const& result, stream_condition const& stream,
                                             stream_actions& to_do) {
  bool const cancelled = std::exchange(cancelled_, false);
  emptied_ = result.emptied;
  switch (result.status) {
    case io_status::transferred:
      complete(to_do, {}, result.bytes, result.hole);
      return result.hole ? outcome::hole : outcome::completed;
    case io_status::end:
      complete(to_do, asio::error::eof);
      return outcome::end;
    case io_status::failed:
      complete(to_do, result.error);
      return outcome::failed;
    case io_status::would_block:
      break;
  }
  if (stream.state != stream_state::failed && (cancelled || stream.state != stream_state::open)) {
    complete(to_do, asio::error::operation_aborted);
    return outcome::completed;
  }
  if (auto const reason = reason_for_no_data(stream)) {
    complete(to_do, reason);
    return stream.aborted_by_libvirt && !stream.connection_lost ? outcome::failed : outcome::completed;
  }
  state_ = state::waiting;
  return outcome::waits;
}

io_result read_machine::received_at_once(io_result const& result, stream_condition const& stream) {
  state_ = state::idle;
  cancelled_ = false;
  emptied_ = result.emptied;
  if (result.status != io_status::would_block) return result;
  auto const reason = reason_for_no_data(stream);
  return reason ? io_result{io_status::failed, 0, reason} : result;
}

void read_machine::end(error_code error, stream_actions& to_do) {
  if (state_ == state::waiting) complete(to_do, error);
  if (state_ == state::receiving) cancelled_ = true;
}

void read_machine::complete(stream_actions& to_do, error_code error, std::uint64_t bytes, bool hole) {
  state_ = state::idle;
  to_do.complete_read = stream_actions::transferred{error, bytes, hole};
}

}  // namespace libvirt_asio::detail
