// Copyright (c) 2026 The libvirt-asio authors
// Distributed under the Boost Software License, Version 1.0.

// Logs the consoles of all guests of a hypervisor, each to a file of its own, from the moment a guest starts.

#include "../command_line.hpp"
#include "../run.hpp"
#include "host_log.hpp"

#include <libvirt-asio/libvirt-asio.hpp>

#include <boost/asio/awaitable.hpp>
#include <boost/asio/experimental/awaitable_operators.hpp>
#include <boost/asio/io_context.hpp>
#include <boost/asio/signal_set.hpp>
#include <boost/asio/use_awaitable.hpp>

#include <csignal>
#include <string>
#include <utility>

namespace asio = boost::asio;

namespace {

// logrotate, say, has renamed the files.
asio::awaitable<void> reopen_on_hangup(console_logger::host_log& host) {
  asio::signal_set hangups(co_await asio::this_coro::executor, SIGHUP);
  for (;;) {
    co_await hangups.async_wait(asio::use_awaitable);
    host.reopen();
  }
}

asio::awaitable<void> log(console_logger::settings wanted) {
  using namespace asio::experimental::awaitable_operators;
  console_logger::host_log host(co_await asio::this_coro::executor, wanted);
  co_await (host.run() && reopen_on_hangup(host));
}

}  // namespace

int main(int count, char** words) {
  console_logger::settings wanted;
  std::string folder;
  example::command_line line("console-logger", "Logs the consoles of all guests, each to FOLDER/NAME.log.");
  line.connect(wanted.uri).argument("FOLDER", folder);
  line.add_size("max-size", wanted.how.max_size, "how large a file may become; otherwise 2M");
  line.add("backups", "N", wanted.how.backups, "how many former files are kept; otherwise 3");
  line.flag("times", wanted.with_times, "begin each line with the time");
  if (auto const exit_code = line.parse(count, words)) return *exit_code;
  if (wanted.how.max_size == 0) wanted.how.max_size = 1;
  wanted.folder = folder;

  asio::io_context context{1};
  libvirt_asio::event_loop loop{context};
  return example::run(line.program(), context, log(std::move(wanted)), {SIGINT, SIGTERM});
}
