// Copyright (c) 2026 The libvirt-asio authors
// Distributed under the Boost Software License, Version 1.0.

#include "connection/connection_machine.hpp"

#include <boost/asio/error.hpp>

#include <algorithm>
#include <utility>

namespace libvirt_asio::detail {

std::optional<error_code> connection_machine::start_open(operation_id id) {
  if (state_ != state::closed) return client_errc::already_open;
  state_ = state::opening;
  open_id_ = id;
  ++opening_;
  loss_.reset();
  close_callback_error_ = {};
  return std::nullopt;
}

bool connection_machine::opened(opening_number number, error_code error, actions& to_do) {
  if (state_ != state::opening || number != opening_) return false;
  state_ = error ? state::closed : loss_ ? state::lost : state::open;
  to_do.complete.push_back({open_id_, error});
  return !error;
}

void connection_machine::adopted() {
  state_ = state::open;
  ++opening_;
}

void connection_machine::close_callback_registered(opening_number number, error_code error, actions& to_do) {
  if (number != opening_) return;
  close_callback_error_ = error;
  if (error) end_wait(error, close_reason::error, to_do);
}

void connection_machine::lost(opening_number number, close_reason reason, actions& to_do) {
  bool const is_current = number == opening_ && (state_ == state::opening || state_ == state::open);
  if (!is_current || loss_) return;
  loss_ = reason;
  if (state_ == state::opening) return;
  state_ = state::lost;
  to_do.tell_streams = true;
  end_wait({}, reason, to_do);
}

std::optional<connection_machine::ended_operation> connection_machine::start_wait_closed(operation_id id) {
  if (wait_id_) return ended_operation{id, client_errc::operation_in_progress};
  if (!has_native()) return ended_operation{id, client_errc::not_open};
  if (loss_) return ended_operation{id, {}, *loss_};
  if (close_callback_error_) return ended_operation{id, close_callback_error_};
  wait_id_ = id;
  return std::nullopt;
}

// A connection that is not open is closed; one that is being opened is given up.
std::optional<error_code> connection_machine::start_close(operation_id id, actions& to_do) {
  if (state_ == state::closed) return error_code();
  if (state_ == state::opening) {
    end_opening(to_do);
    return error_code();
  }
  close_ids_.push_back(id);
  if (state_ == state::closing) return std::nullopt;
  end_everything(to_do);
  state_ = state::closing;
  return std::nullopt;
}

void connection_machine::native_closed(opening_number number, actions& to_do) {
  if (state_ != state::closing || number != opening_) return;
  state_ = state::closed;
  for (operation_id const id : std::exchange(close_ids_, {})) to_do.complete.push_back({id, {}});
}

void connection_machine::close(actions& to_do) {
  if (state_ == state::opening) return end_opening(to_do);
  if (state_ == state::closing) to_do.cut_off_closing = true;
  if (has_native()) end_everything(to_do);
  state_ = state::closed;
  for (operation_id const id : std::exchange(close_ids_, {}))
    to_do.complete.push_back({id, asio::error::operation_aborted});
}

void connection_machine::cancel(operation_id id, bool started_too, actions& to_do) {
  if (state_ == state::opening && id == open_id_) end_opening(to_do);
  if (wait_id_ == id) end_wait(asio::error::operation_aborted, close_reason::client, to_do);
  if (started_too) end_close(id, to_do);
}

void connection_machine::cancel_all(actions& to_do) {
  if (state_ == state::opening) end_opening(to_do);
  end_wait(asio::error::operation_aborted, close_reason::client, to_do);
  while (!close_ids_.empty()) end_close(close_ids_.back(), to_do);
}

// The others that wait for the same close go on waiting; with the last one nobody does, and the rest is cut off.
void connection_machine::end_close(operation_id id, actions& to_do) {
  if (std::erase(close_ids_, id) == 0) return;
  to_do.complete.push_back({id, asio::error::operation_aborted});
  if (!close_ids_.empty()) return;
  to_do.cut_off_closing = true;
  state_ = state::closed;
}

void connection_machine::end_opening(actions& to_do) {
  to_do.complete.push_back({open_id_, asio::error::operation_aborted});
  to_do.cut_off_opening = true;
  state_ = state::closed;
}

void connection_machine::end_wait(error_code error, close_reason reason, actions& to_do) {
  if (auto const id = std::exchange(wait_id_, std::nullopt)) to_do.complete.push_back({*id, error, reason});
}

void connection_machine::end_everything(actions& to_do) {
  end_wait(asio::error::operation_aborted, close_reason::client, to_do);
  to_do.end_streams_and_calls = true;
  to_do.let_go = true;
}

}  // namespace libvirt_asio::detail
