// Copyright (c) 2026 The libvirt-asio authors
// Distributed under the Boost Software License, Version 1.0.

#ifndef LIBVIRT_ASIO_STREAM_STREAM_ACTIONS_HPP
#define LIBVIRT_ASIO_STREAM_STREAM_ACTIONS_HPP

#include <libvirt-asio/error.hpp>
#include <libvirt-asio/stream_types.hpp>

#include <boost/asio/error.hpp>

#include <cstdint>
#include <optional>

// What goes into and comes out of a stream's machines: plain values, which know neither libvirt nor Asio.

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

enum class io_status { transferred, end, would_block, failed };

/// What libvirt answered to a receive or send.
struct io_result {
  io_status status = io_status::would_block;
  std::uint64_t bytes = 0;
  error_code error;
  /// What was received is a hole of so many bytes.
  bool hole = false;
  /// Nothing is left to receive, and the readable event tells of all that is still to come.
  bool emptied = false;
};

/// The same as an error of Asio's.
[[nodiscard]] inline error_code error_of(io_result const& result) {
  if (result.status == io_status::end) return boost::asio::error::eof;
  if (result.status == io_status::would_block) return boost::asio::error::would_block;
  return result.error;
}

/// What all of a stream's machines go by.
struct stream_condition {
  /// Whether there is a stream of libvirt's, or it was given up to be opened again by the next read.
  enum class presence { here, suspended, resuming };

  stream_state state = stream_state::closed;
  stream_kind kind = stream_kind::daemon;
  presence native = presence::here;
  /// Of a stream that has failed.
  error_code error;
  bool connection_lost = false;
  bool end_of_stream = false;
  /// Local streams tell it by an error event, and then have nothing to read for ever.
  bool aborted_by_libvirt = false;

  /// Why no operation can be started, if none can.
  [[nodiscard]] error_code unusable() const {
    if (state == stream_state::open) return {};
    return state == stream_state::failed ? error : client_errc::not_open;
  }

  /// Whether there is a stream of libvirt's whose events matter.
  [[nodiscard]] bool has_events() const {
    return state == stream_state::open && native == presence::here;
  }
};

/// What is to be done about what has happened: operations to complete, and libvirt functions to call.
struct stream_actions {
  struct transferred {
    error_code error;
    std::uint64_t bytes = 0;
    bool hole = false;
  };

  struct waited {
    error_code error;
    stream_events events = stream_events::none;
  };

  std::optional<error_code> complete_open;
  std::optional<transferred> complete_read;
  std::optional<transferred> complete_write;
  std::optional<waited> complete_wait;
  std::optional<error_code> complete_end;

  /// The events to be asked of libvirt from now on; answered by `events_updated`.
  std::optional<stream_events> update_events;
  /// Answered by `received`.
  bool receive = false;
  /// Answered by `sent`.
  bool send = false;
  /// Another stream of libvirt's is to go on where the last one was left; answered by `resumed`.
  bool resume = false;
  /// Answered by `ended`.
  bool finish = false;
  bool abort = false;
};

inline constexpr auto data_or_room = stream_events::readable | stream_events::writable;

[[nodiscard]] constexpr bool includes(stream_events set, stream_events events) {
  return (set & events) != stream_events::none;
}

}  // namespace libvirt_asio::detail

#endif
