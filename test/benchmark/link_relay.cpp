// Copyright (c) 2026 The libvirt-asio authors
// Distributed under the Boost Software License, Version 1.0.

#include "link_relay.hpp"

#include <boost/asio/as_tuple.hpp>
#include <boost/asio/buffer.hpp>
#include <boost/asio/co_spawn.hpp>
#include <boost/asio/detached.hpp>
#include <boost/asio/experimental/awaitable_operators.hpp>
#include <boost/asio/steady_timer.hpp>
#include <boost/asio/use_awaitable.hpp>
#include <boost/asio/write.hpp>

#include <chrono>
#include <cstddef>
#include <deque>
#include <utility>
#include <vector>

namespace benchmark {
namespace {

namespace asio = boost::asio;
using asio::ip::tcp;
using asio::use_awaitable;
using namespace asio::experimental::awaitable_operators;
using clock = std::chrono::steady_clock;

constexpr std::chrono::milliseconds delay{20};
constexpr std::size_t window = 256 * 1024;

asio::ip::address loopback() {
  return asio::ip::address_v4::loopback();
}

/// A queue whose items can be taken out when their time has come.
template <class Item>
class delayed_queue {
 public:
  explicit delayed_queue(asio::any_io_executor const& executor) : added_(executor), due_(executor) {}

  void push(Item item) {
    items_.emplace_back(clock::now() + delay, std::move(item));
    added_.cancel();
  }

  asio::awaitable<Item> pop() {
    while (items_.empty()) {
      added_.expires_at(clock::time_point::max());
      co_await added_.async_wait(asio::as_tuple(use_awaitable));
    }
    due_.expires_at(items_.front().first);
    co_await due_.async_wait(use_awaitable);
    auto item = std::move(items_.front().second);
    items_.pop_front();
    co_return item;
  }

 private:
  std::deque<std::pair<clock::time_point, Item>> items_;
  asio::steady_timer added_;
  asio::steady_timer due_;
};

/// One direction of a connection.
class direction {
 public:
  direction(tcp::socket& from, tcp::socket& to)
      : from_(from), to_(to), on_the_way_(from.get_executor()), receipts_(from.get_executor()),
        credited_(from.get_executor()) {}

  /// Ends by an error, when a side has hung up.
  asio::awaitable<void> run() { co_await (read() || write() || take_receipts()); }

 private:
  using bytes = std::vector<std::byte>;

  asio::awaitable<void> read() {
    for (;;) {
      while (credit_ == 0) {
        credited_.expires_at(clock::time_point::max());
        co_await credited_.async_wait(asio::as_tuple(use_awaitable));
      }
      bytes received(credit_);
      received.resize(co_await from_.async_read_some(asio::buffer(received), use_awaitable));
      credit_ -= received.size();
      on_the_way_.push(std::move(received));
    }
  }

  asio::awaitable<void> write() {
    for (;;) {
      auto const arrived = co_await on_the_way_.pop();
      co_await asio::async_write(to_, asio::buffer(arrived), use_awaitable);
      receipts_.push(arrived.size());
    }
  }

  asio::awaitable<void> take_receipts() {
    for (;;) {
      credit_ += co_await receipts_.pop();
      credited_.cancel();
    }
  }

  tcp::socket& from_;
  tcp::socket& to_;
  delayed_queue<bytes> on_the_way_;
  delayed_queue<std::size_t> receipts_;
  asio::steady_timer credited_;
  std::size_t credit_ = window;
};

}  // namespace

link_relay::link_relay(std::uint16_t target_port)
    : target_(loopback(), target_port), acceptor_(context_, tcp::endpoint(loopback(), 0)) {
  asio::co_spawn(context_, accept(), asio::detached);
  thread_ = std::thread([this] { context_.run(); });
}

link_relay::~link_relay() {
  context_.stop();
  thread_.join();
}

asio::awaitable<void> link_relay::accept() {
  for (;;) {
    auto client = co_await acceptor_.async_accept(use_awaitable);
    asio::co_spawn(context_, serve(std::move(client)), asio::detached);
  }
}

asio::awaitable<void> link_relay::serve(tcp::socket client) {
  tcp::socket server(context_);
  co_await server.async_connect(target_, use_awaitable);
  for (auto* const socket : {&client, &server}) socket->set_option(tcp::no_delay(true));
  direction to_server(client, server);
  direction to_client(server, client);
  co_await (to_server.run() || to_client.run());
}

}  // namespace benchmark
