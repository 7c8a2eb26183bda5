// Copyright (c) 2026 The libvirt-asio authors
// Distributed under the Boost Software License, Version 1.0.

#ifndef LIBVIRT_ASIO_EXAMPLES_IMAGE_SERVER_LISTENERS_HPP
#define LIBVIRT_ASIO_EXAMPLES_IMAGE_SERVER_LISTENERS_HPP

#include "control_session.hpp"
#include "image_session.hpp"
#include "sessions.hpp"

#include <boost/asio/ip/tcp.hpp>
#include <boost/asio/local/stream_protocol.hpp>
#include <boost/asio/ssl.hpp>
#include <boost/beast/core/basic_stream.hpp>
#include <boost/beast/core/tcp_stream.hpp>

#include <sys/stat.h>

#include <chrono>
#include <cstdint>
#include <filesystem>
#include <memory>
#include <optional>
#include <string>
#include <system_error>
#include <utility>

namespace image_server {

using local = asio::local::stream_protocol;
using tls_context = std::shared_ptr<asio::ssl::context>;

// --- One client --------------------------------------------------------------------------------------------

inline asio::awaitable<void> serve_control(local::socket socket, std::shared_ptr<image_store> store) {
  control_session session(beast::basic_stream<local>(std::move(socket)), store->given);
  co_await session.run();
}

inline asio::awaitable<void> serve_images(asio::ip::tcp::socket socket, std::shared_ptr<image_store> store) {
  image_session session(beast::tcp_stream(std::move(socket)), std::move(store));
  co_await session.run();
}

inline asio::awaitable<void> serve_images_by_tls(asio::ip::tcp::socket socket, std::shared_ptr<image_store> store,
                                                 tls_context context) {
  asio::ssl::stream<beast::tcp_stream> stream(beast::tcp_stream(std::move(socket)), *context);
  beast::get_lowest_layer(stream).expires_after(std::chrono::seconds(10));
  co_await stream.async_handshake(asio::ssl::stream_base::server, asio::use_awaitable);
  image_session session(std::move(stream), std::move(store));
  co_await session.run();
  beast::get_lowest_layer(session.client().stream()).expires_after(std::chrono::seconds(10));
  // Without it the client would take an answer for cut off. It may have gone already, which is nothing to us.
  co_await session.client().stream().async_shutdown(asio::as_tuple(asio::use_awaitable));
}

// --- All of them -------------------------------------------------------------------------------------------

/// The socket at which tickets are given out: only for who runs the program.
class control_socket {
 public:
  control_socket(asio::any_io_executor const& executor, std::filesystem::path path) : path_(std::move(path)) {
    remove_what_is_left(executor);
    auto const mask = ::umask(S_IRWXG | S_IRWXO);
    acceptor_.emplace(executor, local::endpoint(path_.string()));
    ::umask(mask);
  }

  ~control_socket() {
    std::error_code ignored;
    std::filesystem::remove(path_, ignored);
  }

  control_socket(control_socket const&) = delete;
  control_socket& operator=(control_socket const&) = delete;

  [[nodiscard]] local::acceptor& acceptor() { return *acceptor_; }

 private:
  // Of a server that was killed: of one that runs it is not to be taken.
  void remove_what_is_left(asio::any_io_executor const& executor) {
    local::socket probe(executor);
    boost::system::error_code error;
    probe.connect(local::endpoint(path_.string()), error);
    if (error == asio::error::connection_refused) std::filesystem::remove(path_);
  }

  std::filesystem::path path_;
  std::optional<local::acceptor> acceptor_;
};

}  // namespace image_server

#endif
