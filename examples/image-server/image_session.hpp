// Copyright (c) 2026 The libvirt-asio authors
// Distributed under the Boost Software License, Version 1.0.

#ifndef LIBVIRT_ASIO_EXAMPLES_IMAGE_SERVER_IMAGE_SESSION_HPP
#define LIBVIRT_ASIO_EXAMPLES_IMAGE_SERVER_IMAGE_SESSION_HPP

#include "image_reading.hpp"
#include "image_request.hpp"
#include "image_writing.hpp"

#include <algorithm>
#include <iostream>
#include <memory>
#include <string>
#include <string_view>
#include <utility>

namespace image_server {

/// A client that reads and writes images, one request after another.
template <class Stream>
class image_session {
 public:
  image_session(Stream stream, std::shared_ptr<image_store> store) : request_(std::move(stream), std::move(store)) {}
  image_session(image_session const&) = delete;
  image_session& operator=(image_session const&) = delete;

  [[nodiscard]] http_client<Stream>& client() { return request_.client; }

  asio::awaitable<void> run() {
    for (;;) {
      bool const has_request = co_await client().read_request();
      if (!has_request) co_return;
      co_await answer_request();
      if (!client().keeps_alive()) co_return;
    }
  }

 private:
  /// Of what was asked for: `/images/TICKET`, perhaps with something behind it.
  struct target {
    std::string identifier;
    std::string rest;
  };

  static target target_of(std::string_view path) {
    constexpr std::string_view images = "/images/";
    if (!path.starts_with(images)) return {};
    path.remove_prefix(images.size());
    auto const slash = std::min(path.find('/'), path.size());
    return {std::string(path.substr(0, slash)), std::string(path.substr(slash))};
  }

  // libvirt's words for what libvirt refuses, unless the answer has begun: then the client sees it cut off.
  asio::awaitable<void> answer_request() {
    std::string failure;
    http::status status{};
    try {
      co_await answer_method();
      co_return;
    } catch (libvirt_asio::system_error const& error) {
      if (request_.client.has_failed() || error.code() == asio::error::operation_aborted) throw;
      failure = error.code().message() + '\n';
      status = status_of(error.code());
    }
    std::cerr << "image-server: " << failure;
    if (request_.client.has_answered()) co_return request_.client.break_off();
    co_await request_.client.answer(make_response(status, std::move(failure)));
    // Whatever it is: the next connection begins anew.
    request_.connection.close();
  }

  static http::status status_of(libvirt_asio::error_code const& error) {
    if (error == libvirt_asio::client_errc::volume_too_small) return http::status::payload_too_large;
    if (error == libvirt_asio::errc::no_storage_vol) return http::status::not_found;
    if (error == libvirt_asio::errc::no_storage_pool) return http::status::not_found;
    if (error == asio::error::access_denied) return http::status::forbidden;
    if (error == asio::error::timed_out) return http::status::gateway_timeout;
    return http::status::internal_server_error;
  }

  asio::awaitable<void> answer_method() {
    auto const& request = request_.client.request();
    if (request.method() == http::verb::options) return tell_features();
    auto asked = target_of({request.target().data(), request.target().size()});
    request_.ticket = request_.store->given.find(asked.identifier, ticket::clock::now());
    bool const reads = request.method() == http::verb::get || request.method() == http::verb::head;
    bool const writes = request.method() == http::verb::put || request.method() == http::verb::patch;
    if (!request_.ticket) return request_.refuse(http::status::not_found, "there is no such ticket");
    if (!reads && !writes) return request_.refuse(http::status::method_not_allowed, "there is no such method here");
    if (reads && request_.ticket->may_read) return reading_.run(asked.rest);
    if (writes && request_.ticket->may_write && asked.rest.empty()) return writing_.run();
    return request_.refuse(http::status::forbidden, "the ticket is not for this");
  }

  asio::awaitable<void> tell_features() {
    auto answer = make_response(http::status::ok, {{"features", {"checksum", "chunked", "zero"}}});
    answer.set(http::field::allow, request_.methods);
    co_await request_.client.answer(std::move(answer));
  }

  image_request<Stream> request_;
  image_reading<Stream> reading_{request_};
  image_writing<Stream> writing_{request_};
};

}  // namespace image_server

#endif
