// Copyright (c) 2026 The libvirt-asio authors
// Distributed under the Boost Software License, Version 1.0.

#ifndef LIBVIRT_ASIO_STREAM_STREAM_MACHINE_HPP
#define LIBVIRT_ASIO_STREAM_STREAM_MACHINE_HPP

#include <libvirt-asio/error.hpp>
#include <libvirt-asio/stream.hpp>

#include <algorithm>
#include <cstdint>
#include <optional>

namespace libvirt_asio::detail {

/// What a stream is made of, which decides what its libvirt functions do.
enum class stream_kind {
  /// It goes through a daemon: receiving never blocks, sending does, and it always claims to be writable.
  daemon,
  /// A non-blocking descriptor in this process: neither blocks.
  descriptor,
  /// A file served by a thread of libvirt's in this process: both block.
  file,
};

/// What libvirt answered to a receive or send.
struct io_result {
  enum class status { transferred, end, would_block, failed };

  status what = status::would_block;
  std::uint64_t bytes = 0;
  error_code error;
  /// What was received is a hole of so many bytes.
  bool hole = false;
  /// Nothing is left to receive, and the readable event tells of all that is still to come.
  bool emptied = false;
};

/// The state of a stream, which knows neither libvirt nor Asio.
/**
 * Each function takes in one thing that has happened and returns what is to be done about it. Finishing and
 * aborting wait until libvirt is not in the middle of another call for the stream: its local streams would
 * free what that call works on.
 */
class stream_machine {
 public:
  /// So much can be sent at once, or at least as soon as it is copied: to wake up the writer before that
  /// would only delay it.
  static constexpr std::uint64_t small_write = 8'192;

  struct transferred {
    error_code error;
    std::uint64_t bytes = 0;
    bool hole = false;
  };

  struct waited {
    error_code error;
    stream_events events = stream_events::none;
  };

  /// What is to be done: operations to complete, and libvirt functions to call.
  struct actions {
    std::optional<transferred> complete_read;
    std::optional<transferred> complete_write;
    std::optional<waited> complete_wait;
    std::optional<error_code> complete_end;
    bool receive = false;
    bool send = false;
    bool finish = false;
    bool abort = false;
    /// Another stream of libvirt's is to go on where the last one was left; answered by `reopened`.
    bool reopen = false;
    /// The events to be asked of libvirt from now on; answered by `events_updated`.
    std::optional<stream_events> update_events;
  };

  [[nodiscard]] stream_state state() const { return state_; }
  [[nodiscard]] stream_kind kind() const { return kind_; }
  /// How much of the write has been sent.
  [[nodiscard]] std::uint64_t written() const { return written_; }

  /// Whether the stream waits for data: the connection must take in what arrives.
  [[nodiscard]] bool waits_for_data() const;

  [[nodiscard]] error_code start_open();
  void opened(stream_kind kind);
  void open_failed();

  [[nodiscard]] actions start_read(std::uint64_t size);
  [[nodiscard]] actions received(io_result const& result);
  [[nodiscard]] actions cancel_read();

  /// Whether a read that does not wait may be made now; the error if not. Answered by `immediate_read_done`,
  /// unless the size is 0.
  [[nodiscard]] error_code start_immediate_read(std::uint64_t size);
  [[nodiscard]] actions immediate_read_done(io_result const& result);

  /// A daemon's stream takes the write in packets of that size.
  [[nodiscard]] actions start_write(std::uint64_t size, std::uint64_t packet_size = UINT64_MAX);
  /// The next packet is about to be sent; false if the write was cancelled or the stream ended meanwhile.
  [[nodiscard]] bool begin_send();
  /// libvirt has copied the packet being sent.
  [[nodiscard]] actions data_copied();
  [[nodiscard]] actions sent(io_result const& result);
  /// `started_too`: not only a write that has not been started.
  [[nodiscard]] actions cancel_write(bool started_too);

  [[nodiscard]] error_code start_immediate_write(std::uint64_t size);
  [[nodiscard]] actions immediate_write_done(io_result const& result);

  [[nodiscard]] actions start_wait(stream_events events);
  [[nodiscard]] actions cancel_wait();

  /// libvirt's event callback.
  [[nodiscard]] actions event(stream_events events);
  [[nodiscard]] actions events_updated();

  [[nodiscard]] actions start_finish();
  [[nodiscard]] actions start_abort();
  /// libvirt has finished or aborted the stream.
  [[nodiscard]] actions ended(error_code error);
  [[nodiscard]] actions cancel_end();

  /// libvirt's stream is given up, to be opened again when it is read; false if it is in use.
  [[nodiscard]] bool set_aside();
  /// libvirt's stream has given all it was opened for, but not all there is.
  void part_ended();
  [[nodiscard]] actions reopened(error_code error);

  /// The connection was lost: what libvirt has queued can still be read.
  [[nodiscard]] actions connection_lost();

  /// Ends everything with `asio::error::operation_aborted`.
  [[nodiscard]] actions close();

 private:
  enum class read_state { idle, receiving, waiting };
  enum class write_state {
    idle,
    /// Behind the send of the write before.
    blocked,
    /// Handed to a worker thread, or about to be sent here; of a large write also between two packets.
    queued,
    sending,
    /// The same, but libvirt has copied the data.
    copied,
    /// A local descriptor takes no more for now.
    waiting,
  };
  enum class ending { none, finish, abort };
  enum class place { here, aside, returning };

  [[nodiscard]] error_code cannot_use() const;
  [[nodiscard]] bool receives_when_told() const;
  [[nodiscard]] bool in_libvirt() const;
  [[nodiscard]] std::uint64_t next_packet() const { return std::min(write_size_ - written_, packet_size_); }
  [[nodiscard]] bool is_sending() const {
    return write_ == write_state::sending || write_ == write_state::copied;
  }
  [[nodiscard]] bool sends_more(io_result const& result) const;
  /// Whether there is a stream of libvirt's whose events matter.
  [[nodiscard]] bool has_events() const { return state_ == stream_state::open && place_ == place::here; }
  [[nodiscard]] stream_events needed() const;
  void fail(actions& to_do, error_code error);
  void end_transfers(actions& to_do, error_code error);
  void complete_read(actions& to_do, error_code error, std::uint64_t bytes, bool hole = false);
  void complete_write(actions& to_do, error_code error);
  void complete_copied_write(actions& to_do, error_code error);
  void complete_wait(actions& to_do, error_code error, stream_events events);
  void notice_end(actions& to_do);
  void ask_for_events(actions& to_do);
  void ask_again_for_events(actions& to_do);
  void ask_for_no_more_than_needed(actions& to_do);
  void update_events(actions& to_do, stream_events events);
  void end_when_possible(actions& to_do);
  void come_back(actions& to_do);

  stream_state state_ = stream_state::closed;
  stream_kind kind_ = stream_kind::daemon;
  error_code error_;
  bool connection_lost_ = false;
  bool end_of_stream_ = false;
  place place_ = place::here;
  // Local streams tell it by an error event, and then have nothing to read for ever.
  bool aborted_by_libvirt_ = false;

  read_state read_ = read_state::idle;
  bool read_cancelled_ = false;
  // What the last receive said.
  bool emptied_ = false;

  write_state write_ = write_state::idle;
  std::uint64_t write_size_ = 0;
  std::uint64_t packet_size_ = 0;
  std::uint64_t written_ = 0;
  bool write_cancelled_ = false;
  // A write that is complete, but whose send is still going on inside libvirt.
  bool unfinished_send_ = false;

  stream_events awaited_ = stream_events::none;
  stream_events asked_for_ = stream_events::none;
  bool updating_events_ = false;
  bool ask_again_ = false;

  ending ending_ = ending::none;
  bool end_started_ = false;
  bool end_awaited_ = false;
};

}  // namespace libvirt_asio::detail

#endif
