// Copyright (c) 2026 The libvirt-asio authors
// Distributed under the Boost Software License, Version 1.0.

#include <libvirt-asio/libvirt-asio.hpp>

#include <boost/asio.hpp>
#include <boost/asio/experimental/awaitable_operators.hpp>

#include <algorithm>
#include <array>
#include <chrono>
#include <cstddef>
#include <memory>
#include <string>
#include <string_view>
#include <tuple>
#include <utility>
#include <vector>

namespace asio = boost::asio;

constexpr auto as_result = asio::as_tuple(asio::use_awaitable);
constexpr auto never = asio::steady_timer::time_point::max();

/// Text on its way to somebody who may be slow.
class outbox {
 public:
  explicit outbox(asio::any_io_executor executor) : news_(executor, never) {}

  /// False if too much waits already.
  bool put(std::string_view text) {
    if (waiting_.size() + text.size() > max_waiting) return false;
    waiting_ += text;
    news_.cancel();
    return true;
  }

  /// All that waits; waits until there is something.
  asio::awaitable<std::string> take() {
    while (waiting_.empty()) co_await news_.async_wait(as_result);
    co_return std::exchange(waiting_, {});
  }

  void clear() { waiting_.clear(); }

 private:
  static constexpr std::size_t max_waiting = std::size_t{1} << 20;

  std::string waiting_;
  asio::steady_timer news_;
};

/// One who sees a console, by a socket.
class viewer {
 public:
  explicit viewer(asio::ip::tcp::socket socket) : socket_(std::move(socket)), unsent_(socket_.get_executor()) {}

  /// A viewer who is too slow is dismissed.
  bool show(std::string_view text) {
    if (unsent_.put(text)) return true;
    socket_.close();
    return false;
  }

  /// Until the socket is closed, by either side. `type` gets what the viewer types.
  template <class Type>
  asio::awaitable<void> run(Type type) {
    using namespace asio::experimental::awaitable_operators;
    co_await (write() || read(type));
  }

 private:
  asio::awaitable<void> write() {
    for (;;) {
      auto const text = co_await unsent_.take();
      auto const [error, size] = co_await asio::async_write(socket_, asio::buffer(text), as_result);
      if (error) co_return;
    }
  }

  template <class Type>
  asio::awaitable<void> read(Type type) {
    std::array<char, 1'024> buffer{};
    for (;;) {
      auto const [error, size] = co_await socket_.async_read_some(asio::buffer(buffer), as_result);
      if (error) co_return;
      type(std::string_view(buffer.data(), size));
    }
  }

  asio::ip::tcp::socket socket_;
  outbox unsent_;
};

/// One console of a guest: one stream, and all who see it.
class console_hub {
 public:
  console_hub(libvirt_asio::connection& connection, std::string name)
      : connection_(connection),
        name_(std::move(name)),
        console_(connection),
        typed_(connection.get_executor()),
        pause_(connection.get_executor()) {}

  /// The viewer first sees what was said last.
  void join(std::shared_ptr<viewer> who) {
    if (who->show(said_)) viewers_.push_back(std::move(who));
  }

  void leave(std::shared_ptr<viewer> const& who) { std::erase(viewers_, who); }

  /// False if the guest has not taken what was typed before, or there is no console.
  bool type(std::string_view keys) { return console_.is_open() && typed_.put(keys); }

  /// For ever.
  asio::awaitable<void> run() {
    using namespace asio::experimental::awaitable_operators;
    auto delay = shortest_delay;
    for (;;) {
      auto const error = co_await open();
      if (!error) {
        co_await (copy_output() || copy_input());
        co_await console_.async_abort(as_result);
        typed_.clear();
      }
      delay = error ? std::min(2 * delay, longest_delay) : shortest_delay;
      pause_.expires_after(delay);
      co_await pause_.async_wait(asio::use_awaitable);
    }
  }

 private:
  static constexpr std::chrono::milliseconds shortest_delay{10};
  static constexpr std::chrono::milliseconds longest_delay{5'000};
  static constexpr std::size_t scrollback = std::size_t{256} << 10;

  asio::awaitable<libvirt_asio::error_code> open() {
    auto look_up = [name = name_](virConnectPtr native) { return virDomainLookupByName(native, name.c_str()); };
    auto const [unknown, domain] = co_await connection_.async_call(std::move(look_up), as_result);
    if (unknown) co_return unknown;
    auto const [error] = co_await libvirt_asio::async_open_console(console_, domain.get(), as_result);
    co_return error;
  }

  asio::awaitable<void> copy_output() {
    std::array<char, 16'384> buffer{};
    for (;;) {
      auto const [error, size] = co_await console_.async_read_some(asio::buffer(buffer), as_result);
      if (error) co_return;
      std::string_view const text(buffer.data(), size);
      keep(text);
      std::erase_if(viewers_, [text](auto const& each) { return !each->show(text); });
    }
  }

  /// Ends when it is cancelled. The errors of a console are those that its reader gets.
  asio::awaitable<void> copy_input() {
    for (;;) {
      auto const keys = co_await typed_.take();
      co_await asio::async_write(console_, asio::buffer(keys), as_result);
    }
  }

  void keep(std::string_view text) {
    said_ += text;
    if (said_.size() > 2 * scrollback) said_.erase(0, said_.size() - scrollback);
  }

  libvirt_asio::connection& connection_;
  std::string const name_;
  libvirt_asio::stream console_;
  outbox typed_;
  asio::steady_timer pause_;
  std::vector<std::shared_ptr<viewer>> viewers_;
  std::string said_;
};

asio::awaitable<void> serve(console_hub& hub, asio::ip::tcp::socket socket) {
  auto const who = std::make_shared<viewer>(std::move(socket));
  auto const type = [&hub](std::string_view keys) { hub.type(keys); };
  hub.join(who);
  co_await who->run(type);
  hub.leave(who);
}
