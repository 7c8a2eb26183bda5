// Copyright (c) 2026 The libvirt-asio authors
// Distributed under the Boost Software License, Version 1.0.

#include "stream/stream_machine.hpp"

#include <boost/asio/error.hpp>

namespace libvirt_asio::detail {

bool stream_machine::has_ended() const {
  return closed_ || stream_.state == stream_state::finished || stream_.state == stream_state::aborted ||
         stream_.state == stream_state::failed;
}

// --- Opening -----------------------------------------------------------------------------------------------

std::optional<error_code> stream_machine::start_open(operation_id id) {
  if (stream_.state != stream_state::closed || closed_) return client_errc::already_open;
  stream_.state = stream_state::opening;
  open_id_ = id;
  return std::nullopt;
}

bool stream_machine::opened(stream_kind kind, actions& to_do) {
  if (stream_.state != stream_state::opening) return false;
  stream_.kind = kind;
  stream_.state = stream_state::open;
  to_do.complete_open = error_code();
  return true;
}

bool stream_machine::awaits_opening() const {
  bool const resumes = stream_.native == presence::resuming && stream_.state != stream_state::closed;
  return stream_.state == stream_state::opening || resumes;
}

void stream_machine::open_failed(error_code error, actions& to_do) {
  if (stream_.state != stream_state::opening) return;
  stream_.state = stream_state::closed;
  to_do.complete_open = error;
}

// --- The end -----------------------------------------------------------------------------------------------

std::optional<error_code> stream_machine::start_finish(operation_id id, actions& to_do) {
  if (auto const error = stream_.unusable()) return error;
  if (write_.is_outstanding()) return client_errc::operation_in_progress;
  stream_.state = stream_state::finishing;
  ending_.start(id, ending_machine::ending::finish);
  end_transfers(to_do);
  // Finishing may have to wait for its turn.
  ask_for_no_more_events(to_do);
  end_if_due(to_do);
  return std::nullopt;
}

std::optional<error_code> stream_machine::start_abort(operation_id id, actions& to_do) {
  bool const possible = stream_.state == stream_state::open || stream_.state == stream_state::finishing ||
                        stream_.state == stream_state::failed;
  if (!possible) return client_errc::not_open;
  if (ending_.is_outstanding()) return client_errc::operation_in_progress;
  stream_.state = stream_state::aborted;
  ending_.start(id, ending_machine::ending::abort);
  end_transfers(to_do);
  end_if_due(to_do);
  return std::nullopt;
}

void stream_machine::ended(error_code error, actions& to_do) {
  ending_.ended(error, stream_, to_do);
}

// Cancelling an opening closes the stream: what was started is aborted when it turns out to be open.
void stream_machine::cancel(operation_id id, bool started_too, actions& to_do) {
  if (read_.is(id)) read_.end(asio::error::operation_aborted, to_do);
  if (write_.is(id)) write_.cancel(started_too, to_do);
  if (interest_.is(id)) interest_.end(asio::error::operation_aborted, to_do);
  if (ending_.is(id) && started_too) ending_.end(asio::error::operation_aborted, to_do);
  if (stream_.state == stream_state::opening && open_id_ == id && started_too) close(to_do);
}

void stream_machine::cancel_all(actions& to_do) {
  if (stream_.state == stream_state::opening) return close(to_do);
  end_transfers(to_do);
  ending_.end(asio::error::operation_aborted, to_do);
}

void stream_machine::connection_lost(actions& to_do) {
  stream_.connection_lost = true;
  if (stream_.state != stream_state::open) return;
  if (stream_.native == presence::here) read_.wake(to_do);
  write_.end(client_errc::connection_lost, to_do);
  interest_.tell_all(to_do);
}

void stream_machine::close(actions& to_do) {
  if (stream_.state == stream_state::opening) to_do.complete_open = asio::error::operation_aborted;
  closed_ = true;
  stream_.state = stream_state::closed;
  ending_.end(asio::error::operation_aborted, to_do);
  end_transfers(to_do);
}

bool stream_machine::is_in_libvirt() const {
  return read_.is_receiving() || write_.is_in_libvirt() || interest_.is_updating() ||
         stream_.native == presence::resuming;
}

// A stream that fails while it waits for its turn to be finished is not finished; one that libvirt is finishing
// will say so itself. Whoever waits for anything learns of it.
void stream_machine::fail(error_code error, actions& to_do) {
  if (stream_.state == stream_state::finishing) {
    if (!ending_.give_up_finish(error, to_do)) return;
  } else if (stream_.state != stream_state::open) {
    return;
  }
  stream_.state = stream_state::failed;
  stream_.error = error;
  if (read_.is_waiting()) read_.end(error, to_do);
  write_.end(error, to_do);
  interest_.tell_all(to_do);
  ask_for_no_more_events(to_do);
}

void stream_machine::end_transfers(actions& to_do) {
  read_.end(asio::error::operation_aborted, to_do);
  write_.cancel(true, to_do);
  interest_.end(asio::error::operation_aborted, to_do);
}

void stream_machine::end_if_due(actions& to_do) {
  if (!is_in_libvirt()) ending_.begin_if_due(stream_, to_do);
}

}  // namespace libvirt_asio::detail
