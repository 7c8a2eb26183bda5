// Copyright (c) 2026 The libvirt-asio authors
// Distributed under the Boost Software License, Version 1.0.

// Holds a conversation with a domain's console, as `virsh console` does.

#include "command_line.hpp"
#include "look_up.hpp"
#include "run.hpp"
#include "standard_descriptor.hpp"

#include <libvirt-asio/libvirt-asio.hpp>

#include <boost/asio/as_tuple.hpp>
#include <boost/asio/awaitable.hpp>
#include <boost/asio/experimental/awaitable_operators.hpp>
#include <boost/asio/io_context.hpp>
#include <boost/asio/posix/stream_descriptor.hpp>
#include <boost/asio/steady_timer.hpp>
#include <boost/asio/use_awaitable.hpp>
#include <boost/asio/write.hpp>

#include <termios.h>
#include <unistd.h>

#include <array>
#include <csignal>
#include <iostream>
#include <string>
#include <string_view>
#include <variant>

namespace asio = boost::asio;
using asio::experimental::awaitable_operators::operator||;
using libvirt_asio::error_code;

namespace {

constexpr char escape = 0x1d;  // Ctrl+]
constexpr auto as_result = asio::as_tuple(asio::use_awaitable);

struct settings {
  std::string uri;
  std::string domain;
  libvirt_asio::console_options console;
};

/// Puts the terminal into raw mode, if standard input is one, and back.
class raw_terminal {
 public:
  raw_terminal() : active_(::tcgetattr(STDIN_FILENO, &saved_) == 0) {
    if (!active_) return;
    termios raw = saved_;
    ::cfmakeraw(&raw);
    ::tcsetattr(STDIN_FILENO, TCSANOW, &raw);
  }

  ~raw_terminal() {
    if (active_) ::tcsetattr(STDIN_FILENO, TCSANOW, &saved_);
  }

  raw_terminal(raw_terminal const&) = delete;
  raw_terminal& operator=(raw_terminal const&) = delete;

  explicit operator bool() const { return active_; }

 private:
  termios saved_{};
  bool active_;
};

asio::awaitable<void> wait_for_cancellation() {
  asio::steady_timer never(co_await asio::this_coro::executor, asio::steady_timer::time_point::max());
  co_await never.async_wait(as_result);
}

/// Returns when the user has typed Ctrl+], or with an error. When a pipe or a file has ended, the guest may
/// still have something to say.
asio::awaitable<error_code> send_input(asio::posix::stream_descriptor& input, libvirt_asio::stream& console,
                                       bool is_terminal) {
  std::array<char, 4096> buffer{};
  for (;;) {
    auto const [error, size] = co_await input.async_read_some(asio::buffer(buffer), as_result);
    if (error == asio::error::eof && !is_terminal) co_await wait_for_cancellation();
    if (error) co_return error;

    std::string_view const typed(buffer.data(), size);
    auto const end = is_terminal ? typed.find(escape) : std::string_view::npos;
    auto const [failure, sent] =
        co_await asio::async_write(console, asio::buffer(typed.substr(0, end)), as_result);
    if (failure || end != std::string_view::npos) co_return failure;
  }
}

/// Returns when the console has ended, or with an error.
asio::awaitable<error_code> show_output(libvirt_asio::stream& console,
                                        asio::posix::stream_descriptor& output) {
  std::array<char, 16384> buffer{};
  for (;;) {
    auto const [error, size] = co_await console.async_read_some(asio::buffer(buffer), as_result);
    if (error) co_return error == asio::error::eof ? error_code{} : error;
    auto const [failure, written] = co_await asio::async_write(output, asio::buffer(buffer, size), as_result);
    if (failure) co_return failure;
  }
}

asio::awaitable<error_code> converse(libvirt_asio::stream& console, std::string const& domain) {
  auto const executor = co_await asio::this_coro::executor;
  raw_terminal terminal;
  if (terminal) std::cerr << "Connected to domain '" << domain << "'. Ctrl+] leaves.\r\n";
  example::standard_descriptor input(executor, STDIN_FILENO);
  example::standard_descriptor output(executor, STDOUT_FILENO);
  auto const ending = co_await (send_input(*input, console, bool(terminal)) || show_output(console, *output));
  if (terminal) std::cerr << "\r\n";
  co_return std::visit([](error_code error) { return error; }, ending);
}

asio::awaitable<void> run_console(settings const& wanted) {
  libvirt_asio::connection connection{co_await asio::this_coro::executor};
  co_await connection.async_open(wanted.uri);
  auto const domain = co_await connection.async_call(
      [&](virConnectPtr native) { return example::look_up_domain(native, wanted.domain); });
  libvirt_asio::stream console{connection};
  co_await libvirt_asio::async_open_console(console, domain.get(), wanted.console);

  auto const error = co_await converse(console, wanted.domain);
  // The user has left: the destructors close everything without waiting for the daemon.
  if (error) throw libvirt_asio::system_error(error);
}

}  // namespace

int main(int count, char** words) {
  settings wanted;
  example::command_line line("console", "Connects the terminal with a domain's console. Ctrl+] leaves.");
  line.connect(wanted.uri).argument("DOMAIN", wanted.domain);
  line.add("devname", "NAME", wanted.console.device, "which console, by its alias; otherwise the first");
  line.flag("force", wanted.console.force, "take the console from a client that has it open");
  if (auto const exit_code = line.parse(count, words)) return *exit_code;

  // Otherwise a pipe that is closed at the other end would kill the program with the terminal in raw mode.
  std::signal(SIGPIPE, SIG_IGN);
  asio::io_context context{1};
  libvirt_asio::event_loop loop{context};
  return example::run(line.program(), context, run_console(wanted));
}
