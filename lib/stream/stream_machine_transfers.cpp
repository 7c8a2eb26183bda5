// Copyright (c) 2026 The libvirt-asio authors
// Distributed under the Boost Software License, Version 1.0.

// What a stream's reads, writes and waits mean to one another.

#include "stream/stream_machine.hpp"

namespace libvirt_asio::detail {

namespace {
constexpr auto trouble = stream_events::error | stream_events::hangup;
}  // namespace

// --- Reading -----------------------------------------------------------------------------------------------

// A stream that is suspended is opened again first. One that was emptied is not asked in vain: its event tells.
std::optional<error_code> stream_machine::start_read(operation_id id, std::uint64_t size, actions& to_do) {
  if (auto const refused = read_.refusal(size, stream_)) return refused;
  bool const is_here = stream_.native == presence::here;
  if (is_here && !receives_when_told()) {
    read_.start_receiving(id, to_do);
    return std::nullopt;
  }
  read_.start_waiting(id);
  if (is_here)
    ask_for_more_events(to_do);
  else
    resume(to_do);
  return std::nullopt;
}

// libvirt spins when a file's stream has nothing to give. For one that was emptied it is only a call in vain.
bool stream_machine::receives_when_told() const {
  if (stream_.connection_lost) return false;
  return stream_.kind == stream_kind::file ||
         (read_.has_emptied() && interest_.asks_for(stream_events::readable));
}

void stream_machine::received(io_result const& result, actions& to_do) {
  switch (read_.received(result, stream_, to_do)) {
    case read_machine::outcome::completed:
      break;
    case read_machine::outcome::waits:
      ask_for_more_events(to_do);
      resume(to_do);
      break;
    case read_machine::outcome::hole:
      interest_.ask_again(stream_, to_do);
      break;
    case read_machine::outcome::end:
      notice_end_of_stream(to_do);
      break;
    case read_machine::outcome::failed:
      fail(result.error ? result.error : client_errc::stream_aborted, to_do);
  }
  end_if_due(to_do);
}

// One that is suspended has something to read later on.
std::optional<error_code> stream_machine::start_read_at_once(std::uint64_t size, actions& to_do) {
  if (auto const refused = read_.refusal_at_once(size, stream_)) {
    if (*refused == asio::error::would_block) resume(to_do);
    return refused;
  }
  read_.start_at_once();
  return std::nullopt;
}

io_result stream_machine::received_at_once(io_result const& result, actions& to_do) {
  auto const seen = read_.received_at_once(result, stream_);
  if (seen.status == io_status::end) notice_end_of_stream(to_do);
  // The loss of the connection is no failure of the stream's: libvirt will tell that in its own words.
  if (seen.status == io_status::failed && seen.error != client_errc::connection_lost)
    fail(seen.error, to_do);
  end_if_due(to_do);
  return seen;
}

void stream_machine::notice_end_of_stream(actions& to_do) {
  stream_.end_of_stream = true;
  interest_.tell(data_or_room, to_do);
  ask_for_no_more_events(to_do);
}

// --- Writing -----------------------------------------------------------------------------------------------

std::optional<error_code> stream_machine::start_write(operation_id id, std::uint64_t size,
                                                      std::uint64_t packet_size, actions& to_do) {
  if (auto const refused = write_.refusal(size, stream_)) return refused;
  write_.start(id, size, packet_size, to_do);
  return std::nullopt;
}

void stream_machine::sent(io_result const& result, actions& to_do) {
  write_.sent(result, stream_, to_do);
  // Its part has ended meanwhile.
  if (stream_.native != presence::here) write_.end(client_errc::not_supported, to_do);
  if (write_.is_waiting()) ask_for_more_events(to_do);
  if (result.status == io_status::failed) fail(result.error, to_do);
  if (!write_.is_outstanding() && stream_.kind == stream_kind::daemon)
    interest_.tell(stream_events::writable, to_do);
  end_if_due(to_do);
}

std::optional<error_code> stream_machine::start_write_at_once(std::uint64_t size) {
  if (auto const refused = write_.refusal_at_once(size, stream_)) return refused;
  write_.start_at_once();
  return std::nullopt;
}

void stream_machine::sent_at_once(io_result const& result, actions& to_do) {
  write_.sent_at_once();
  if (result.status == io_status::failed) fail(result.error, to_do);
  end_if_due(to_do);
}

// --- Events ------------------------------------------------------------------------------------------------

std::optional<stream_actions::waited> stream_machine::start_wait(operation_id id, stream_events events,
                                                                 actions& to_do) {
  bool const takes_data = !write_.is_outstanding() && !write_.has_unfinished_send();
  if (auto const answer = interest_.answer(events, stream_, takes_data)) return answer;
  interest_.start_wait(id, events);
  ask_for_more_events(to_do);
  resume(to_do);
  return std::nullopt;
}

bool stream_machine::waits_for_data() const {
  return read_.is_waiting() || interest_.awaits(stream_events::readable);
}

// libvirt's local streams tell of errors and of the end by other events than those asked for.
void stream_machine::event(stream_events events, actions& to_do) {
  if (!stream_.has_events()) return;
  if (includes(events, stream_events::error)) stream_.aborted_by_libvirt = true;
  interest_.tell(events, to_do);
  if (includes(events, stream_events::readable | trouble)) read_.wake(to_do);
  if (includes(events, stream_events::writable | trouble)) write_.wake(to_do);
  if (!to_do.receive && !to_do.send) interest_.reported_in_vain(events, stream_, demand(), to_do);
}

void stream_machine::events_updated(actions& to_do) {
  interest_.updated(stream_, demand(), to_do);
  end_if_due(to_do);
}

// --- Suspending --------------------------------------------------------------------------------------------

bool stream_machine::suspend() {
  bool const idle = !read_.is_outstanding() && !write_.is_outstanding() && !interest_.is_outstanding();
  bool const usable = stream_.has_events() && stream_.kind == stream_kind::daemon && !stream_.connection_lost;
  if (!usable || stream_.end_of_stream || !idle || is_in_libvirt()) return false;
  let_go_of_native();
  return true;
}

void stream_machine::part_ended(actions& to_do) {
  let_go_of_native();
  // As one that is started from now on: there is no stream of libvirt's to write to.
  write_.end(client_errc::not_supported, to_do);
}

void stream_machine::let_go_of_native() {
  stream_.native = presence::suspended;
  interest_.forget();
}

void stream_machine::resume(actions& to_do) {
  if (stream_.native != presence::suspended) return;
  stream_.native = presence::resuming;
  to_do.resume = true;
}

void stream_machine::resumed(error_code error, actions& to_do) {
  stream_.native = error ? presence::suspended : presence::here;
  if (error)
    fail(error, to_do);
  else if (read_.is_waiting())
    read_.wake(to_do);
  else
    ask_for_more_events(to_do);
  end_if_due(to_do);
}

}  // namespace libvirt_asio::detail
