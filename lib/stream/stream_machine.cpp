// Copyright (c) 2026 The libvirt-asio authors
// Distributed under the Boost Software License, Version 1.0.

#include "stream/stream_machine.hpp"

#include <boost/asio/error.hpp>

#include <utility>

namespace libvirt_asio::detail {

namespace {
namespace asio = boost::asio;

constexpr bool includes(stream_events set, stream_events events) {
  return (set & events) != stream_events::none;
}

constexpr auto data_or_space = stream_events::readable | stream_events::writable;
}  // namespace

bool stream_machine::waits_for_data() const {
  return read_ == read_state::waiting || includes(awaited_, stream_events::readable);
}

// --- Opening -----------------------------------------------------------------------------------------------

error_code stream_machine::start_open() {
  if (state_ != stream_state::closed) return client_errc::already_open;
  state_ = stream_state::opening;
  return {};
}

void stream_machine::opened(stream_kind kind) {
  kind_ = kind;
  state_ = stream_state::open;
}

void stream_machine::open_failed() {
  state_ = stream_state::closed;
}

// --- Reading -----------------------------------------------------------------------------------------------

stream_machine::actions stream_machine::start_read(std::uint64_t size) {
  actions to_do;
  if (read_ != read_state::idle)
    to_do.complete_read = transferred{client_errc::operation_in_progress, 0};
  else if (auto const error = cannot_use())
    to_do.complete_read = transferred{error, 0};
  else if (size == 0)
    to_do.complete_read = transferred{{}, 0};
  else if (end_of_stream_)
    to_do.complete_read = transferred{asio::error::eof, 0};
  else if (place_ != place::here && connection_lost_)
    to_do.complete_read = transferred{client_errc::connection_lost, 0};
  else if (place_ != place::here) {
    read_ = read_state::waiting;
    come_back(to_do);
  } else if (receives_when_told()) {
    read_ = read_state::waiting;
    ask_for_events(to_do);
  } else {
    read_ = read_state::receiving;
    to_do.receive = true;
  }
  return to_do;
}

// libvirt spins when a file's stream has nothing to give. For one that was emptied it is only a call in vain.
bool stream_machine::receives_when_told() const {
  if (connection_lost_) return false;
  return kind_ == stream_kind::file || (emptied_ && includes(asked_for_, stream_events::readable));
}

stream_machine::actions stream_machine::received(io_result const& result) {
  actions to_do;
  read_ = read_state::idle;
  emptied_ = result.emptied;
  bool const cancelled = std::exchange(read_cancelled_, false);
  switch (result.what) {
    case io_result::status::transferred:
      complete_read(to_do, {}, result.bytes, result.hole);
      if (result.hole) ask_again_for_events(to_do);
      break;
    case io_result::status::end:
      complete_read(to_do, asio::error::eof, 0);
      notice_end(to_do);
      break;
    case io_result::status::failed:
      complete_read(to_do, result.error, 0);
      fail(to_do, result.error);
      break;
    case io_result::status::would_block:
      if (state_ == stream_state::failed) {
        complete_read(to_do, error_, 0);
      } else if (cancelled || state_ != stream_state::open) {
        complete_read(to_do, asio::error::operation_aborted, 0);
      } else if (connection_lost_) {
        complete_read(to_do, client_errc::connection_lost, 0);
      } else if (aborted_by_libvirt_) {
        complete_read(to_do, client_errc::stream_aborted, 0);
        fail(to_do, client_errc::stream_aborted);
      } else {
        read_ = read_state::waiting;
        ask_for_events(to_do);
        come_back(to_do);
      }
  }
  end_when_possible(to_do);
  return to_do;
}

stream_machine::actions stream_machine::cancel_read() {
  actions to_do;
  if (read_ == read_state::waiting) {
    read_ = read_state::idle;
    complete_read(to_do, asio::error::operation_aborted, 0);
  } else if (read_ == read_state::receiving) {
    read_cancelled_ = true;
  }
  return to_do;
}

error_code stream_machine::start_immediate_read(std::uint64_t size) {
  if (read_ != read_state::idle) return client_errc::operation_in_progress;
  if (auto const error = cannot_use()) return error;
  if (size == 0) return {};
  if (end_of_stream_) return asio::error::eof;
  if (place_ != place::here) return asio::error::would_block;
  if (kind_ == stream_kind::file) return client_errc::not_supported;
  read_ = read_state::receiving;
  return {};
}

stream_machine::actions stream_machine::immediate_read_done(io_result const& result) {
  actions to_do;
  read_ = read_state::idle;
  read_cancelled_ = false;
  emptied_ = result.emptied;
  if (result.what == io_result::status::end) {
    notice_end(to_do);
  } else if (result.what == io_result::status::failed) {
    fail(to_do, result.error);
  }
  end_when_possible(to_do);
  return to_do;
}

// --- Writing -----------------------------------------------------------------------------------------------

stream_machine::actions stream_machine::start_write(std::uint64_t size, std::uint64_t packet_size) {
  actions to_do;
  if (write_ != write_state::idle)
    to_do.complete_write = transferred{client_errc::operation_in_progress, 0};
  else if (auto const error = cannot_use())
    to_do.complete_write = transferred{error, 0};
  else if (connection_lost_)
    to_do.complete_write = transferred{client_errc::connection_lost, 0};
  else if (place_ != place::here)
    to_do.complete_write = transferred{client_errc::not_supported, 0};
  else if (size == 0)
    to_do.complete_write = transferred{{}, 0};
  else {
    write_size_ = size;
    packet_size_ = packet_size;
    written_ = 0;
    to_do.send = !unfinished_send_;
    write_ = unfinished_send_ ? write_state::blocked : write_state::queued;
  }
  return to_do;
}

bool stream_machine::begin_send() {
  if (write_ != write_state::queued) return false;
  write_ = write_state::sending;
  write_cancelled_ = false;
  return true;
}

stream_machine::actions stream_machine::data_copied() {
  actions to_do;
  if (write_ != write_state::sending) return to_do;
  if (write_cancelled_)
    complete_copied_write(to_do, asio::error::operation_aborted);
  else if (next_packet() == write_size_ - written_ && write_size_ > small_write)
    complete_copied_write(to_do, {});
  else
    write_ = write_state::copied;
  return to_do;
}

// libvirt sends the data now, and how that goes is the next operation's business: the next write, or the
// finish, waits for it. So the worker thread finds the next data when it is done with these.
void stream_machine::complete_copied_write(actions& to_do, error_code error) {
  unfinished_send_ = true;
  written_ += next_packet();
  complete_write(to_do, error);
}

stream_machine::actions stream_machine::sent(io_result const& result) {
  actions to_do;
  if (std::exchange(unfinished_send_, false)) {
    if (write_ == write_state::blocked) {
      write_ = write_state::queued;
      to_do.send = true;
    }
  } else if (result.what == io_result::status::would_block) {
    bool const cancelled = std::exchange(write_cancelled_, false);
    write_ = write_state::waiting;
    if (state_ == stream_state::failed)
      complete_write(to_do, error_);
    else if (cancelled || state_ != stream_state::open)
      complete_write(to_do, asio::error::operation_aborted);
    else
      ask_for_events(to_do);
  } else {
    written_ += result.bytes;
    if (sends_more(result)) {
      write_ = write_state::queued;
      to_do.send = true;
    } else {
      complete_write(to_do, result.error);
    }
  }
  if (result.what == io_result::status::failed) fail(to_do, result.error);
  if (write_ == write_state::idle && includes(awaited_, stream_events::writable) &&
      kind_ == stream_kind::daemon)
    complete_wait(to_do, {}, stream_events::writable);
  end_when_possible(to_do);
  return to_do;
}

// A daemon's stream takes a large write in packets; a local one takes what it can.
bool stream_machine::sends_more(io_result const& result) const {
  return kind_ == stream_kind::daemon && result.what == io_result::status::transferred &&
         written_ != write_size_ && !write_cancelled_ && state_ == stream_state::open;
}

stream_machine::actions stream_machine::cancel_write(bool started_too) {
  actions to_do;
  switch (write_) {
    case write_state::idle:
      break;
    case write_state::blocked:
    case write_state::queued:
    case write_state::waiting:
      if (started_too || written_ == 0) complete_write(to_do, asio::error::operation_aborted);
      break;
    case write_state::sending:
      if (started_too) write_cancelled_ = true;
      break;
    case write_state::copied:
      if (started_too) complete_copied_write(to_do, asio::error::operation_aborted);
  }
  return to_do;
}

error_code stream_machine::start_immediate_write(std::uint64_t size) {
  if (write_ != write_state::idle) return client_errc::operation_in_progress;
  if (auto const error = cannot_use()) return error;
  if (size == 0) return {};
  if (kind_ != stream_kind::descriptor) return asio::error::would_block;
  write_ = write_state::sending;
  return {};
}

stream_machine::actions stream_machine::immediate_write_done(io_result const& result) {
  actions to_do;
  write_ = write_state::idle;
  write_cancelled_ = false;
  if (result.what == io_result::status::failed) fail(to_do, result.error);
  end_when_possible(to_do);
  return to_do;
}

// --- Events ------------------------------------------------------------------------------------------------

stream_machine::actions stream_machine::start_wait(stream_events events) {
  actions to_do;
  if (awaited_ != stream_events::none) {
    to_do.complete_wait = {client_errc::operation_in_progress, stream_events::none};
  } else if (state_ == stream_state::failed || events == stream_events::none) {
    to_do.complete_wait = {{}, events};
  } else if (auto const error = cannot_use()) {
    to_do.complete_wait = {error, stream_events::none};
  } else if (connection_lost_) {
    to_do.complete_wait = {{}, events};
  } else if (end_of_stream_ && includes(events, data_or_space)) {
    to_do.complete_wait = {{}, events & data_or_space};
  } else if (kind_ == stream_kind::daemon && includes(events, stream_events::writable) &&
             write_ == write_state::idle && !unfinished_send_) {
    to_do.complete_wait = {{}, stream_events::writable};
  } else {
    awaited_ = events;
    ask_for_events(to_do);
    come_back(to_do);
  }
  return to_do;
}

stream_machine::actions stream_machine::cancel_wait() {
  actions to_do;
  complete_wait(to_do, asio::error::operation_aborted, stream_events::none);
  return to_do;
}

stream_machine::actions stream_machine::event(stream_events events) {
  actions to_do;
  if (!has_events()) return to_do;
  constexpr auto trouble = stream_events::error | stream_events::hangup;
  if (includes(events, stream_events::error)) aborted_by_libvirt_ = true;
  if (includes(events, awaited_)) complete_wait(to_do, {}, events & awaited_);
  // libvirt's local streams tell of errors and of the end by other events than those asked for.
  if (includes(events, stream_events::readable | trouble) && read_ == read_state::waiting) {
    read_ = read_state::receiving;
    to_do.receive = true;
  }
  if (includes(events, stream_events::writable | trouble) && write_ == write_state::waiting) {
    write_ = write_state::queued;
    to_do.send = true;
  }
  // Only now is it worth the call: between two reads the events stay on. Errors and hang-up come unasked for.
  if (!includes(needed(), events) && !to_do.receive && !to_do.send) ask_for_no_more_than_needed(to_do);
  return to_do;
}

stream_machine::actions stream_machine::events_updated() {
  actions to_do;
  updating_events_ = false;
  if (std::exchange(ask_again_, false)) ask_again_for_events(to_do);
  ask_for_events(to_do);
  if (state_ == stream_state::finishing || state_ == stream_state::failed) ask_for_no_more_than_needed(to_do);
  end_when_possible(to_do);
  return to_do;
}

stream_events stream_machine::needed() const {
  // A daemon's streams are always writable, and readable for as long as nobody reads: asking for that would
  // only spin. Other events they have none: what goes wrong shows up as readable, to those who read.
  if (kind_ == stream_kind::daemon) return waits_for_data() ? stream_events::readable : stream_events::none;
  auto events = awaited_;
  if (read_ == read_state::waiting) events = events | stream_events::readable;
  if (write_ == write_state::waiting) events = events | stream_events::writable;
  return events;
}

void stream_machine::ask_for_events(actions& to_do) {
  auto const events = needed() | asked_for_;
  if (!updating_events_ && has_events() && events != asked_for_) update_events(to_do, events);
}

// libvirt leaves a stream's timer on after a hole, which would spin until the next data; an update puts it
// right.
void stream_machine::ask_again_for_events(actions& to_do) {
  if (updating_events_) {
    ask_again_ = true;
  } else if (has_events() && asked_for_ != stream_events::none) {
    update_events(to_do, asked_for_);
  }
}

// libvirt tells of the end, and of data that nobody reads, again and again.
void stream_machine::ask_for_no_more_than_needed(actions& to_do) {
  if (!updating_events_ && asked_for_ != needed()) update_events(to_do, needed());
}

void stream_machine::update_events(actions& to_do, stream_events events) {
  updating_events_ = true;
  asked_for_ = events;
  to_do.update_events = events;
}

// --- Setting aside -----------------------------------------------------------------------------------------

bool stream_machine::set_aside() {
  bool const idle =
      read_ == read_state::idle && write_ == write_state::idle && awaited_ == stream_events::none;
  bool const usable = state_ == stream_state::open && kind_ == stream_kind::daemon && !connection_lost_;
  if (!usable || end_of_stream_ || !idle || in_libvirt()) return false;
  part_ended();
  return true;
}

void stream_machine::part_ended() {
  place_ = place::aside;
  asked_for_ = stream_events::none;
}

void stream_machine::come_back(actions& to_do) {
  if (place_ != place::aside) return;
  place_ = place::returning;
  to_do.reopen = true;
}

stream_machine::actions stream_machine::reopened(error_code error) {
  actions to_do;
  place_ = error ? place::aside : place::here;
  if (error) {
    fail(to_do, error);
  } else if (read_ == read_state::waiting) {
    read_ = read_state::receiving;
    to_do.receive = true;
  } else {
    ask_for_events(to_do);
  }
  end_when_possible(to_do);
  return to_do;
}

// --- The end -----------------------------------------------------------------------------------------------

stream_machine::actions stream_machine::start_finish() {
  actions to_do;
  if (auto const error = cannot_use()) {
    to_do.complete_end = error;
  } else if (write_ != write_state::idle) {
    to_do.complete_end = client_errc::operation_in_progress;
  } else {
    state_ = stream_state::finishing;
    ending_ = ending::finish;
    end_awaited_ = true;
    end_transfers(to_do, asio::error::operation_aborted);
    // Finishing may have to wait for its turn.
    ask_for_no_more_than_needed(to_do);
    end_when_possible(to_do);
  }
  return to_do;
}

stream_machine::actions stream_machine::start_abort() {
  actions to_do;
  if (state_ != stream_state::open && state_ != stream_state::finishing && state_ != stream_state::failed) {
    to_do.complete_end = client_errc::not_open;
    return to_do;
  }
  if (end_awaited_) {
    to_do.complete_end = client_errc::operation_in_progress;
    return to_do;
  }
  state_ = stream_state::aborted;
  // If libvirt is finishing the stream, there is nothing more to do than to wait for that.
  ending_ = ending::abort;
  end_awaited_ = true;
  end_transfers(to_do, asio::error::operation_aborted);
  end_when_possible(to_do);
  return to_do;
}

stream_machine::actions stream_machine::ended(error_code error) {
  actions to_do;
  if (ending_ == ending::finish && state_ == stream_state::finishing) {
    state_ = error ? stream_state::failed : stream_state::finished;
    error_ = error;
  }
  ending_ = ending::none;
  end_started_ = false;
  if (std::exchange(end_awaited_, false)) to_do.complete_end = error;
  return to_do;
}

stream_machine::actions stream_machine::cancel_end() {
  actions to_do;
  if (std::exchange(end_awaited_, false)) to_do.complete_end = error_code(asio::error::operation_aborted);
  return to_do;
}

stream_machine::actions stream_machine::connection_lost() {
  actions to_do;
  connection_lost_ = true;
  if (state_ != stream_state::open) return to_do;
  if (read_ == read_state::waiting && place_ == place::here) {
    read_ = read_state::receiving;
    to_do.receive = true;
  }
  if (!is_sending()) complete_write(to_do, client_errc::connection_lost);
  complete_wait(to_do, {}, awaited_);
  return to_do;
}

stream_machine::actions stream_machine::close() {
  actions to_do = cancel_end();
  state_ = stream_state::closed;
  end_transfers(to_do, asio::error::operation_aborted);
  return to_do;
}

error_code stream_machine::cannot_use() const {
  if (state_ == stream_state::open) return {};
  return state_ == stream_state::failed ? error_ : client_errc::not_open;
}

bool stream_machine::in_libvirt() const {
  return read_ == read_state::receiving || is_sending() || unfinished_send_ || updating_events_ ||
         place_ == place::returning;
}

void stream_machine::fail(actions& to_do, error_code error) {
  if (state_ == stream_state::finishing && !end_started_) {
    ending_ = ending::none;
    if (std::exchange(end_awaited_, false)) to_do.complete_end = error;
  } else if (state_ != stream_state::open) {
    return;
  }
  state_ = stream_state::failed;
  error_ = error;
  to_do.send = false;
  if (read_ == read_state::waiting) complete_read(to_do, error, 0);
  if (!is_sending()) complete_write(to_do, error);
  complete_wait(to_do, {}, awaited_);
  ask_for_no_more_than_needed(to_do);
}

void stream_machine::end_transfers(actions& to_do, error_code error) {
  if (read_ == read_state::waiting) complete_read(to_do, error, 0);
  if (read_ == read_state::receiving) read_cancelled_ = true;
  auto const cancelled = cancel_write(true);
  if (cancelled.complete_write) to_do.complete_write = cancelled.complete_write;
  complete_wait(to_do, error, stream_events::none);
}

void stream_machine::complete_read(actions& to_do, error_code error, std::uint64_t bytes, bool hole) {
  read_ = read_state::idle;
  to_do.complete_read = transferred{error, bytes, hole};
}

void stream_machine::complete_write(actions& to_do, error_code error) {
  if (write_ == write_state::idle) return;
  write_ = write_state::idle;
  write_cancelled_ = false;
  to_do.complete_write = transferred{error, written_};
}

void stream_machine::complete_wait(actions& to_do, error_code error, stream_events events) {
  if (awaited_ == stream_events::none) return;
  awaited_ = stream_events::none;
  to_do.complete_wait = {error, events};
}

void stream_machine::notice_end(actions& to_do) {
  end_of_stream_ = true;
  if (includes(awaited_, data_or_space)) complete_wait(to_do, {}, awaited_ & data_or_space);
  ask_for_no_more_than_needed(to_do);
}

void stream_machine::end_when_possible(actions& to_do) {
  if (ending_ == ending::none || end_started_ || in_libvirt()) return;
  end_started_ = true;
  if (place_ == place::aside) {
    // There is no stream of libvirt's to end.
    to_do.complete_end = ended({}).complete_end;
    return;
  }
  (ending_ == ending::finish ? to_do.finish : to_do.abort) = true;
}

}  // namespace libvirt_asio::detail
