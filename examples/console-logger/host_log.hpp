// Copyright (c) 2026 The libvirt-asio authors
// Distributed under the Boost Software License, Version 1.0.

#ifndef LIBVIRT_ASIO_EXAMPLES_CONSOLE_LOGGER_HOST_LOG_HPP
#define LIBVIRT_ASIO_EXAMPLES_CONSOLE_LOGGER_HOST_LOG_HPP

#include "../look_up.hpp"
#include "console_log.hpp"

#include <libvirt-asio/libvirt-asio.hpp>

#include <boost/asio/awaitable.hpp>
#include <boost/asio/co_spawn.hpp>

#include <chrono>
#include <exception>
#include <filesystem>
#include <iostream>
#include <map>
#include <memory>
#include <string>
#include <utility>
#include <vector>

namespace console_logger {

struct settings {
  std::string uri;
  std::filesystem::path folder = ".";
  rotation how;
  bool with_times = false;
};

/// The consoles of all guests of a hypervisor.
class host_log {
 public:
  host_log(boost::asio::any_io_executor executor, settings const& wanted)
      : wanted_(wanted), keep_(std::move(executor), wanted.uri, options()) {}

  ~host_log() {
    for (auto const& [uuid, log] : logs_) log->stop();
  }

  host_log(host_log const&) = delete;
  host_log& operator=(host_log const&) = delete;

  /// For ever, whatever becomes of the daemon.
  boost::asio::awaitable<void> run() {
    for (;;) {
      co_await keep_.async_next_connection();
      told_.clear();
      try {
        co_await starts_.async_subscribe();
        co_await log_those_that_run();
        for (;;) co_await log_the_next();
      } catch (libvirt_asio::system_error const& error) {
        if (error.code() != boost::asio::error::operation_aborted) tell(error.code());
        for (auto const& [uuid, log] : logs_) log->away();
        keep_.connection().close();
      }
    }
  }

  void reopen() {
    for (auto const& [uuid, log] : logs_) log->reopen();
  }

 private:
  libvirt_asio::connector_options options() {
    libvirt_asio::connector_options wanted;
    wanted.longest_delay = std::chrono::seconds(2);
    wanted.failed = [this](libvirt_asio::error_code error, auto) { tell(error); };
    return wanted;
  }

  // Once for as many attempts as fail alike.
  void tell(libvirt_asio::error_code const& error) {
    if (std::exchange(told_, error.message()) != error.message()) std::cerr << "console-logger: " << told_ << '\n';
  }

  boost::asio::awaitable<void> log_those_that_run() {
    auto found = co_await keep_.connection().async_call(
        [](virConnectPtr native) { return example::list_domains(native, VIR_CONNECT_LIST_DOMAINS_ACTIVE); });
    for (auto& each : found) start(std::move(each));
  }

  boost::asio::awaitable<void> log_the_next() {
    auto [error, event] = co_await starts_.async_next(boost::asio::as_tuple(boost::asio::use_awaitable));
    if (error == libvirt_asio::client_errc::events_lost) {
      co_await log_those_that_run();
      co_return;
    }
    if (error) throw libvirt_asio::system_error(error);
    if (event.event == VIR_DOMAIN_EVENT_STARTED) start(std::move(event.dom));
  }

  void start(libvirt_asio::domain domain) {
    // Those of guests that have ended, which may never come again.
    std::erase_if(logs_, [](auto const& each) { return !each.second->is_active(); });
    auto& log = logs_[example::uuid_of(domain.get())];
    if (log) return log->starts_again(std::move(domain));
    // libvirt has no names with a slash.
    auto const path = wanted_.folder / (std::string(virDomainGetName(domain.get())) + ".log");
    log = std::make_shared<console_log>(keep_.connection(), path, wanted_.how, wanted_.with_times);
    // The log may outlive this object, until it has seen that it is stopped.
    boost::asio::co_spawn(keep_.get_executor(), log->run(std::move(domain)), [log](std::exception_ptr const& thrown) {
      if (thrown) std::rethrow_exception(thrown);
    });
  }

  settings const wanted_;
  libvirt_asio::connector keep_;
  libvirt_asio::events<libvirt_asio::domain_lifecycle_event> starts_{keep_.connection()};
  std::map<std::string, std::shared_ptr<console_log>> logs_;
  std::string told_;
};

}  // namespace console_logger

#endif
