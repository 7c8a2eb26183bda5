// Copyright (c) 2026 The libvirt-asio authors
// Distributed under the Boost Software License, Version 1.0.

// Consoles of guests in a browser, with a list of all domains that is live.

#include "../command_line.hpp"
#include "../run.hpp"
#include "server.hpp"
#include "settings.hpp"
#include "site.hpp"

#include <libvirt-asio/libvirt-asio.hpp>

#include <boost/asio/awaitable.hpp>
#include <boost/asio/experimental/awaitable_operators.hpp>
#include <boost/asio/io_context.hpp>

#include <iostream>
#include <memory>
#include <string>
#include <utility>

namespace asio = boost::asio;

namespace {

/// Where a browser finds the page. A token that the user has chosen is not shown.
std::string address_of(web_console::settings const& wanted, std::string const& token) {
  auto const& [address, port, certificate, key] = wanted.listening;
  bool const is_ipv6 = address.find(':') != std::string::npos;
  auto const host = is_ipv6 ? '[' + address + ']' : address;
  auto const own = (wanted.listening.has_tls() ? "https://" : "http://") + host + ':' + std::to_string(port);
  return (wanted.origin.empty() ? own : wanted.origin) + (wanted.token_file.empty() ? "/?token=" + token : "/");
}

/// What waits for libvirt holds up the end no longer.
struct stopper {
  std::shared_ptr<web_console::site> site;
  ~stopper() { site->stop(); }
};

asio::awaitable<void> serve(web_console::settings wanted) {
  using namespace asio::experimental::awaitable_operators;
  auto const executor = co_await asio::this_coro::executor;
  web_console::server server(executor, wanted);
  wanted.listening.port = server.port();
  auto const site = std::make_shared<web_console::site>(executor, wanted);
  stopper const at_end{site};
  std::cout << address_of(wanted, site->token()) << std::endl;
  co_await (site->run() && server.run(site));
}

}  // namespace

int main(int count, char** words) {
  web_console::settings wanted;
  example::command_line line("web-console", "Shows the domains of hypervisors, and their consoles, in a browser.");
  line.arguments("URI", wanted.uris);
  wanted.listening.add_to(line);
  line.add("token-file", "FILE", wanted.token_file, "the token that is asked for; otherwise one is made and printed");
  line.add("origin", "URL", wanted.origin, "the page's address, where a proxy hides the Host that browsers ask for");
  line.flag("trust-forwarded-proto", wanted.trusts_forwarded_proto, "believe a proxy's X-Forwarded-Proto");
  line.flag("allow-control", wanted.allows_control, "let guests be started, shut down and destroyed");
  line.add("max-viewers", "N", wanted.max_viewers, "how many may watch one console; otherwise 16");
  if (auto const exit_code = line.parse(count, words)) return *exit_code;

  asio::io_context context{1};
  libvirt_asio::event_loop loop{context};
  return example::run(line.program(), context, serve(std::move(wanted)));
}
