// Copyright (c) 2026 The libvirt-asio authors
// Distributed under the Boost Software License, Version 1.0.

// Shows the domains of any number of hypervisors, as they change. A daemon that goes away is waited for.

#include "command_line.hpp"
#include "domain_follower.hpp"
#include "run.hpp"
#include "table_screen.hpp"
#include "together.hpp"

#include <libvirt-asio/libvirt-asio.hpp>

#include <boost/asio/awaitable.hpp>
#include <boost/asio/io_context.hpp>

#include <list>
#include <string>
#include <utility>
#include <vector>

namespace asio = boost::asio;

namespace {

asio::awaitable<void> show(std::vector<std::string> uris) {
  auto const executor = co_await asio::this_coro::executor;
  example::table_screen shown(executor, uris);
  std::list<example::domain_follower> all;
  for (auto& table : shown.tables()) all.emplace_back(executor, table);
  std::vector<asio::awaitable<void>> parts;
  for (auto& each : all) parts.push_back(each.run());
  parts.push_back(shown.run());
  co_await example::until_all_end(std::move(parts));
}

}  // namespace

int main(int count, char** words) {
  std::vector<std::string> uris;
  example::command_line line("inventory", "Shows the domains of hypervisors, as they change.");
  line.arguments("URI", uris);
  if (auto const exit_code = line.parse(count, words)) return *exit_code;

  asio::io_context context{1};
  libvirt_asio::event_loop loop{context};
  return example::run(line.program(), context, show(std::move(uris)));
}
