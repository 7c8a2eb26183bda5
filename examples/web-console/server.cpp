// Copyright (c) 2026 The libvirt-asio authors
// Distributed under the Boost Software License, Version 1.0.

#include "server.hpp"

#include "../tls_context.hpp"

#include <boost/asio/as_tuple.hpp>
#include <boost/asio/ip/address.hpp>
#include <boost/asio/steady_timer.hpp>
#include <boost/asio/use_awaitable.hpp>

#include <chrono>
#include <cstddef>
#include <iostream>
#include <stdexcept>
#include <utility>

namespace web_console {
namespace {

namespace asio = boost::asio;

constexpr std::size_t max_sessions = 256;

asio::ip::tcp::endpoint endpoint_of(settings const& wanted) {
  auto const address = asio::ip::make_address(wanted.address);
  bool const is_safe = address.is_loopback() || wanted.has_tls() || wanted.trusts_forwarded_proto;
  if (!is_safe)
    throw std::runtime_error(wanted.address + " is for others, too: it needs --certificate and --key, or a proxy that "
                             "has them and --trust-forwarded-proto");
  return {address, wanted.port};
}

}  // namespace

server::server(asio::any_io_executor executor, settings const& wanted) : acceptor_(executor, endpoint_of(wanted)) {
  if (wanted.certificate.empty() != wanted.key.empty())
    throw std::runtime_error("--certificate and --key go together");
  if (wanted.has_tls()) encryption_ = example::make_tls_context(wanted.certificate, wanted.key);
}

server::~server() {
  for (auto const& each : sessions_)
    if (auto const open = each.lock()) open->close();
}

asio::awaitable<void> server::run(std::shared_ptr<site> site) {
  asio::steady_timer timer(acceptor_.get_executor());
  for (;;) {
    auto [error, socket] = co_await acceptor_.async_accept(asio::as_tuple(asio::use_awaitable));
    std::erase_if(sessions_, [](auto const& each) { return each.expired(); });
    if (error == asio::error::operation_aborted) co_return;
    if (error) {
      // Of descriptors, say, there will be some again.
      std::cerr << "web-console: a connection is not taken: " << error.message() << std::endl;
      timer.expires_after(std::chrono::seconds(1));
      co_await timer.async_wait(asio::use_awaitable);
      continue;
    }
    if (sessions_.size() >= max_sessions) {
      std::cerr << "web-console: a connection is not taken: there are " << max_sessions << " already" << std::endl;
      continue;
    }
    if (auto session = start_session(std::move(socket), site, encryption_ ? &*encryption_ : nullptr))
      sessions_.push_back(std::move(session));
  }
}

}  // namespace web_console
