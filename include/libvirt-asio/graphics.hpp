// Copyright (c) 2026 The libvirt-asio authors
// Distributed under the Boost Software License, Version 1.0.

#ifndef LIBVIRT_ASIO_GRAPHICS_HPP
#define LIBVIRT_ASIO_GRAPHICS_HPP

#include <libvirt-asio/connection.hpp>
#include <libvirt-asio/detail/adapted_handler.hpp>
#include <libvirt-asio/detail/default_token.hpp>
#include <libvirt-asio/detail/graphics_opener.hpp>
#include <libvirt-asio/detail/share.hpp>

#include <boost/asio/basic_stream_socket.hpp>
#include <boost/asio/deferred.hpp>
#include <boost/asio/local/stream_protocol.hpp>

#include <utility>

namespace libvirt_asio {

/// The options of `async_open_graphics`.
struct graphics_options {
  /// Which of the domain's graphics devices; the first is 0.
  unsigned index = 0;

  /// Lets the client in without a password. libvirt: `VIR_DOMAIN_OPEN_GRAPHICS_SKIPAUTH`.
  bool skip_auth = false;
};

/// A connection to a graphics device of a domain.
template <class Executor = asio::any_io_executor>
using graphics_socket = asio::basic_stream_socket<asio::local::stream_protocol, Executor>;

/// Connects to a graphics device of a domain, of which the protocol (VNC, SPICE) is then spoken on the socket.
/**
 * The device needs no port of its own: the daemon passes the hypervisor one end of a pair of sockets, and the client
 * the other. So the daemon must be reached by a UNIX socket; over any other transport this gives
 * `errc::argument_unsupported`, as libvirt 9.0 was seen to lose the connection then. The domain must be valid when the
 * function is called; the operation keeps a reference of its own. A null pointer gives libvirt's own error.
 *
 * Completion signature: `void(error_code, graphics_socket<Executor>)`, which is
 * `asio::local::stream_protocol::socket` for the default executor: libvirt's error, `client_errc::not_open`. The
 * socket has the executor of the connection, and does not need it any more.
 *
 * Immediate completion: `client_errc::not_open`.
 *
 * Per-operation cancellation: `terminal`, `partial` and, while the call waits for a worker thread, `total`. The socket
 * of a call that is not waited for any more is closed.
 *
 * libvirt: `virDomainOpenGraphicsFD`, on a worker thread.
 */
template <class Executor, class CompletionToken = detail::default_token<Executor>>
auto async_open_graphics(basic_connection<Executor>& opened, virDomainPtr owner, graphics_options options,
                         CompletionToken&& token = {}) {
  auto opening = opened.async_call(detail::graphics_opener(detail::share(owner), options.index, options.skip_auth),
                                   asio::deferred);
  return detail::initiate_adapted<void(error_code, graphics_socket<Executor>)>(
      token, opened.get_executor(), std::move(opening), detail::socket_maker<Executor>{opened.get_executor()});
}

/// Connects to the first graphics device of a domain, with the default options.
template <class Executor, class CompletionToken = detail::default_token<Executor>>
  requires(!detail::any_of<CompletionToken, graphics_options>)
auto async_open_graphics(basic_connection<Executor>& opened, virDomainPtr owner, CompletionToken&& token = {}) {
  return async_open_graphics(opened, owner, graphics_options{}, std::forward<CompletionToken>(token));
}

}  // namespace libvirt_asio

#endif
