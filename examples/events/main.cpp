// Copyright (c) 2026 The libvirt-asio authors
// Distributed under the Boost Software License, Version 1.0.

// Prints the events of any number of hypervisors, as `virsh event` and its like do. A daemon that goes away is waited
// for.

#include "../command_line.hpp"
#include "../run.hpp"
#include "../together.hpp"
#include "event_source.hpp"
#include "host_events.hpp"
#include "line_output.hpp"

#include <libvirt-asio/libvirt-asio.hpp>

#include <boost/asio/awaitable.hpp>
#include <boost/asio/io_context.hpp>
#include <boost/asio/steady_timer.hpp>
#include <boost/asio/use_awaitable.hpp>

#include <chrono>
#include <csignal>
#include <cstdlib>
#include <iostream>
#include <list>
#include <stdexcept>
#include <string>
#include <utility>
#include <vector>

namespace asio = boost::asio;

namespace {

using namespace events;

asio::awaitable<void> wait_for_limit(settings const& wanted, line_output const& output) {
  asio::steady_timer timer(co_await asio::this_coro::executor, asio::steady_timer::time_point::max());
  if (wanted.timeout != 0) timer.expires_after(std::chrono::seconds(wanted.timeout));
  co_await timer.async_wait(asio::use_awaitable);
  if (output.count() == 0) throw std::runtime_error("timed out after " + std::to_string(wanted.timeout) + " s");
}

asio::awaitable<void> print_events(settings wanted) {
  auto const executor = co_await asio::this_coro::executor;
  line_output output(executor);
  std::list<host_events> hosts;
  for (auto const& uri : wanted.uris) hosts.emplace_back(executor, uri, wanted, output);
  std::vector<asio::awaitable<void>> parts;
  for (auto& host : hosts) parts.push_back(host.run());
  parts.push_back(output.write(wanted.loop));
  parts.push_back(output.closed());
  parts.push_back(wait_for_limit(wanted, output));
  co_await example::until_one_ends(std::move(parts));
}

std::vector<std::string> names_of_types() {
  std::vector<std::string> names;
  for (auto const& type : all_types) names.emplace_back(type.name);
  return names;
}

}  // namespace

int main(int count, char** words) {
  settings wanted;
  example::command_line line("events", "Prints the next event of libvirt's, or all of them.");
  line.connect(wanted.uris);
  line.add("domain", "DOMAIN", wanted.domain, "only those of this domain");
  line.add("event", "TYPE", wanted.types, "only those of this type, or of several; --list names the types",
           names_of_types());
  line.flag("loop", wanted.loop, "until a signal or the timeout, instead of one event");
  line.add("timeout", "SECONDS", wanted.timeout, "how long to wait");
  line.flag("timestamp", wanted.timestamp, "with the time, which JSON always has");
  line.flag("json", wanted.json, "each as a JSON object on a line of its own");
  line.flag("list", wanted.list, "print the types of events and exit");
  if (auto const exit_code = line.parse(count, words)) return *exit_code;
  if (wanted.list) {
    for (auto const& name : names_of_types()) std::cout << name << '\n';
    return EXIT_SUCCESS;
  }
  // libvirt's default.
  if (wanted.uris.empty()) wanted.uris.emplace_back();

  // A closed pipe ends the program as everything else does.
  std::signal(SIGPIPE, SIG_IGN);
  asio::io_context context{1};
  libvirt_asio::event_loop loop{context};
  return example::run(line.program(), context, print_events(std::move(wanted)));
}
