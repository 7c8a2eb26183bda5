// Copyright (c) 2026 The libvirt-asio authors
// Distributed under the Boost Software License, Version 1.0.

// Holds a conversation with a domain's console, as `virsh console` does, and for scripts.

#include "../command_line.hpp"
#include "../look_up.hpp"
#include "../run.hpp"
#include "conversation.hpp"
#include "raw_terminal.hpp"

#include <libvirt-asio/libvirt-asio.hpp>

#include <boost/asio/awaitable.hpp>
#include <boost/asio/experimental/awaitable_operators.hpp>
#include <boost/asio/io_context.hpp>
#include <boost/asio/steady_timer.hpp>
#include <boost/asio/use_awaitable.hpp>

#include <algorithm>
#include <chrono>
#include <csignal>
#include <iostream>
#include <stdexcept>
#include <string>
#include <variant>

namespace {

using namespace console;

/// Opens the console when the guest starts. That is told before it has one.
asio::awaitable<ending> wait_for_start(libvirt_asio::events<libvirt_asio::domain_lifecycle_event>& lifecycle,
                                       libvirt_asio::stream& opened, virDomainPtr domain,
                                       libvirt_asio::console_options const& options) {
  asio::steady_timer timer(co_await asio::this_coro::executor);
  for (;;) {
    auto const [lost, event] = co_await lifecycle.async_next(as_result);
    if (lost && lost != libvirt_asio::client_errc::events_lost) throw libvirt_asio::system_error(lost);
    if (!lost && event.event != VIR_DOMAIN_EVENT_STARTED) continue;
    for (std::chrono::milliseconds delay{10};; delay = std::min(2 * delay, std::chrono::milliseconds(1'000))) {
      auto const [error] = co_await libvirt_asio::async_open_console(opened, domain, options, as_result);
      if (!error) co_return ending::console_opened;
      // It has ended again.
      if (error == libvirt_asio::errc::operation_invalid || error == libvirt_asio::errc::no_domain) break;
      if (error != libvirt_asio::errc::operation_failed) throw libvirt_asio::system_error(error);
      timer.expires_after(delay);
      co_await timer.async_wait(asio::use_awaitable);
    }
  }
}

asio::awaitable<ending> converse(libvirt_asio::connection& connection, virDomainPtr domain, settings const& wanted) {
  using namespace asio::experimental::awaitable_operators;
  libvirt_asio::events<libvirt_asio::domain_lifecycle_event> lifecycle{connection};
  if (wanted.follow) co_await lifecycle.async_subscribe(domain);
  libvirt_asio::stream stream{connection};
  co_await libvirt_asio::async_open_console(stream, domain, wanted.console);
  raw_terminal const terminal;
  if (terminal) std::cerr << "Connected to domain '" << virDomainGetName(domain) << "'. Ctrl+] leaves.\r\n";
  conversation with_user(connection.get_executor(), wanted, bool(terminal));
  for (;;) {
    auto ended = co_await with_user.hold(stream);
    if (ended == ending::console_ended && wanted.follow) {
      if (terminal) std::cerr << "\r\nThe console has ended. The next start of the guest is waited for.\r\n";
      stream.close();
      auto const next = co_await (caught(wait_for_start(lifecycle, stream, domain, wanted.console)) ||
                                  caught(with_user.wait_for_user()));
      ended = first_of(next);
      if (ended == ending::console_opened) continue;
    }
    if (terminal) std::cerr << "\r\n";
    co_return ended;
  }
}

asio::awaitable<ending> connect_and_converse(settings const& wanted) {
  libvirt_asio::connection connection{co_await asio::this_coro::executor};
  co_await connection.async_open(wanted.uri);
  auto look_up = [name = wanted.domain](virConnectPtr native) { return example::look_up_domain(native, name); };
  auto const domain = co_await connection.async_call(std::move(look_up));
  // The destructors close everything without waiting for the daemon.
  co_return co_await converse(connection, domain.get(), wanted);
}

asio::awaitable<ending> wait_for_limit(settings const& wanted) {
  asio::steady_timer timer(co_await asio::this_coro::executor, asio::steady_timer::time_point::max());
  if (wanted.timeout != 0) timer.expires_after(std::chrono::seconds(wanted.timeout));
  co_await timer.async_wait(asio::use_awaitable);
  co_return ending::time_over;
}

asio::awaitable<void> run_console(settings const& wanted) {
  using namespace asio::experimental::awaitable_operators;
  auto const parts = co_await (caught(connect_and_converse(wanted)) || caught(wait_for_limit(wanted)));
  auto const ended = first_of(parts);
  if (ended == ending::time_over) throw std::runtime_error("timed out after " + std::to_string(wanted.timeout) + " s");
  if (ended == ending::console_ended && !wanted.expect.empty())
    throw std::runtime_error("the console has ended without '" + wanted.expect + "'");
}

}  // namespace

int main(int count, char** words) {
  settings wanted;
  example::command_line line("console", "Connects the terminal with a domain's console. Ctrl+] leaves.");
  line.connect(wanted.uri).argument("DOMAIN", wanted.domain);
  line.add("devname", "NAME", wanted.console.device, "which console, by its alias; otherwise the first");
  line.flag("force", wanted.console.force, "take the console from a client that has it open");
  line.flag("safe", wanted.console.safe, "only if nobody else can have it open");
  line.flag("follow", wanted.follow, "when the guest ends, wait for its next start");
  line.add("log", "FILE", wanted.log, "append what the console says to a file, too");
  line.add("send", "FILE", wanted.send, "send a file first");
  line.add("expect", "TEXT", wanted.expect, "leave when the console has said that");
  line.add("timeout", "SECONDS", wanted.timeout, "fail after so long");
  if (auto const exit_code = line.parse(count, words)) return *exit_code;

  // Otherwise a pipe that is closed at the other end would kill the program with the terminal in raw mode.
  std::signal(SIGPIPE, SIG_IGN);
  asio::io_context context{1};
  libvirt_asio::event_loop loop{context};
  return example::run(line.program(), context, run_console(wanted));
}
