// Copyright (c) 2026 The libvirt-asio authors
// Distributed under the Boost Software License, Version 1.0.

#ifndef LIBVIRT_ASIO_STREAM_TYPES_HPP
#define LIBVIRT_ASIO_STREAM_TYPES_HPP

#include <libvirt/libvirt.h>

#include <cstdint>

namespace libvirt_asio {

/// What a stream can be waited for; combined with `|`. libvirt: `virStreamEventType`.
enum class stream_events : unsigned {
  none = 0,
  readable = VIR_STREAM_EVENT_READABLE,
  writable = VIR_STREAM_EVENT_WRITABLE,
  error = VIR_STREAM_EVENT_ERROR,
  hangup = VIR_STREAM_EVENT_HANGUP,
};

/// The events of both.
[[nodiscard]] constexpr stream_events operator|(stream_events a, stream_events b) noexcept {
  return static_cast<stream_events>(static_cast<unsigned>(a) | static_cast<unsigned>(b));
}

/// The events that are in both.
[[nodiscard]] constexpr stream_events operator&(stream_events a, stream_events b) noexcept {
  return static_cast<stream_events>(static_cast<unsigned>(a) & static_cast<unsigned>(b));
}

/// A part of a sparse stream: data, or a hole, which reads as zeros.
struct section {
  bool hole = false;
  /// In bytes; a hole's can be larger than any buffer.
  std::uint64_t length = 0;
};

/// The state of a stream.
enum class stream_state {
  /// Never opened, or closed.
  closed,
  /// `async_open` is outstanding.
  opening,
  /// Data can flow.
  open,
  /// `async_finish` has been started, and libvirt has not answered yet, even if the operation was cancelled.
  finishing,
  /// Finished: everything that was written has arrived.
  finished,
  /// `async_abort` has been started.
  aborted,
  /// The stream has failed. If libvirt reported the error, `last_error()` has its details.
  failed,
};

}  // namespace libvirt_asio

#endif
