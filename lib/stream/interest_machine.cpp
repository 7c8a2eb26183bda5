// Copyright (c) 2026 The libvirt-asio authors
// Distributed under the Boost Software License, Version 1.0.

#include "stream/interest_machine.hpp"

#include <utility>

namespace libvirt_asio::detail {

// Failure and loss of the connection count as whatever is waited for; a daemon's stream is writable whenever
// it takes data.
std::optional<stream_actions::waited> interest_machine::answer(stream_events events,
                                                               stream_condition const& stream,
                                                               bool takes_data) const {
  using waited = stream_actions::waited;
  if (is_outstanding()) return waited{client_errc::operation_in_progress};
  if (stream.state == stream_state::failed || events == stream_events::none) return waited{{}, events};
  if (auto const error = stream.unusable()) return waited{error};
  if (stream.connection_lost) return waited{{}, events};
  if (stream.end_of_stream && includes(events, data_or_room)) return waited{{}, events & data_or_room};
  if (stream.kind == stream_kind::daemon && takes_data && includes(events, stream_events::writable))
    return waited{{}, stream_events::writable};
  return std::nullopt;
}

void interest_machine::start_wait(operation_id id, stream_events events) {
  id_ = id;
  awaited_ = events;
}

void interest_machine::tell(stream_events events, stream_actions& to_do) {
  if (includes(awaited_, events)) complete(to_do, {}, awaited_ & events);
}

void interest_machine::ask_for_more(stream_condition const& stream, demand wanted, stream_actions& to_do) {
  auto const events = needed(stream, wanted) | asked_for_;
  if (!updating_ && stream.has_events() && events != asked_for_) update(to_do, events);
}

// libvirt leaves a stream's timer on after a hole, which would spin until the next data; an update puts it
// right.
void interest_machine::ask_again(stream_condition const& stream, stream_actions& to_do) {
  if (updating_)
    ask_again_ = true;
  else if (stream.has_events() && asked_for_ != stream_events::none)
    update(to_do, asked_for_);
}

// libvirt tells of the end, and of data that nobody reads, again and again.
void interest_machine::ask_for_no_more(stream_condition const& stream, demand wanted, stream_actions& to_do) {
  if (!updating_ && asked_for_ != needed(stream, wanted)) update(to_do, needed(stream, wanted));
}

void interest_machine::updated(stream_condition const& stream, demand wanted, stream_actions& to_do) {
  updating_ = false;
  if (std::exchange(ask_again_, false)) ask_again(stream, to_do);
  ask_for_more(stream, wanted, to_do);
  if (stream.state == stream_state::finishing || stream.state == stream_state::failed)
    ask_for_no_more(stream, wanted, to_do);
}

// Between two reads the events stay on, and errors and hang-up come unasked for: only what was asked for and
// is not needed is worth the call.
void interest_machine::reported_in_vain(stream_events events, stream_condition const& stream, demand wanted,
                                        stream_actions& to_do) {
  if (!includes(needed(stream, wanted), events)) ask_for_no_more(stream, wanted, to_do);
}

// A daemon's streams are always writable, and readable for as long as nobody reads: asking for that would
// only spin. Other events they have none: what goes wrong shows up as readable, to those who read.
stream_events interest_machine::needed(stream_condition const& stream, demand wanted) const {
  auto const data = wanted.data ? stream_events::readable : stream_events::none;
  if (stream.kind == stream_kind::daemon) return data | (awaited_ & stream_events::readable);
  return awaited_ | data | (wanted.room ? stream_events::writable : stream_events::none);
}

void interest_machine::update(stream_actions& to_do, stream_events events) {
  updating_ = true;
  asked_for_ = events;
  to_do.update_events = events;
}

void interest_machine::complete(stream_actions& to_do, error_code error, stream_events events) {
  if (awaited_ == stream_events::none) return;
  awaited_ = stream_events::none;
  to_do.complete_wait = stream_actions::waited{error, events};
}

}  // namespace libvirt_asio::detail
