// Copyright (c) 2026 The libvirt-asio authors
// Distributed under the Boost Software License, Version 1.0.

#ifndef LIBVIRT_ASIO_EXAMPLES_WEB_CONSOLE_SESSION_HPP
#define LIBVIRT_ASIO_EXAMPLES_WEB_CONSOLE_SESSION_HPP

#include "site.hpp"

#include <boost/asio/ip/tcp.hpp>
#include <boost/asio/ssl/context.hpp>

#include <memory>

namespace web_console {

/// A connection of a browser.
class session {
 public:
  virtual ~session() = default;
  /// Closes it without waiting.
  virtual void close() = 0;
};

/// Serves a browser until one of both has enough. The connection is encrypted if there is a context for that.
std::shared_ptr<session> start_session(boost::asio::ip::tcp::socket socket, std::shared_ptr<site> site,
                                       boost::asio::ssl::context* encryption);

}  // namespace web_console

#endif
