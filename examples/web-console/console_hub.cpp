// Copyright (c) 2026 The libvirt-asio authors
// Distributed under the Boost Software License, Version 1.0.

#include "console_hub.hpp"

#include <boost/asio/as_tuple.hpp>
#include <boost/asio/buffer.hpp>
#include <boost/asio/experimental/awaitable_operators.hpp>
#include <boost/asio/use_awaitable.hpp>
#include <boost/asio/write.hpp>

#include <algorithm>
#include <array>
#include <tuple>
#include <utility>

namespace web_console {
namespace {

namespace asio = boost::asio;
using namespace std::chrono_literals;

constexpr auto as_result = asio::as_tuple(asio::use_awaitable);
constexpr auto never = asio::steady_timer::time_point::max();
constexpr std::size_t scrollback_size = std::size_t{256} << 10;
constexpr std::size_t max_input = std::size_t{256} << 10;
constexpr auto shortest_delay = 10ms;
constexpr auto longest_delay = 5'000ms;
// How long a reload of the page may take.
constexpr auto patience = 30s;

}  // namespace

console_hub::console_hub(libvirt_asio::connection& connection, example::domain_table const& domains, std::string uuid,
                         std::string device, std::size_t max_viewers)
    : connection_(connection),
      domains_(domains),
      uuid_(std::move(uuid)),
      device_(std::move(device)),
      console_(connection),
      changed_(connection.get_executor(), never),
      typed_(connection.get_executor(), never),
      deserted_(connection.get_executor()),
      state_(max_viewers),
      said_(scrollback_size) {}

asio::awaitable<void> console_hub::run() {
  while (!is_stopped_) {
    seen_running_ = running();
    if (!seen_running_) {
      tell("waiting", domains_.why_away().value_or("the guest does not run"));
      changed_.expires_at(never);
      co_await changed_.async_wait(as_result);
      continue;
    }
    auto const error = co_await open();
    if (is_stopped_) break;
    if (error) {
      co_await wait_after(error);
      continue;
    }
    delay_ = shortest_delay;
    tell("open", {});
    co_await hold();
    co_await console_.async_abort(as_result);
  }
}

void console_hub::look() {
  if (running() == seen_running_) return;
  delay_ = shortest_delay;
  changed_.cancel();
}

void console_hub::stop() {
  is_stopped_ = true;
  console_.close();
  changed_.cancel();
  deserted_.cancel();
}

std::optional<hub_state::viewer> console_hub::join(browser& who, bool read_only) {
  auto const viewer = state_.join(read_only);
  if (!viewer) return std::nullopt;
  deserted_.cancel();
  browsers_.emplace(*viewer, &who);
  who.send(said_.contents());
  if (!told_.empty()) who.tell(told_);
  tell_viewers();
  return viewer;
}

void console_hub::leave(hub_state::viewer who) {
  browsers_.erase(who);
  state_.leave(who);
  tell_viewers();
  if (!browsers_.empty()) return;
  deserted_.expires_after(patience);
  deserted_.async_wait([weak = weak_from_this()](libvirt_asio::error_code error) {
    auto const hub = weak.lock();
    if (!error && hub && hub->browsers_.empty()) hub->stop();
  });
}

void console_hub::take(hub_state::viewer who, bool put_aside) {
  state_.take(who, put_aside);
  tell_viewers();
}

void console_hub::release(hub_state::viewer who) {
  state_.release(who);
  tell_viewers();
}

void console_hub::type(hub_state::viewer who, std::string_view keys) {
  bool const is_taken = is_open_ && state_.writer() == who && input_.size() + keys.size() <= max_input;
  if (!is_taken) return browsers_.at(who)->tell({{"type", "input lost"}, {"bytes", keys.size()}});
  input_ += keys;
  typed_.cancel();
}

void console_hub::force(hub_state::viewer who) {
  if (state_.is_read_only(who) || is_open_) return;
  is_forced_ = true;
  delay_ = shortest_delay;
  changed_.cancel();
}

std::optional<int> console_hub::running() const {
  auto const* const row = domains_.find(uuid_);
  if (domains_.why_away() || row == nullptr || row->status.id < 0) return std::nullopt;
  return row->status.id;
}

asio::awaitable<libvirt_asio::error_code> console_hub::open() {
  auto look_up = [uuid = uuid_](virConnectPtr native) { return virDomainLookupByUUIDString(native, uuid.c_str()); };
  auto const [unknown, domain] = co_await connection_.async_call(std::move(look_up), as_result);
  if (unknown || is_stopped_) co_return unknown;
  libvirt_asio::console_options const options{.device = device_, .force = std::exchange(is_forced_, false)};
  auto const [error] = co_await libvirt_asio::async_open_console(console_, domain.get(), options, as_result);
  co_return error;
}

// A guest that is just starting has no console yet, and one that is in use may become free.
asio::awaitable<void> console_hub::wait_after(libvirt_asio::error_code error) {
  if (delay_ >= 1s) tell("failed", error.message());
  delay_ = std::clamp<std::chrono::milliseconds>(2 * delay_, shortest_delay, longest_delay);
  changed_.expires_after(delay_);
  co_await changed_.async_wait(as_result);
}

asio::awaitable<void> console_hub::hold() {
  using namespace asio::experimental::awaitable_operators;
  is_open_ = true;
  co_await (copy_output() || copy_input());
  is_open_ = false;
  input_.clear();
}

asio::awaitable<void> console_hub::copy_output() {
  std::array<char, 16'384> buffer{};
  for (;;) {
    auto const [error, size] = co_await console_.async_read_some(asio::buffer(buffer), as_result);
    if (error) {
      if (!is_stopped_) tell("ended", error == asio::error::eof ? std::string() : error.message());
      co_return;
    }
    std::string_view const said(buffer.data(), size);
    said_.append(said);
    for (auto const& [viewer, who] : browsers_) who->send(said);
  }
}

// What goes wrong is told by reading, after what the guest has said last.
asio::awaitable<void> console_hub::copy_input() {
  for (libvirt_asio::error_code error; !error;) {
    typed_.expires_at(never);
    if (input_.empty()) co_await typed_.async_wait(as_result);
    auto const keys = std::exchange(input_, {});
    std::tie(error, std::ignore) = co_await asio::async_write(console_, asio::buffer(keys), as_result);
  }
  typed_.expires_at(never);
  for (;;) co_await typed_.async_wait(as_result);
}

void console_hub::tell(std::string const& state, std::string const& why) {
  boost::json::object const words{{"type", "console"}, {"state", state}, {"why", why}};
  if (std::exchange(told_, words) == words) return;
  for (auto const& [viewer, who] : browsers_) who->tell(words);
}

void console_hub::tell_viewers() {
  auto const writer = state_.writer();
  for (auto const& [viewer, who] : browsers_) {
    auto const* const name = !writer ? "nobody" : writer == viewer ? "you" : "somebody else";
    who->tell({{"type", "viewers"}, {"count", state_.count()}, {"writer", name}});
  }
}

}  // namespace web_console
