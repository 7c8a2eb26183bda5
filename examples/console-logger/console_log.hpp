// Copyright (c) 2026 The libvirt-asio authors
// Distributed under the Boost Software License, Version 1.0.

#ifndef LIBVIRT_ASIO_EXAMPLES_CONSOLE_LOGGER_CONSOLE_LOG_HPP
#define LIBVIRT_ASIO_EXAMPLES_CONSOLE_LOGGER_CONSOLE_LOG_HPP

#include "line_writer.hpp"

#include <libvirt-asio/libvirt-asio.hpp>

#include <boost/asio/as_tuple.hpp>
#include <boost/asio/awaitable.hpp>
#include <boost/asio/steady_timer.hpp>
#include <boost/asio/use_awaitable.hpp>

#include <algorithm>
#include <array>
#include <chrono>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <utility>

namespace console_logger {

/// The console of one guest, until that is known to have ended.
class console_log {
 public:
  console_log(libvirt_asio::connection& connection, std::filesystem::path path, rotation how, bool with_times)
      : console_(connection), retry_(connection.get_executor()), writer_(std::move(path), how, with_times) {}

  /// Whether `run()`, once for each of these, has not ended yet.
  [[nodiscard]] bool is_active() const { return is_active_; }

  /// The guest has started again, while its former end is not known yet.
  void starts_again(libvirt_asio::domain domain) { next_ = std::move(domain); }

  /// The connection is lost: nothing can be opened on what is known of the guest.
  void away() {
    is_away_ = true;
    retry_.cancel();
  }

  boost::asio::awaitable<void> run(libvirt_asio::domain domain) {
    next_ = std::move(domain);
    while (next_ && !is_stopped_) {
      auto const guest = std::exchange(next_, nullptr);
      is_away_ = false;
      co_await log(guest.get());
    }
    is_active_ = false;
  }

  void reopen() { writer_.reopen(); }

  /// Has `run()` end.
  void stop() {
    is_stopped_ = true;
    console_.close();
    retry_.cancel();
  }

 private:
  static constexpr std::chrono::milliseconds shortest_delay{10};
  static constexpr std::chrono::milliseconds longest_delay{5'000};
  static constexpr auto as_result = boost::asio::as_tuple(boost::asio::use_awaitable);

  /// Whether nothing more is to be opened on a guest.
  [[nodiscard]] bool is_over() const { return is_stopped_ || is_away_ || next_; }

  /// Also when the console has ended: somebody may have taken it, and will leave it again.
  boost::asio::awaitable<void> log(virDomainPtr domain) {
    while (!is_over()) {
      bool const opened = co_await open(domain);
      if (!opened) co_return;
      writer_.remark("the console is open");
      co_await copy();
      co_await console_.async_abort(as_result);
    }
  }

  boost::asio::awaitable<void> copy() {
    std::array<char, 16'384> buffer{};
    for (;;) {
      auto const [error, size] = co_await console_.async_read_some(boost::asio::buffer(buffer), as_result);
      if (!error) {
        writer_.write(std::string_view(buffer.data(), size));
        continue;
      }
      writer_.remark(is_stopped_ ? "ends"
                     : error == boost::asio::error::eof ? "the console has ended"
                                                        : "away: " + error.message());
      co_return;
    }
  }

  /// Also when somebody else has it open at first, or a guest that is just starting has no console yet.
  boost::asio::awaitable<bool> open(virDomainPtr domain) {
    std::string told;
    for (auto delay = shortest_delay; !is_over(); delay = std::min(2 * delay, longest_delay)) {
      auto const [error] = co_await libvirt_asio::async_open_console(console_, domain, as_result);
      if (!error) co_return true;
      if (is_over()) co_return false;
      // The guest has gone: its next start will be told of.
      if (error == libvirt_asio::errc::operation_invalid || error == libvirt_asio::errc::no_domain) co_return false;
      bool const lasts = delay >= std::chrono::seconds(1);
      if (lasts && std::exchange(told, error.message()) != error.message()) writer_.remark("cannot be opened: " + told);
      retry_.expires_after(delay);
      co_await retry_.async_wait(as_result);
    }
    co_return false;
  }

  libvirt_asio::stream console_;
  boost::asio::steady_timer retry_;
  line_writer writer_;
  libvirt_asio::domain next_;
  bool is_active_ = true;
  bool is_away_ = false;
  bool is_stopped_ = false;
};

}  // namespace console_logger

#endif
