// Copyright (c) 2026 The libvirt-asio authors
// Distributed under the Boost Software License, Version 1.0.

#ifndef LIBVIRT_ASIO_CONNECTION_TYPES_HPP
#define LIBVIRT_ASIO_CONNECTION_TYPES_HPP

#include <libvirt/libvirt.h>

#include <chrono>
#include <cstddef>
#include <functional>
#include <span>
#include <vector>

namespace libvirt_asio {

/// Why a connection was lost. libvirt: `virConnectCloseReason`.
enum class close_reason {
  /// An input or output error.
  error = VIR_CONNECT_CLOSE_REASON_ERROR,
  /// The daemon closed the connection.
  eof = VIR_CONNECT_CLOSE_REASON_EOF,
  /// The daemon answered no keepalive message.
  keepalive = VIR_CONNECT_CLOSE_REASON_KEEPALIVE,
  /// The client asked for it.
  client = VIR_CONNECT_CLOSE_REASON_CLIENT,
};

/// The options of `async_open`.
struct connect_options {
  /// Opens a read-only connection. libvirt: `VIR_CONNECT_RO`.
  bool read_only = false;

  /// The `virConnectCredentialType`s that `authenticate` can answer.
  std::vector<int> credential_types{};

  /// Fills in the results of the credentials that libvirt asks for, or returns false to give up.
  /**
   * Results must be allocated with `malloc`; libvirt frees them. Called on a worker thread. Must not throw. To
   * give up opens nothing, with `errc::auth_cancelled`; an answer that is wrong gives `errc::auth_failed`.
   * libvirt: `virConnectAuth`.
   */
  std::function<bool(std::span<virConnectCredential>)> authenticate{};

  /// The time between two keepalive messages while the daemon is silent, in whole seconds; zero turns them
  /// off.
  /**
   * Without them a daemon hangs up on a connection that pauses reading for about 30 seconds, and a pause has no
   * download suspended (see `receive_window`). libvirt: `virConnectSetKeepAlive`.
   */
  std::chrono::seconds keepalive_interval{5};

  /// How many keepalive messages may go unanswered before the connection is closed.
  unsigned keepalive_count = 5;

  /// About how many bytes libvirt may hold for streams that nobody reads; 0 means no limit.
  /**
   * Once it holds as much, the connection stops reading its socket until a read starts. A download that nobody reads
   * is suspended when more comes in all the same, or after a long pause (see `async_open_download`).
   */
  std::size_t receive_window = std::size_t{8} << 20;
};

}  // namespace libvirt_asio

#endif
