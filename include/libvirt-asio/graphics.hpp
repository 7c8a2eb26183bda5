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

/// @addtogroup graphics
/// @{

/// The options of `async_open_graphics()`.
struct graphics_options {
  /// Which of the graphics devices of the domain. The first one is 0.
  unsigned index = 0;

  /// Lets the client in without a password. libvirt: `VIR_DOMAIN_OPEN_GRAPHICS_SKIPAUTH`.
  bool skip_auth = false;
};

/// A connection to a graphics device of a domain: `asio::local::stream_protocol::socket` for the default executor.
template <class Executor = asio::any_io_executor>
using graphics_socket = asio::basic_stream_socket<asio::local::stream_protocol, Executor>;

/// Connects to a graphics device of a domain. Its protocol, VNC or SPICE, is then spoken on the socket.
/**
 * The device needs no port: the daemon makes a pair of sockets, and gives one to the hypervisor and the other to you.
 * So the daemon must be reached by a UNIX socket, or the driver must be in this process. The socket has the executor of
 * the connection, and does not need the connection any more.
 *
 * @param opened The connection of the domain.
 * @param owner The domain.
 * @param options Which graphics device, and how it is opened.
 * @param token The completion token.
 *
 * @par Completion signature
 * `void(error_code, graphics_socket<Executor>)`
 *
 * @par Errors
 * libvirt's error; `errc::argument_unsupported`, if the daemon is reached by another transport, over which libvirt
 * would lose the connection; `client_errc::not_open`.
 *
 * @par Immediate completion
 * `client_errc::not_open`
 *
 * @par Per-operation cancellation
 * `terminal`, `partial` and, while the call waits for a worker thread, `total`. The operation stops waiting, and the
 * socket is closed when libvirt gives it.
 *
 * @par libvirt
 * `virDomainOpenGraphicsFD`, on a worker thread.
 *
 * @par Example
 * @snippet docs/snippets/reference/graphics.cpp async_open_graphics
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
/// The rest is as for the overload with options.
template <class Executor, class CompletionToken = detail::default_token<Executor>>
  requires(!detail::any_of<CompletionToken, graphics_options>)
auto async_open_graphics(basic_connection<Executor>& opened, virDomainPtr owner, CompletionToken&& token = {}) {
  return async_open_graphics(opened, owner, graphics_options{}, std::forward<CompletionToken>(token));
}

/// @}

}  // namespace libvirt_asio

#endif
