// Copyright (c) 2026 The libvirt-asio authors
// Distributed under the Boost Software License, Version 1.0.

#ifndef LIBVIRT_ASIO_EXAMPLES_WEB_CONSOLE_SERVER_HPP
#define LIBVIRT_ASIO_EXAMPLES_WEB_CONSOLE_SERVER_HPP

#include "session.hpp"
#include "settings.hpp"

#include <boost/asio/any_io_executor.hpp>
#include <boost/asio/awaitable.hpp>
#include <boost/asio/ip/tcp.hpp>
#include <boost/asio/ssl/context.hpp>

#include <list>
#include <memory>

namespace web_console {

/// Takes the connections of browsers.
class server {
 public:
  /// Listens from now on.
  server(boost::asio::any_io_executor executor, settings const& wanted);
  ~server();

  server(server const&) = delete;
  server& operator=(server const&) = delete;

  [[nodiscard]] unsigned short port() const { return acceptor_.local_endpoint().port(); }

  /// For ever.
  boost::asio::awaitable<void> run(std::shared_ptr<site> site);

 private:
  void start(boost::asio::ip::tcp::socket socket, std::shared_ptr<site> const& site);

  boost::asio::ip::tcp::acceptor acceptor_;
  std::shared_ptr<boost::asio::ssl::context> encryption_;
  std::list<std::weak_ptr<session>> sessions_;
};

}  // namespace web_console

#endif
