// Copyright (c) 2026 The libvirt-asio authors
// Distributed under the Boost Software License, Version 1.0.

#ifndef LIBVIRT_ASIO_EXAMPLES_WEB_CONSOLE_CONSOLE_HUB_HPP
#define LIBVIRT_ASIO_EXAMPLES_WEB_CONSOLE_CONSOLE_HUB_HPP

#include "../domain_table.hpp"
#include "browser.hpp"
#include "hub_state.hpp"
#include "scrollback.hpp"

#include <libvirt-asio/libvirt-asio.hpp>

#include <boost/asio/awaitable.hpp>
#include <boost/asio/steady_timer.hpp>
#include <boost/json/object.hpp>

#include <chrono>
#include <cstddef>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <string_view>

namespace web_console {

/// One console of a guest: one stream, and all who watch it. It stays for a while after the last of them.
class console_hub : public std::enable_shared_from_this<console_hub> {
 public:
  /// Until it is stopped, `connection` and `domains` are needed.
  console_hub(libvirt_asio::connection& connection, example::domain_table const& domains, std::string uuid,
              std::string device, std::size_t max_viewers);

  /// Once. Keeps the console open, as long as there is one and somebody who watches.
  boost::asio::awaitable<void> run();

  /// Something has changed among the domains.
  void look();

  /// Has `run()` end.
  void stop();
  [[nodiscard]] bool is_stopped() const { return is_stopped_; }

  /// Replays what was said last. Nothing if there are too many viewers.
  std::optional<hub_state::viewer> join(browser& who, bool read_only);
  void leave(hub_state::viewer who);

  void take(hub_state::viewer who, bool put_aside);
  void release(hub_state::viewer who);
  void type(hub_state::viewer who, std::string_view keys);

  /// Takes the console from a client that has it open.
  void force(hub_state::viewer who);

 private:
  /// The number of the guest that runs; nothing if it does not, or nobody knows.
  [[nodiscard]] std::optional<int> running() const;
  boost::asio::awaitable<libvirt_asio::error_code> open();
  boost::asio::awaitable<void> hold();
  boost::asio::awaitable<void> copy_output();
  boost::asio::awaitable<void> copy_input();
  boost::asio::awaitable<void> wait_after(libvirt_asio::error_code error);

  /// Tells all how things are, if that has changed.
  void tell(std::string const& state, std::string const& why);
  void tell_viewers();

  libvirt_asio::connection& connection_;
  example::domain_table const& domains_;
  std::string const uuid_;
  std::string const device_;
  libvirt_asio::stream console_;
  boost::asio::steady_timer changed_;
  boost::asio::steady_timer typed_;
  boost::asio::steady_timer deserted_;

  hub_state state_;
  std::map<hub_state::viewer, browser*> browsers_;
  scrollback said_;
  std::string input_;
  boost::json::object told_;
  std::optional<int> seen_running_;
  std::chrono::milliseconds delay_{0};
  bool is_open_ = false;
  bool is_forced_ = false;
  bool is_stopped_ = false;
};

}  // namespace web_console

#endif
