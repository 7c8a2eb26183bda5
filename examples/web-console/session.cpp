// Copyright (c) 2026 The libvirt-asio authors
// Distributed under the Boost Software License, Version 1.0.

#include "session.hpp"

#include "browser_socket.hpp"

#include <boost/asio/as_tuple.hpp>
#include <boost/asio/awaitable.hpp>
#include <boost/asio/co_spawn.hpp>
#include <boost/asio/use_awaitable.hpp>
#include <boost/beast/core/error.hpp>
#include <boost/beast/core/flat_buffer.hpp>
#include <boost/beast/http/error.hpp>
#include <boost/beast/http/parser.hpp>
#include <boost/beast/http/read.hpp>
#include <boost/beast/http/write.hpp>
#include <boost/beast/websocket/rfc6455.hpp>

#include <chrono>
#include <cstddef>
#include <exception>
#include <string>
#include <utility>

namespace web_console {
namespace {

namespace asio = boost::asio;
namespace beast = boost::beast;
namespace http = beast::http;
using namespace std::chrono_literals;
using boost::system::error_code;

constexpr auto as_result = asio::as_tuple(asio::use_awaitable);

// For the handshake of TLS, for a whole request, and between two of them.
constexpr auto request_time = 10s;
constexpr unsigned max_header = 8'192;
constexpr std::size_t max_body = 1'024;
// What the kernel holds for a slow browser.
constexpr int send_buffer = 256 << 10;

bool is_http_error(error_code error) { return error.category() == http::make_error_code(http::error{}).category(); }

class http_session final : public session, public std::enable_shared_from_this<http_session> {
 public:
  http_session(std::shared_ptr<site> site, std::shared_ptr<browser_socket> socket)
      : site_(std::move(site)), socket_(std::move(socket)) {}

  /// Once. Ends when the browser has gone, which is no failure.
  asio::awaitable<void> run() {
    auto const self = shared_from_this();
    try {
      lowest().expires_after(request_time);
      co_await lowest().shake_hands();
      co_await serve();
    } catch (boost::system::system_error const& error) {
      if (error.code() == beast::error::timeout) socket_->log("is too slow");
    }
  }

  void close() override { lowest().close(); }

 private:
  [[nodiscard]] transport& lowest() { return socket_->lowest(); }

  asio::awaitable<void> serve() {
    for (bool goes_on = true; goes_on;) {
      http::request_parser<http::string_body> parser;
      parser.header_limit(max_header);
      parser.body_limit(max_body);
      lowest().expires_after(request_time);
      auto const [error, size] = co_await http::async_read(lowest(), buffer_, parser, as_result);
      if (error == http::error::end_of_stream) break;
      if (error && !is_http_error(error)) throw boost::system::system_error(error);
      auto asked = parser.release();
      if (auto wanted = error ? nullptr : upgrade(asked)) {
        co_await socket_->hold(std::move(asked), std::move(wanted));
        co_return;
      }
      response answer;
      if (error)
        answer = refuse(error);
      else
        answer = co_await answer_to(asked);
      goes_on = answer.keep_alive();
      lowest().expires_after(request_time);
      co_await http::async_write(lowest(), answer, asio::use_awaitable);
    }
    lowest().expires_after(request_time);
    co_await lowest().shut_down();
  }

  /// Of a request that cannot be read.
  response refuse(error_code error) const {
    socket_->log("sends what is no request: " + error.message());
    auto const status = error == http::error::header_limit ? http::status::request_header_fields_too_large
                        : error == http::error::body_limit ? http::status::payload_too_large
                                                           : http::status::bad_request;
    auto answer = make_response({}, status, error.message());
    answer.keep_alive(false);
    return answer;
  }

  /// What a WebSocket is wanted for, if it is and may be.
  std::unique_ptr<service> upgrade(request const& asked) {
    bool const is_wanted = beast::websocket::is_upgrade(asked) && !site_->check(asked);
    return is_wanted ? site_->open(asked) : nullptr;
  }

  asio::awaitable<response> answer_to(request const& asked) {
    if (auto entered = site_->log_in(asked)) co_return std::move(*entered);
    if (auto const refused = site_->check(asked)) {
      socket_->log("is refused: " + refused->why);
      auto const advice = "Open the address that web-console has printed. (" + refused->why + ")";
      co_return make_response(asked, refused->status, advice);
    }
    co_return co_await site_->respond(asked);
  }

  std::shared_ptr<site> const site_;
  std::shared_ptr<browser_socket> const socket_;
  beast::flat_buffer buffer_;
};

}  // namespace

std::shared_ptr<session> start_session(asio::ip::tcp::socket socket, std::shared_ptr<site> site,
                                       asio::ssl::context* encryption) {
  error_code error;
  auto const endpoint = socket.remote_endpoint(error);
  if (!error) socket.set_option(asio::socket_base::send_buffer_size(send_buffer), error);
  if (!error) socket.set_option(asio::ip::tcp::no_delay(true), error);
  // It has gone already.
  if (error) return nullptr;
  auto const executor = socket.get_executor();
  auto peer = endpoint.address().to_string() + ':' + std::to_string(endpoint.port());
  auto held = std::make_shared<browser_socket>(std::move(peer), std::move(socket), encryption);
  auto started = std::make_shared<http_session>(std::move(site), std::move(held));
  asio::co_spawn(executor, started->run(), [](std::exception_ptr const& thrown) {
    if (thrown) std::rethrow_exception(thrown);
  });
  return started;
}

}  // namespace web_console
