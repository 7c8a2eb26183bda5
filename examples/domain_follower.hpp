// Copyright (c) 2026 The libvirt-asio authors
// Distributed under the Boost Software License, Version 1.0.

#ifndef LIBVIRT_ASIO_EXAMPLES_DOMAIN_FOLLOWER_HPP
#define LIBVIRT_ASIO_EXAMPLES_DOMAIN_FOLLOWER_HPP

#include "domain_table.hpp"
#include "look_up.hpp"

#include <libvirt-asio/libvirt-asio.hpp>

#include <boost/asio/any_io_executor.hpp>
#include <boost/asio/as_tuple.hpp>
#include <boost/asio/awaitable.hpp>
#include <boost/asio/use_awaitable.hpp>

#include <chrono>
#include <utility>
#include <variant>
#include <vector>

namespace example {

/// All that is counted. After any of them the domain is looked at.
using domain_news = std::variant<libvirt_asio::domain_lifecycle_event, libvirt_asio::domain_reboot_event,
                                 libvirt_asio::domain_watchdog_event, libvirt_asio::domain_io_error_event,
                                 libvirt_asio::domain_block_job_event, libvirt_asio::domain_tray_change_event,
                                 libvirt_asio::domain_balloon_change_event, libvirt_asio::domain_device_added_event,
                                 libvirt_asio::domain_device_removed_event, libvirt_asio::domain_agent_lifecycle_event>;

/// On a worker thread.
inline domain_status status_of(virDomainPtr domain) {
  domain_status status{.uuid = uuid_of(domain), .name = virDomainGetName(domain)};
  check(virDomainGetState(domain, &status.state, nullptr, 0) == 0);
  bool const runs = status.state != VIR_DOMAIN_SHUTOFF && status.state != VIR_DOMAIN_CRASHED;
  if (runs) status.id = static_cast<int>(virDomainGetID(domain));
  return status;
}

/// On a worker thread. Domains that are undefined in the meantime are left out: their events are still to come.
inline std::vector<domain_status> list_statuses(virConnectPtr native) {
  std::vector<domain_status> all;
  for (auto const& each : list_domains(native, 0)) {
    try {
      all.push_back(status_of(each.get()));
    } catch (libvirt_asio::system_error const& error) {
      if (error.code() != libvirt_asio::errc::no_domain) throw;
    }
  }
  return all;
}

/// Follows the domains of one hypervisor, for ever, whatever becomes of its daemon.
class domain_follower {
 public:
  domain_follower(boost::asio::any_io_executor executor, domain_table& table)
      : table_(table), keep_(executor, table.uri(), options()) {}

  boost::asio::awaitable<void> run() {
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

  [[nodiscard]] libvirt_asio::connection& connection() { return keep_.connection(); }

 private:
  libvirt_asio::connector_options options() {
    libvirt_asio::connector_options wanted;
    wanted.longest_delay = std::chrono::milliseconds(500);
    wanted.failed = [this](libvirt_asio::error_code error, auto) { table_.away(error.message()); };
    return wanted;
  }

  boost::asio::awaitable<void> list_all() {
    auto const all = co_await keep_.connection().async_call(&list_statuses);
    table_.list(all);
  }

  boost::asio::awaitable<void> take_one() {
    auto [error, event] = co_await news_.async_next(boost::asio::as_tuple(boost::asio::use_awaitable));
    if (error == libvirt_asio::client_errc::events_lost) {
      co_await list_all();
      co_return;
    }
    if (error) throw libvirt_asio::system_error(error);
    auto domain = std::visit([](auto& one) { return std::move(one.dom); }, event);
    table_.count_event(uuid_of(domain.get()));
    co_await look_at(std::move(domain));
  }

  boost::asio::awaitable<void> look_at(libvirt_asio::domain domain) {
    auto const uuid = uuid_of(domain.get());
    auto look = [domain = std::move(domain)](virConnectPtr) { return status_of(domain.get()); };
    auto const [error, status] =
        co_await keep_.connection().async_call(std::move(look), boost::asio::as_tuple(boost::asio::use_awaitable));
    if (error == libvirt_asio::errc::no_domain)
      table_.remove(uuid);
    else if (error)
      throw libvirt_asio::system_error(error);
    else
      table_.update(status);
  }

  domain_table& table_;
  libvirt_asio::connector keep_;
  libvirt_asio::events<domain_news> news_{keep_.connection()};
};

}  // namespace example

#endif
