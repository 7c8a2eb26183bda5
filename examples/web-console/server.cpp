// Copyright (c) 2026 The libvirt-asio authors
// Distributed under the Boost Software License, Version 1.0.

#include "server.hpp"

#include "../accept_clients.hpp"

#include <cstddef>
#include <iostream>
#include <stdexcept>
#include <utility>

namespace web_console {
namespace {

namespace asio = boost::asio;

constexpr std::size_t max_sessions = 256;

asio::ip::tcp::endpoint endpoint_of(settings const& wanted) {
  auto const endpoint = wanted.listening.endpoint();
  bool const is_safe =
      endpoint.address().is_loopback() || wanted.listening.has_tls() || wanted.trusts_forwarded_proto;
  if (!is_safe)
    throw std::runtime_error(wanted.listening.address + " is for others, too: it needs --certificate, or a proxy that "
                             "has one and --trust-forwarded-proto");
  return endpoint;
}

}  // namespace

server::server(asio::any_io_executor executor, settings const& wanted)
    : acceptor_(executor, endpoint_of(wanted)), encryption_(wanted.listening.make_context()) {}

server::~server() {
  for (auto const& each : sessions_)
    if (auto const open = each.lock()) open->close();
}

asio::awaitable<void> server::run(std::shared_ptr<site> site) {
  return example::accept_clients(acceptor_, "web-console", [this, site](asio::ip::tcp::socket socket)
                                     -> asio::awaitable<void> {
    start(std::move(socket), site);
    co_return;
  });
}

void server::start(asio::ip::tcp::socket socket, std::shared_ptr<site> const& site) {
  std::erase_if(sessions_, [](auto const& each) { return each.expired(); });
  if (sessions_.size() >= max_sessions) {
    std::cerr << "web-console: a client is not taken: there are " << max_sessions << " already" << std::endl;
    return;
  }
  if (auto session = start_session(std::move(socket), site, encryption_.get()))
    sessions_.push_back(std::move(session));
}

}  // namespace web_console
