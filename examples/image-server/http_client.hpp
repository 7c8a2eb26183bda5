// Copyright (c) 2026 The libvirt-asio authors
// Distributed under the Boost Software License, Version 1.0.

#ifndef LIBVIRT_ASIO_EXAMPLES_IMAGE_SERVER_HTTP_CLIENT_HPP
#define LIBVIRT_ASIO_EXAMPLES_IMAGE_SERVER_HTTP_CLIENT_HPP

#include <boost/asio/as_tuple.hpp>
#include <boost/asio/awaitable.hpp>
#include <boost/asio/buffer.hpp>
#include <boost/asio/use_awaitable.hpp>
#include <boost/beast/core/flat_buffer.hpp>
#include <boost/beast/core/stream_traits.hpp>
#include <boost/beast/http.hpp>
#include <boost/json.hpp>
#include <boost/optional/optional.hpp>

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <utility>

namespace image_server {

namespace asio = boost::asio;
namespace beast = boost::beast;
namespace http = beast::http;

using response = http::response<http::string_body>;
using request_parser = http::request_parser<http::buffer_body>;

/// How long nothing may go on.
inline constexpr std::chrono::seconds longest_stall{60};

/// The server's end of a connection over which requests come, one after another. Everything on it has to go on within
/// a time, or fails.
template <class Stream>
class http_client {
 public:
  // Beast reads as much at a time as the buffer has room for, which would be 512 bytes; and it knows no limit for what
  // stands between the chunks of a body.
  explicit http_client(Stream stream) : stream_(std::move(stream)) {
    buffer_.reserve(buffer_size);
    buffer_.max_size(buffer_size);
  }

  [[nodiscard]] Stream& stream() { return stream_; }
  [[nodiscard]] http::request_header<> const& request() const { return parser_->get(); }

  /// Waits for the next request, up to its body. False if none comes any more.
  asio::awaitable<bool> read_request() {
    parser_.emplace();
    parser_->header_limit(longest_header);
    // The body is not kept: it may be as long as it likes.
    parser_->body_limit(boost::none);
    expire();
    auto const [error, size] =
        co_await http::async_read_header(stream_, buffer_, *parser_, asio::as_tuple(asio::use_awaitable));
    has_answered_ = false;
    bool const is_no_request = error.category() == http::make_error_code(http::error{}).category() &&
                               error != http::error::end_of_stream && error != http::error::partial_message;
    if (is_no_request)
      co_await write(asio::buffer(std::string_view("HTTP/1.1 400 Bad Request\r\nConnection: close\r\n\r\n")));
    co_return !error;
  }

  /// Whether the request tells where its body ends, so that none of it can be taken for another request.
  [[nodiscard]] bool delimits_body() const { return parser_->chunked() || body_length(); }

  /// The length of the body; nothing if only its end tells.
  [[nodiscard]] boost::optional<std::uint64_t> body_length() const { return parser_->content_length(); }

  /// The next of the body: as much as there is room for, and less only at the end.
  asio::awaitable<std::size_t> read_body(asio::mutable_buffer room) {
    co_await invite_body();
    if (parser_->is_done()) co_return 0;
    auto& body = parser_->get().body();
    body.data = room.data();
    body.size = room.size();
    while (body.size != 0 && !parser_->is_done()) {
      expire();
      auto const [error, size] =
          co_await http::async_read_some(stream_, buffer_, *parser_, asio::as_tuple(asio::use_awaitable));
      if (error && error != http::error::need_buffer) fail(error);
    }
    co_return room.size() - body.size;
  }

  /// A body that is expected to be small; nothing if it is not.
  asio::awaitable<std::optional<std::string>> read_small_body() {
    std::string text(largest_small_body + 1, '\0');
    text.resize(co_await read_body(asio::buffer(text)));
    if (text.size() > largest_small_body) co_return std::nullopt;
    co_return text;
  }

  asio::awaitable<void> write(asio::const_buffer data) {
    while (data.size() != 0) {
      expire();
      auto const [error, size] = co_await stream_.async_write_some(data, asio::as_tuple(asio::use_awaitable));
      if (error) fail(error);
      data += size;
    }
  }

  /// Answers with the header alone, whatever it says of a body: that follows by `write`, or it is a HEAD.
  asio::awaitable<void> answer_header(response answer) {
    prepare(answer);
    http::response_serializer<http::string_body> serializer(answer);
    auto const [error, size] =
        co_await http::async_write_header(stream_, serializer, asio::as_tuple(asio::use_awaitable));
    if (error) fail(error);
  }

  asio::awaitable<void> answer(response answer) {
    if (request().method() == http::verb::head) co_return co_await answer_header(std::move(answer));
    prepare(answer);
    auto const [error, size] = co_await http::async_write(stream_, answer, asio::as_tuple(asio::use_awaitable));
    if (error) fail(error);
  }

  /// Whether an answer has begun: another one would be taken for a part of it.
  [[nodiscard]] bool has_answered() const { return has_answered_; }
  /// Nothing follows any more: what comes is no request, or the answer ends early.
  void break_off() { keep_alive_ = false; }
  /// Whether it is the client that has failed: there is nobody to answer.
  [[nodiscard]] bool has_failed() const { return has_failed_; }
  /// Whether another request may follow: the answer says so, and all of the body has been read.
  [[nodiscard]] bool keeps_alive() const { return keep_alive_ && parser_->is_done(); }

 private:
  static constexpr std::uint32_t longest_header = 8 * 1024;
  static constexpr std::size_t buffer_size = 64 * 1024;
  static constexpr std::size_t largest_small_body = 64 * 1024;

  void expire() { beast::get_lowest_layer(stream_).expires_after(longest_stall); }

  [[noreturn]] void fail(boost::system::error_code error) {
    // Cancelled, it could still be answered.
    has_failed_ = error != asio::error::operation_aborted;
    throw boost::system::system_error(error);
  }

  // Only now: what is refused is refused before all of the body has come.
  asio::awaitable<void> invite_body() {
    bool const is_expected = request().version() >= 11 && parser_->get().erase(http::field::expect) != 0;
    if (!is_expected || parser_->is_done()) co_return;
    co_await write(asio::buffer(std::string_view("HTTP/1.1 100 Continue\r\n\r\n")));
  }

  void prepare(response& answer) {
    has_answered_ = true;
    expire();
    answer.version(request().version());
    answer.set(http::field::server, "image-server");
    answer.set(http::field::cache_control, "no-store");
    // A body that nobody has read would be taken for the next request.
    keep_alive_ = request().version() >= 11 && parser_->keep_alive() && parser_->is_done();
    answer.keep_alive(keep_alive_);
  }

  Stream stream_;
  beast::flat_buffer buffer_;
  std::optional<request_parser> parser_;
  bool has_answered_ = false;
  bool has_failed_ = false;
  bool keep_alive_ = false;
};

/// An answer with words or JSON for its body.
inline response make_response(http::status status, std::string body, char const* type = "text/plain; charset=utf-8") {
  response answer(status, 11);
  answer.set(http::field::content_type, type);
  answer.body() = std::move(body);
  answer.prepare_payload();
  return answer;
}

inline response make_response(http::status status, boost::json::object const& body) {
  return make_response(status, boost::json::serialize(body) + '\n', "application/json");
}

}  // namespace image_server

#endif
