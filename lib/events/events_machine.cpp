// Copyright (c) 2026 The libvirt-asio authors
// Distributed under the Boost Software License, Version 1.0.

#include "events/events_machine.hpp"

#include <boost/asio/error.hpp>

#include <utility>

namespace libvirt_asio::detail {

std::optional<error_code> events_machine::start_subscribe(operation_id id, std::size_t capacity, std::size_t types) {
  // Whoever subscribes after the end takes another machine: it has come in this moment.
  if (state_ == state::ended) return asio::error::operation_aborted;
  if (state_ != state::idle) return client_errc::already_open;
  state_ = state::subscribing;
  subscribe_id_ = id;
  to_be_joined_ = types;
  queue_ = event_queue<event_value>(capacity);
  return std::nullopt;
}

void events_machine::joined(error_code error, actions& to_do) {
  // Given up, or failed, meanwhile.
  if (state_ != state::subscribing) return;
  if (error) return end_subscribe(error, to_do);
  if (--to_be_joined_ != 0) return;
  state_ = state::subscribed;
  to_do.complete_subscribe = error_code();
  if (connection_lost_) end(client_errc::connection_lost, to_do);
}

std::optional<events_machine::next_result> events_machine::start_next(operation_id id) {
  if (next_id_) return next_result{client_errc::operation_in_progress};
  if (auto result = ready()) return result;
  next_id_ = id;
  return std::nullopt;
}

events_machine::next_result events_machine::next_at_once() {
  if (next_id_) return {client_errc::operation_in_progress};
  if (auto result = ready()) return std::move(*result);
  return {asio::error::would_block};
}

// A loss is older than what is in the queue, and the end is younger.
std::optional<events_machine::next_result> events_machine::ready() {
  if (auto const dropped = queue_.take_dropped()) {
    lost_ = dropped;
    return next_result{client_errc::events_lost};
  }
  if (!queue_.empty()) return next_result{{}, queue_.pop()};
  if (state_ == state::ended) return next_result{end_};
  if (state_ == state::idle) return next_result{client_errc::not_open};
  return std::nullopt;
}

void events_machine::arrived(event_value&& event, actions& to_do) {
  if (state_ != state::subscribing && state_ != state::subscribed) {
    to_do.dropped = std::move(event);
  } else if (std::exchange(next_id_, std::nullopt)) {
    to_do.complete_next = next_result{{}, std::move(event)};
  } else {
    to_do.dropped = queue_.push(std::move(event));
  }
}

// One that is being subscribed learns of it by libvirt's answer, or afterwards.
void events_machine::connection_lost(actions& to_do) {
  connection_lost_ = state_ == state::subscribing;
  if (state_ == state::subscribed) end(client_errc::connection_lost, to_do);
}

void events_machine::close(actions& to_do) {
  if (state_ == state::subscribing) to_do.complete_subscribe = asio::error::operation_aborted;
  if (state_ != state::ended) end(asio::error::operation_aborted, to_do);
}

void events_machine::cancel(operation_id id, actions& to_do) {
  if (state_ == state::subscribing && id == subscribe_id_) end_subscribe(asio::error::operation_aborted, to_do);
  if (next_id_ == id) end_next(asio::error::operation_aborted, to_do);
}

void events_machine::cancel_all(actions& to_do) {
  end_next(asio::error::operation_aborted, to_do);
  if (state_ == state::subscribing) end_subscribe(asio::error::operation_aborted, to_do);
}

void events_machine::end(error_code error, actions& to_do) {
  state_ = state::ended;
  end_ = error;
  to_do.leave = true;
  end_next(error, to_do);
}

// Another attempt takes another machine: what libvirt tells late is nothing to it.
void events_machine::end_subscribe(error_code error, actions& to_do) {
  to_do.complete_subscribe = error;
  end(client_errc::not_open, to_do);
}

void events_machine::end_next(error_code error, actions& to_do) {
  if (std::exchange(next_id_, std::nullopt)) to_do.complete_next = next_result{error};
}

}  // namespace libvirt_asio::detail
