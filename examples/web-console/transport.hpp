// Copyright (c) 2026 The libvirt-asio authors
// Distributed under the Boost Software License, Version 1.0.

#ifndef LIBVIRT_ASIO_EXAMPLES_WEB_CONSOLE_TRANSPORT_HPP
#define LIBVIRT_ASIO_EXAMPLES_WEB_CONSOLE_TRANSPORT_HPP

#include <boost/asio/any_completion_handler.hpp>
#include <boost/asio/any_io_executor.hpp>
#include <boost/asio/async_result.hpp>
#include <boost/asio/awaitable.hpp>
#include <boost/asio/buffer.hpp>
#include <boost/asio/ip/tcp.hpp>
#include <boost/asio/post.hpp>
#include <boost/asio/ssl/context.hpp>
#include <boost/beast/core/bind_handler.hpp>
#include <boost/beast/core/role.hpp>
#include <boost/system/error_code.hpp>

#include <array>
#include <chrono>
#include <cstddef>
#include <memory>
#include <utility>

namespace web_console {

/// A socket, encrypted or not: a stream for Asio and Beast, that is compiled once for both.
class transport {
 public:
  using executor_type = boost::asio::any_io_executor;
  using transferred = boost::asio::any_completion_handler<void(boost::system::error_code, std::size_t)>;

  /// Encrypted, if there is a context for that.
  transport(boost::asio::ip::tcp::socket socket, boost::asio::ssl::context* encryption);
  ~transport();

  executor_type get_executor();

  /// Of what is started from now on.
  void expires_after(std::chrono::seconds time);
  void expires_never();

  boost::asio::awaitable<void> shake_hands();
  boost::asio::awaitable<void> shut_down();
  /// Without waiting.
  void close();

  template <class Buffers, class Token>
  auto async_read_some(Buffers const& buffers, Token&& token) {
    auto start = [this](auto handler, auto const& some) { read_some(some, std::move(handler)); };
    return boost::asio::async_initiate<Token, void(boost::system::error_code, std::size_t)>(
        start, token, first_of<boost::asio::mutable_buffer>(buffers));
  }

  template <class Buffers, class Token>
  auto async_write_some(Buffers const& buffers, Token&& token) {
    auto start = [this](auto handler, auto const& some) { write_some(some, std::move(handler)); };
    return boost::asio::async_initiate<Token, void(boost::system::error_code, std::size_t)>(
        start, token, first_of<boost::asio::const_buffer>(buffers));
  }

 private:
  // Enough for the header of a frame and what it carries.
  template <class Buffer>
  using few = std::array<Buffer, 4>;

  template <class Buffer, class Buffers>
  static few<Buffer> first_of(Buffers const& buffers) {
    few<Buffer> first;
    auto to = first.begin();
    for (auto from = boost::asio::buffer_sequence_begin(buffers);
         from != boost::asio::buffer_sequence_end(buffers) && to != first.end(); ++from)
      *to++ = *from;
    return first;
  }

  void read_some(few<boost::asio::mutable_buffer> const& buffers, transferred done);
  void write_some(few<boost::asio::const_buffer> const& buffers, transferred done);

  struct streams;
  std::unique_ptr<streams> streams_;
};

// What Beast asks of a stream under a WebSocket.
void beast_close_socket(transport& closed);
void teardown(boost::beast::role_type role, transport& ended, boost::system::error_code& error);

/// Nothing more comes after what a WebSocket says at its end.
template <class Handler>
void async_teardown(boost::beast::role_type, transport& ended, Handler&& handler) {
  ended.close();
  boost::asio::post(ended.get_executor(), boost::beast::bind_front_handler(std::forward<Handler>(handler),
                                                                           boost::system::error_code()));
}

}  // namespace web_console

#endif
