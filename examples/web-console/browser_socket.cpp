// Copyright (c) 2026 The libvirt-asio authors
// Distributed under the Boost Software License, Version 1.0.

#include "browser_socket.hpp"

#include <boost/asio/as_tuple.hpp>
#include <boost/asio/co_spawn.hpp>
#include <boost/asio/use_awaitable.hpp>
#include <boost/json/parse.hpp>
#include <boost/json/serialize.hpp>

#include <chrono>
#include <cstddef>
#include <exception>
#include <iostream>
#include <tuple>
#include <utility>

namespace web_console {
namespace {

namespace asio = boost::asio;
namespace websocket = boost::beast::websocket;
using namespace std::chrono_literals;
using boost::system::error_code;

constexpr auto as_result = asio::as_tuple(asio::use_awaitable);

constexpr auto handshake_time = 10s;
// After the half of it a browser that is silent is asked whether it is still there.
constexpr auto idle_time = 30s;
// For a browser that is dismissed to take the reason.
constexpr auto farewell_time = 10s;
constexpr std::size_t max_message = std::size_t{64} << 10;

}  // namespace

browser_socket::browser_socket(std::string peer, asio::ip::tcp::socket socket, asio::ssl::context* encryption)
    : peer_(std::move(peer)),
      socket_(std::move(socket), encryption),
      wake_(socket_.get_executor()),
      farewell_(socket_.get_executor()) {}

asio::awaitable<void> browser_socket::hold(request asked, std::unique_ptr<service> with) {
  // The WebSocket has times of its own.
  lowest().expires_never();
  socket_.set_option(websocket::stream_base::timeout{handshake_time, idle_time, true});
  socket_.read_message_max(max_message);
  socket_.auto_fragment(false);
  co_await socket_.async_accept(asked, asio::use_awaitable);
  service_ = std::move(with);
  service_->join(*this);
  auto write = [self = shared_from_this()] { return self->write_all(); };
  asio::co_spawn(socket_.get_executor(), std::move(write), [](std::exception_ptr const& thrown) {
    if (thrown) std::rethrow_exception(thrown);
  });
  auto const error = co_await read_all();
  is_over_ = true;
  service_->leave();
  service_.reset();
  wake_.cancel();
  farewell_.cancel();
  lowest().close();
  if (error != websocket::error::closed) log("has gone: " + error.message());
}

void browser_socket::log(std::string const& what) const {
  std::cerr << "web-console: " << peer_ << ' ' << what << std::endl;
}

void browser_socket::tell(boost::json::object const& words) { put(true, boost::json::serialize(words)); }

void browser_socket::send(std::string_view bytes) {
  if (!bytes.empty()) put(false, bytes);
}

void browser_socket::dismiss(std::string const& why) {
  if (is_dismissed_) return;
  auto const dropped = outbox_.drop_all();
  tell({{"type", "dismissed"}, {"why", why}, {"dropped", dropped}});
  log("is dismissed: " + why);
  is_dismissed_ = true;
  farewell_.expires_after(farewell_time);
  farewell_.async_wait([weak = weak_from_this()](error_code error) {
    auto const self = weak.lock();
    if (!error && self) self->lowest().close();
  });
}

asio::awaitable<error_code> browser_socket::read_all() {
  for (;;) {
    buffer_.clear();
    auto const [error, size] = co_await socket_.async_read(buffer_, as_result);
    if (error) co_return error;
    auto const data = buffer_.cdata();
    take({static_cast<char const*>(data.data()), data.size()});
  }
}

void browser_socket::take(std::string_view data) {
  if (socket_.got_binary()) return service_->take_bytes(data);
  error_code error;
  auto const words = boost::json::parse({data.data(), data.size()}, error);
  if (error || !words.is_object()) return dismiss("the browser sends what is not understood");
  service_->take_words(words.as_object());
}

void browser_socket::put(bool is_text, std::string_view data) {
  if (is_dismissed_ || is_over_) return;
  if (!outbox_.put(is_text, data)) return dismiss("the browser is too slow");
  wake_.cancel();
}

asio::awaitable<void> browser_socket::write_all() {
  for (error_code error; !is_over_ && !error;) {
    if (outbox_.is_empty()) service_->idle();
    if (!outbox_.is_empty()) {
      auto const next = outbox_.take();
      socket_.binary(!next.is_text);
      is_writing_ = true;
      std::tie(error, std::ignore) = co_await socket_.async_write(asio::buffer(next.data), as_result);
      is_writing_ = false;
    } else if (is_dismissed_) {
      std::tie(error) = co_await socket_.async_close(websocket::close_code::try_again_later, as_result);
      co_return;
    } else {
      wake_.expires_at(asio::steady_timer::time_point::max());
      co_await wake_.async_wait(as_result);
    }
  }
}

}  // namespace web_console
