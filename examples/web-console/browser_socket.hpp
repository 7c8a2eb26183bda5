// Copyright (c) 2026 The libvirt-asio authors
// Distributed under the Boost Software License, Version 1.0.

#ifndef LIBVIRT_ASIO_EXAMPLES_WEB_CONSOLE_BROWSER_SOCKET_HPP
#define LIBVIRT_ASIO_EXAMPLES_WEB_CONSOLE_BROWSER_SOCKET_HPP

#include "access.hpp"
#include "browser.hpp"
#include "outbox.hpp"
#include "transport.hpp"

#include <boost/asio/awaitable.hpp>
#include <boost/asio/steady_timer.hpp>
#include <boost/beast/core/flat_buffer.hpp>
#include <boost/beast/websocket/stream.hpp>

#include <memory>
#include <string>
#include <string_view>

namespace web_console {

/// The WebSocket that a connection may become.
class browser_socket final : public browser, public std::enable_shared_from_this<browser_socket> {
 public:
  browser_socket(std::string peer, boost::asio::ip::tcp::socket socket, boost::asio::ssl::context* encryption);

  /// The connection itself, for what comes before.
  [[nodiscard]] transport& lowest() { return socket_.next_layer(); }

  /// Makes it a WebSocket. Once; ends when the browser has gone.
  boost::asio::awaitable<void> hold(request asked, std::unique_ptr<service> with);

  void log(std::string const& what) const;

  void tell(boost::json::object const& words) override;
  void send(std::string_view bytes) override;
  [[nodiscard]] bool is_idle() const override { return outbox_.is_empty() && !is_writing_; }
  void dismiss(std::string const& why) override;

 private:
  boost::asio::awaitable<boost::system::error_code> read_all();
  boost::asio::awaitable<void> write_all();
  void take(std::string_view data);
  void put(bool is_text, std::string_view data);

  std::string const peer_;
  // Consoles are not worth compression.
  boost::beast::websocket::stream<transport, false> socket_;
  boost::beast::flat_buffer buffer_;
  boost::asio::steady_timer wake_;
  boost::asio::steady_timer farewell_;
  std::unique_ptr<service> service_;
  outbox outbox_;
  bool is_writing_ = false;
  bool is_dismissed_ = false;
  bool is_over_ = false;
};

}  // namespace web_console

#endif
