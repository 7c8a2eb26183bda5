// Copyright (c) 2026 The libvirt-asio authors
// Distributed under the Boost Software License, Version 1.0.

#ifndef LIBVIRT_ASIO_CONNECTION_TYPES_HPP
#define LIBVIRT_ASIO_CONNECTION_TYPES_HPP

#include <libvirt-asio/detail/export.hpp>

#include <libvirt/libvirt.h>

#include <chrono>
#include <cstddef>
#include <functional>
#include <span>
#include <vector>

namespace libvirt_asio {

/// @addtogroup connections
/// @{

/// Why a connection was lost.
/**
 * @par libvirt
 * `virConnectCloseReason`
 */
enum class close_reason {
  /// An input or output error.
  error = VIR_CONNECT_CLOSE_REASON_ERROR,
  /// The daemon closed the connection.
  eof = VIR_CONNECT_CLOSE_REASON_EOF,
  /// The daemon answered no keepalive message.
  keepalive = VIR_CONNECT_CLOSE_REASON_KEEPALIVE,
  /// This side asked for it.
  client = VIR_CONNECT_CLOSE_REASON_CLIENT,
};

/// The options of `basic_connection::async_open()`.
/**
 * @par Example
 * @snippet docs/snippets/reference/connection.cpp async_open
 */
struct connect_options {
  /// Opens a read-only connection. libvirt: `VIR_CONNECT_RO`.
  bool read_only = false;

  /// The types of credentials that `authenticate` can fill in: `virConnectCredentialType`s.
  std::vector<int> credential_types{};

  /// Fills in the credentials that libvirt asks for. Returns false to give up.
  /**
   * The results must be allocated with `malloc`; libvirt frees them. The function is called on a worker thread, and
   * must not throw. If it gives up, `async_open()` completes with `errc::auth_cancelled`; after a wrong answer it
   * completes with `errc::auth_failed`. libvirt: `virConnectAuth`.
   *
   * @par Example
   * @snippet docs/snippets/reference/connection.cpp authenticate
   */
  std::function<bool(std::span<virConnectCredential>)> authenticate{};

  /// The time between two keepalive messages while the daemon is silent, in whole seconds. Zero turns them off.
  /**
   * Without them, a daemon hangs up on a connection that does not read for about 30 seconds, and a download that is not
   * read is not suspended by a long pause alone (see `receive_window`). libvirt: `virConnectSetKeepAlive`.
   */
  std::chrono::seconds keepalive_interval{5};

  /// How many keepalive messages may be left unanswered before the connection is closed.
  unsigned keepalive_count = 5;

  /// About how many bytes libvirt may hold for streams that nobody reads. Zero means no limit.
  /**
   * When it holds as much, the connection stops reading its socket until a read starts. A download that nobody reads is
   * suspended when more arrives all the same, or after a long pause (see `async_open_download()`).
   */
  std::size_t receive_window = std::size_t{8} << 20;
};

/// @}

}  // namespace libvirt_asio

#endif
