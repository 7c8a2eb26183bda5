// Copyright (c) 2026 The libvirt-asio authors
// Distributed under the Boost Software License, Version 1.0.

// Shows the domains of any number of hypervisors, as they change. A daemon that goes away is waited for.

#include "command_line.hpp"
#include "domain_table.hpp"
#include "look_up.hpp"
#include "run.hpp"
#include "table_screen.hpp"
#include "together.hpp"

#include <libvirt-asio/libvirt-asio.hpp>

#include <boost/asio/as_tuple.hpp>
#include <boost/asio/awaitable.hpp>
#include <boost/asio/io_context.hpp>
#include <boost/asio/use_awaitable.hpp>

#include <chrono>
#include <list>
#include <string>
#include <utility>
#include <variant>
#include <vector>

namespace asio = boost::asio;

namespace {

using namespace std::chrono_literals;

/// All that is counted. After any of them the domain is looked at.
using news = std::variant<libvirt_asio::domain_lifecycle_event, libvirt_asio::domain_reboot_event,
                          libvirt_asio::domain_watchdog_event, libvirt_asio::domain_io_error_event,
                          libvirt_asio::domain_block_job_event, libvirt_asio::domain_tray_change_event,
                          libvirt_asio::domain_balloon_change_event, libvirt_asio::domain_device_added_event,
                          libvirt_asio::domain_device_removed_event, libvirt_asio::domain_agent_lifecycle_event>;

/// On a worker thread.
example::domain_status status_of(virDomainPtr domain) {
  example::domain_status status{.uuid = example::uuid_of(domain), .name = virDomainGetName(domain)};
  if (virDomainGetState(domain, &status.state, nullptr, 0) < 0)
    throw libvirt_asio::system_error(libvirt_asio::last_libvirt_error());
  bool const runs = status.state != VIR_DOMAIN_SHUTOFF && status.state != VIR_DOMAIN_CRASHED;
  if (runs) status.id = static_cast<int>(virDomainGetID(domain));
  return status;
}

/// On a worker thread. Domains that are undefined in the meantime are left out: their events are still to come.
std::vector<example::domain_status> list(virConnectPtr native) {
  std::vector<example::domain_status> all;
  for (auto const& each : example::list_domains(native, 0)) {
    try {
      all.push_back(status_of(each.get()));
    } catch (libvirt_asio::system_error const& error) {
      if (error.code() != libvirt_asio::errc::no_domain) throw;
    }
  }
  return all;
}

/// Follows one hypervisor, for ever.
class follower {
 public:
  follower(asio::any_io_executor executor, example::domain_table& table)
      : table_(table), keep_(executor, table.uri(), options()) {}

  asio::awaitable<void> run() {
    for (;;) {
      co_await keep_.async_next_connection();
      try {
        // First, so that no event is missed.
        co_await news_.async_subscribe();
        co_await list_all();
        for (;;) co_await take_one();
      } catch (libvirt_asio::system_error const& error) {
        table_.away(error.code().message());
        // If it is not lost, there is to be another one all the same.
        keep_.connection().close();
      }
    }
  }

 private:
  libvirt_asio::connector_options options() {
    libvirt_asio::connector_options wanted;
    wanted.longest_delay = 500ms;
    wanted.failed = [this](libvirt_asio::error_code error, auto) { table_.away(error.message()); };
    return wanted;
  }

  asio::awaitable<void> list_all() {
    auto const all = co_await keep_.connection().async_call(&list);
    table_.list(all);
  }

  asio::awaitable<void> take_one() {
    auto [error, event] = co_await news_.async_next(asio::as_tuple(asio::use_awaitable));
    if (error == libvirt_asio::client_errc::events_lost) {
      co_await list_all();
      co_return;
    }
    if (error) throw libvirt_asio::system_error(error);
    auto domain = std::visit([](auto& one) { return std::move(one.dom); }, event);
    table_.count_event(example::uuid_of(domain.get()));
    co_await look_at(std::move(domain));
  }

  asio::awaitable<void> look_at(libvirt_asio::domain domain) {
    auto const uuid = example::uuid_of(domain.get());
    auto look = [domain = std::move(domain)](virConnectPtr) { return status_of(domain.get()); };
    auto const [error, status] =
        co_await keep_.connection().async_call(std::move(look), asio::as_tuple(asio::use_awaitable));
    if (error == libvirt_asio::errc::no_domain)
      table_.remove(uuid);
    else if (error)
      throw libvirt_asio::system_error(error);
    else
      table_.update(status);
  }

  example::domain_table& table_;
  libvirt_asio::connector keep_;
  libvirt_asio::events<news> news_{keep_.connection()};
};

asio::awaitable<void> show(std::vector<std::string> uris) {
  auto const executor = co_await asio::this_coro::executor;
  example::table_screen shown(executor, uris);
  std::list<follower> all;
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
