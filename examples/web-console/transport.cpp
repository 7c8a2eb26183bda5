// Copyright (c) 2026 The libvirt-asio authors
// Distributed under the Boost Software License, Version 1.0.

#include "transport.hpp"

#include <boost/asio/bind_executor.hpp>
#include <boost/asio/ssl/stream.hpp>
#include <boost/asio/use_awaitable.hpp>
#include <boost/beast/core/tcp_stream.hpp>

#include <optional>

namespace web_console {

namespace asio = boost::asio;
namespace beast = boost::beast;
using boost::system::error_code;

struct transport::streams {
  beast::tcp_stream plain;
  std::optional<asio::ssl::stream<beast::tcp_stream&>> encrypted;

  template <class Function>
  void with(Function function) {
    if (encrypted)
      function(*encrypted);
    else
      function(plain);
  }
};

transport::transport(asio::ip::tcp::socket socket, asio::ssl::context* encryption)
    : streams_(new streams{beast::tcp_stream(std::move(socket)), std::nullopt}) {
  if (encryption != nullptr) streams_->encrypted.emplace(streams_->plain, *encryption);
}

transport::~transport() = default;

transport::executor_type transport::get_executor() { return streams_->plain.get_executor(); }

void transport::expires_after(std::chrono::seconds time) { streams_->plain.expires_after(time); }

void transport::expires_never() { streams_->plain.expires_never(); }

asio::awaitable<void> transport::shake_hands() {
  if (streams_->encrypted)
    co_await streams_->encrypted->async_handshake(asio::ssl::stream_base::server, asio::use_awaitable);
}

asio::awaitable<void> transport::shut_down() {
  if (streams_->encrypted) co_await streams_->encrypted->async_shutdown(asio::use_awaitable);
  streams_->plain.socket().shutdown(asio::ip::tcp::socket::shutdown_send);
}

void transport::close() { streams_->plain.close(); }

// Beast asks more of a handler's executor than an `any_completion_executor` can do.
void transport::read_some(few<asio::mutable_buffer> const& buffers, transferred done) {
  auto bound = asio::bind_executor(get_executor(), std::move(done));
  streams_->with([&](auto& stream) { stream.async_read_some(buffers, std::move(bound)); });
}

void transport::write_some(few<asio::const_buffer> const& buffers, transferred done) {
  auto bound = asio::bind_executor(get_executor(), std::move(done));
  streams_->with([&](auto& stream) { stream.async_write_some(buffers, std::move(bound)); });
}

void beast_close_socket(transport& closed) { closed.close(); }

void teardown(beast::role_type, transport& ended, error_code&) { ended.close(); }

}  // namespace web_console
