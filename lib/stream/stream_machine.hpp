// Copyright (c) 2026 The libvirt-asio authors
// Distributed under the Boost Software License, Version 1.0.

#ifndef LIBVIRT_ASIO_STREAM_STREAM_MACHINE_HPP
#define LIBVIRT_ASIO_STREAM_STREAM_MACHINE_HPP

#include "stream/ending_machine.hpp"
#include "stream/interest_machine.hpp"
#include "stream/read_machine.hpp"
#include "stream/stream_actions.hpp"
#include "stream/write_machine.hpp"

#include <cstdint>
#include <optional>

namespace libvirt_asio::detail {

/// The state of a stream, which knows neither libvirt nor Asio: what one of its machines means to the others.
/**
 * Each function takes in one thing that has happened, and adds what is to be done about it. A function that
 * starts an operation returns with what to complete it at once, if it is not to be outstanding: an error, or
 * success for one that has nothing to do.
 *
 * Finishing and aborting wait until libvirt is not in the middle of another call for the stream: its local
 * streams would free what that call works on.
 */
class stream_machine {
 public:
  using actions = stream_actions;

  [[nodiscard]] stream_state state() const { return stream_.state; }
  [[nodiscard]] stream_kind kind() const { return stream_.kind; }
  /// Whether there is nothing more to come: finished, aborted, failed or closed.
  [[nodiscard]] bool has_ended() const;
  /// How much of the write has been sent.
  [[nodiscard]] std::uint64_t written() const { return write_.written(); }
  /// Whether the stream waits for data: the connection must take in what arrives.
  [[nodiscard]] bool waits_for_data() const;

  [[nodiscard]] std::optional<error_code> start_open(operation_id id);
  /// False if the stream was closed meanwhile.
  [[nodiscard]] bool opened(stream_kind kind, actions& to_do);
  void open_failed(error_code error, actions& to_do);

  [[nodiscard]] std::optional<error_code> start_read(operation_id id, std::uint64_t size, actions& to_do);
  void received(io_result const& result, actions& to_do);

  /// Whether a read that does not wait may be made now. Answered by `received_at_once`, which gives the result
  /// as the caller is to see it.
  [[nodiscard]] std::optional<error_code> start_read_at_once(std::uint64_t size, actions& to_do);
  [[nodiscard]] io_result received_at_once(io_result const& result, actions& to_do);

  /// A daemon's stream takes the write in packets of that size.
  [[nodiscard]] std::optional<error_code> start_write(operation_id id, std::uint64_t size,
                                                      std::uint64_t packet_size, actions& to_do);
  [[nodiscard]] bool begin_send() { return write_.begin_send(); }
  void data_copied(actions& to_do) { write_.data_copied(to_do); }
  void sent(io_result const& result, actions& to_do);

  [[nodiscard]] std::optional<error_code> start_write_at_once(std::uint64_t size);
  void sent_at_once(io_result const& result, actions& to_do);

  [[nodiscard]] std::optional<actions::waited> start_wait(operation_id id, stream_events events,
                                                          actions& to_do);
  /// libvirt's event callback.
  void event(stream_events events, actions& to_do);
  void events_updated(actions& to_do);

  [[nodiscard]] std::optional<error_code> start_finish(operation_id id, actions& to_do);
  [[nodiscard]] std::optional<error_code> start_abort(operation_id id, actions& to_do);
  /// libvirt has finished or aborted the stream.
  void ended(error_code error, actions& to_do);

  /// Cancels the operation, if it is outstanding. `started_too`: also what libvirt has begun.
  void cancel(operation_id id, bool started_too, actions& to_do);
  void cancel_all(actions& to_do);

  /// libvirt's stream is given up, to be opened again when it is read; false if it is in use.
  [[nodiscard]] bool suspend();
  /// Whether a stream of libvirt's is still wanted that is being opened.
  [[nodiscard]] bool awaits_opening() const;
  /// libvirt's stream has given all it was opened for, but not all there is.
  void part_ended(actions& to_do);
  void resumed(error_code error, actions& to_do);

  /// The connection was lost: what libvirt has queued can still be read.
  void connection_lost(actions& to_do);

  /// Ends everything with `asio::error::operation_aborted`.
  void close(actions& to_do);

 private:
  using presence = stream_condition::presence;

  [[nodiscard]] interest_machine::demand demand() const { return {read_.is_waiting(), write_.is_waiting()}; }
  [[nodiscard]] bool receives_when_told() const;
  [[nodiscard]] bool is_in_libvirt() const;
  void ask_for_more_events(actions& to_do) { interest_.ask_for_more(stream_, demand(), to_do); }
  void ask_for_no_more_events(actions& to_do) { interest_.ask_for_no_more(stream_, demand(), to_do); }
  void notice_end_of_stream(actions& to_do);
  void fail(error_code error, actions& to_do);
  void end_transfers(actions& to_do);
  void end_if_due(actions& to_do);
  void resume(actions& to_do);
  void let_go_of_native();

  stream_condition stream_;
  operation_id open_id_ = 0;
  bool closed_ = false;
  read_machine read_;
  write_machine write_;
  interest_machine interest_;
  ending_machine ending_;
};

}  // namespace libvirt_asio::detail

#endif
