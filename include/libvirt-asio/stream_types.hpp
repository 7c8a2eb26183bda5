// Copyright (c) 2026 The libvirt-asio authors
// Distributed under the Boost Software License, Version 1.0.

#ifndef LIBVIRT_ASIO_STREAM_TYPES_HPP
#define LIBVIRT_ASIO_STREAM_TYPES_HPP

#include <libvirt-asio/detail/export.hpp>

#include <libvirt/libvirt.h>

#include <cstdint>

namespace libvirt_asio {

/// @addtogroup streams
/// @{

/// What a stream can be waited for. Several are combined by `|`.
/**
 * @par libvirt
 * `virStreamEventType`
 */
enum class stream_events : unsigned {
  /// Nothing.
  none = 0,
  /// There is something to read, or the end of the stream.
  readable = VIR_STREAM_EVENT_READABLE,
  /// There is room for a write.
  writable = VIR_STREAM_EVENT_WRITABLE,
  /// An error.
  error = VIR_STREAM_EVENT_ERROR,
  /// The other side has hung up.
  hangup = VIR_STREAM_EVENT_HANGUP,
};

/// Returns the events that are in `a` or in `b`.
[[nodiscard]] constexpr stream_events operator|(stream_events a, stream_events b) noexcept {
  return static_cast<stream_events>(static_cast<unsigned>(a) | static_cast<unsigned>(b));
}

/// Returns the events that are in `a` and in `b`.
[[nodiscard]] constexpr stream_events operator&(stream_events a, stream_events b) noexcept {
  return static_cast<stream_events>(static_cast<unsigned>(a) & static_cast<unsigned>(b));
}

/// A part of a sparse stream: data, or a hole, which reads as zeros.
struct section {
  /// Whether it is a hole.
  bool hole = false;
  /// Its length in bytes. A hole can be longer than any buffer.
  std::uint64_t length = 0;
};

/// The state of a stream: what `basic_stream::state()` returns.
enum class stream_state {
  /// Never opened, or closed.
  closed,
  /// `async_open()` is outstanding.
  opening,
  /// Data can flow.
  open,
  /// `async_finish()` was started, and libvirt has not answered yet. The operation may have been cancelled meanwhile.
  finishing,
  /// `async_finish()` has succeeded: everything that was written has arrived.
  finished,
  /// `async_abort()` was started.
  aborted,
  /// The stream has failed. If libvirt has reported the error, `basic_stream::last_error()` has its details.
  failed,
};

/// @}

}  // namespace libvirt_asio

#endif
