// Copyright (c) 2026 The libvirt-asio authors
// Distributed under the Boost Software License, Version 1.0.

#ifndef LIBVIRT_ASIO_EXAMPLES_IMAGE_SERVER_CONTROL_SESSION_HPP
#define LIBVIRT_ASIO_EXAMPLES_IMAGE_SERVER_CONTROL_SESSION_HPP

#include "../random_text.hpp"
#include "http_client.hpp"
#include "tickets.hpp"

#include <boost/json.hpp>

#include <chrono>
#include <cstdint>
#include <exception>
#include <stdexcept>
#include <string>
#include <string_view>

namespace image_server {

/// A client of the socket at which tickets are given out: who can open it, as its file's mode lets, may.
template <class Stream>
class control_session {
 public:
  control_session(Stream stream, tickets& given) : client_(std::move(stream)), tickets_(given) {}

  asio::awaitable<void> run() {
    for (;;) {
      bool const has_request = co_await client_.read_request();
      if (!has_request) co_return;
      auto body = co_await client_.read_small_body();
      auto const answer = body ? answer_to(*body) : make_response(http::status::payload_too_large, "too long\n");
      co_await client_.answer(answer);
      if (!client_.keeps_alive()) co_return;
    }
  }

 private:
  static constexpr std::string_view path = "/tickets";

  response answer_to(std::string const& body) {
    auto const& request = client_.request();
    std::string_view const target(request.target().data(), request.target().size());
    if (request.method() == http::verb::post && target == path) return add(body);
    if (request.method() == http::verb::delete_ && target.starts_with("/tickets/"))
      return revoke(std::string(target.substr(path.size() + 1)));
    return make_response(http::status::not_found, "POST /tickets and DELETE /tickets/IDENTIFIER are understood\n");
  }

  response add(std::string const& body) {
    ticket given;
    auto const now = ticket::clock::now();
    std::chrono::seconds time{};
    try {
      auto const wanted = boost::json::parse(body).as_object();
      given.pool = wanted.at("pool").as_string();
      given.volume = wanted.at("volume").as_string();
      for (auto const& each : wanted.at("operations").as_array()) permit(given, each.as_string());
      time = std::chrono::seconds(wanted.at("timeout").to_number<std::uint32_t>());
    } catch (std::exception const& error) {
      return make_response(http::status::bad_request,
                           std::string(error.what()) +
                               "\nA ticket has a pool, a volume, operations of \"read\" and \"write\", and a timeout "
                               "in seconds.\n");
    }
    given.expires = now + time;
    auto identifier = example::random_text(32);
    boost::json::object const answer{{"ticket", identifier}, {"timeout", time.count()}};
    tickets_.add(std::move(identifier), std::move(given), now);
    return make_response(http::status::created, answer);
  }

  static void permit(ticket& given, std::string_view operation) {
    if (operation == "read")
      given.may_read = true;
    else if (operation == "write")
      given.may_write = true;
    else
      throw std::runtime_error("no operation is called " + std::string(operation));
  }

  response revoke(std::string const& identifier) {
    if (!tickets_.revoke(identifier)) return make_response(http::status::not_found, "there is no such ticket\n");
    return response(http::status::no_content, 11);
  }

  http_client<Stream> client_;
  tickets& tickets_;
};

}  // namespace image_server

#endif
