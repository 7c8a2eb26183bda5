// Copyright (c) 2026 The libvirt-asio authors
// Distributed under the Boost Software License, Version 1.0.

#ifndef LIBVIRT_ASIO_EXAMPLES_WEB_CONSOLE_HOST_HPP
#define LIBVIRT_ASIO_EXAMPLES_WEB_CONSOLE_HOST_HPP

#include "../domain_follower.hpp"
#include "../domain_table.hpp"
#include "console_hub.hpp"
#include "screenshots.hpp"

#include <libvirt-asio/libvirt-asio.hpp>

#include <boost/asio/awaitable.hpp>
#include <boost/asio/co_spawn.hpp>

#include <cstddef>
#include <exception>
#include <functional>
#include <map>
#include <memory>
#include <string>
#include <utility>

namespace web_console {

/// A hypervisor, with its domains and the consoles that are watched.
class host {
 public:
  /// `changed` is called after each change of the domains.
  host(boost::asio::any_io_executor executor, std::string uri, std::size_t max_viewers, std::function<void()> changed)
      : max_viewers_(max_viewers),
        changed_(std::move(changed)),
        domains_(std::move(uri), [this] { look(); }),
        follower_(executor, domains_),
        screenshots_(follower_.connection()) {}

  host(host const&) = delete;
  host& operator=(host const&) = delete;

  /// For ever, whatever becomes of the daemon.
  boost::asio::awaitable<void> run() { return follower_.run(); }

  /// What waits for libvirt ends.
  void stop() {
    for (auto const& [which, hub] : hubs_) hub->stop();
    follower_.connection().close();
  }

  [[nodiscard]] example::domain_table const& domains() const { return domains_; }
  [[nodiscard]] screenshots& pictures() { return screenshots_; }
  [[nodiscard]] libvirt_asio::connection& connection() { return follower_.connection(); }

  std::shared_ptr<console_hub> console(std::string const& uuid, std::string const& device) {
    forget_stopped();
    auto& hub = hubs_[{uuid, device}];
    if (hub) return hub;
    hub = std::make_shared<console_hub>(connection(), domains_, uuid, device, max_viewers_);
    boost::asio::co_spawn(connection().get_executor(), hub->run(), [hub](std::exception_ptr const& thrown) {
      if (thrown) std::rethrow_exception(thrown);
    });
    return hub;
  }

 private:
  void look() {
    forget_stopped();
    for (auto const& [which, hub] : hubs_) hub->look();
    changed_();
  }

  void forget_stopped() {
    std::erase_if(hubs_, [](auto const& each) { return each.second->is_stopped(); });
  }

  std::size_t const max_viewers_;
  std::function<void()> changed_;
  example::domain_table domains_;
  example::domain_follower follower_;
  screenshots screenshots_;
  // By the guest and the device.
  std::map<std::pair<std::string, std::string>, std::shared_ptr<console_hub>> hubs_;
};

}  // namespace web_console

#endif
