// Copyright (c) 2026 The libvirt-asio authors
// Distributed under the Boost Software License, Version 1.0.

#ifndef LIBVIRT_ASIO_EXAMPLES_IMAGE_SERVER_IMAGE_REQUEST_HPP
#define LIBVIRT_ASIO_EXAMPLES_IMAGE_SERVER_IMAGE_REQUEST_HPP

#include "../together.hpp"
#include "http_client.hpp"
#include "image.hpp"
#include "tickets.hpp"
#include "volume_uses.hpp"

#include <libvirt-asio/libvirt-asio.hpp>

#include <boost/asio/steady_timer.hpp>

#include <memory>
#include <optional>
#include <string>
#include <utility>
#include <vector>

namespace image_server {

/// What all sessions share.
struct image_store {
  std::string uri;
  tickets given;
  volume_uses uses;
};

/// What answering a request takes: the client, its ticket, and a connection to libvirt that is the client's alone. So a
/// slow one holds up nobody: what it does not take stays in the socket.
template <class Stream>
struct image_request {
  image_request(Stream stream, std::shared_ptr<image_store> shared)
      : store(std::move(shared)), connection(stream.get_executor()), client(std::move(stream)) {}

  /// A daemon that does not answer is not waited for longer than a client.
  asio::awaitable<image> find_image() {
    std::optional<image> found;
    std::vector<asio::awaitable<void>> parts;
    parts.push_back(look_up(found));
    parts.push_back(wait());
    co_await example::until_one_ends(std::move(parts));
    if (!found) throw libvirt_asio::system_error(asio::error::timed_out);
    co_return std::move(*found);
  }

  /// Throws if it was revoked while it is used.
  void check_ticket() const {
    if (ticket->is_revoked) throw libvirt_asio::system_error(asio::error::access_denied, "the ticket was revoked");
  }

  asio::awaitable<void> refuse(http::status status, std::string why) {
    auto answer = make_response(status, std::move(why) + '\n');
    if (status == http::status::method_not_allowed) answer.set(http::field::allow, methods);
    co_await client.answer(std::move(answer));
  }

  static constexpr char const* methods = "OPTIONS, GET, HEAD, PUT, PATCH";

  std::shared_ptr<image_store> store;
  libvirt_asio::connection connection;
  http_client<Stream> client;
  ticket_pointer ticket;

 private:
  asio::awaitable<void> look_up(std::optional<image>& found) {
    found = co_await image_server::find_image(connection, store->uri, ticket->pool, ticket->volume);
  }

  asio::awaitable<void> wait() {
    asio::steady_timer timer(connection.get_executor(), longest_stall);
    co_await timer.async_wait(asio::use_awaitable);
  }
};

}  // namespace image_server

#endif
