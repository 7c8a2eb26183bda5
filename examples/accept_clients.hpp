// Copyright (c) 2026 The libvirt-asio authors
// Distributed under the Boost Software License, Version 1.0.

#ifndef LIBVIRT_ASIO_EXAMPLES_ACCEPT_CLIENTS_HPP
#define LIBVIRT_ASIO_EXAMPLES_ACCEPT_CLIENTS_HPP

#include <boost/asio/as_tuple.hpp>
#include <boost/asio/awaitable.hpp>
#include <boost/asio/error.hpp>
#include <boost/asio/steady_timer.hpp>
#include <boost/asio/use_awaitable.hpp>
#include <boost/system/system_error.hpp>

#include <chrono>
#include <iostream>
#include <string>
#include <utility>

namespace example {

/// Takes clients for ever. `serve(socket)` is an awaitable that ends when the next one may come.
template <class Acceptor, class Serve>
boost::asio::awaitable<void> accept_clients(Acceptor& acceptor, std::string program, Serve serve) {
  boost::asio::steady_timer pause(acceptor.get_executor());
  for (;;) {
    auto [error, socket] = co_await acceptor.async_accept(boost::asio::as_tuple(boost::asio::use_awaitable));
    if (!error) {
      co_await serve(std::move(socket));
      continue;
    }
    if (error == boost::asio::error::operation_aborted) throw boost::system::system_error(error);
    // Of descriptors, say, there will be some again.
    std::cerr << program + ": a client is not taken: " + error.message() + '\n';
    pause.expires_after(std::chrono::seconds(1));
    co_await pause.async_wait(boost::asio::use_awaitable);
  }
}

}  // namespace example

#endif
