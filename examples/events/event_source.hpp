// Copyright (c) 2026 The libvirt-asio authors
// Distributed under the Boost Software License, Version 1.0.

#ifndef LIBVIRT_ASIO_EXAMPLES_EVENTS_EVENT_SOURCE_HPP
#define LIBVIRT_ASIO_EXAMPLES_EVENTS_EVENT_SOURCE_HPP

#include "described_events.hpp"

#include <libvirt-asio/libvirt-asio.hpp>

#include <boost/asio/as_tuple.hpp>
#include <boost/asio/awaitable.hpp>
#include <boost/asio/use_awaitable.hpp>
#include <boost/json/object.hpp>
#include <boost/json/value_from.hpp>

#include <array>
#include <cstdint>
#include <memory>
#include <string_view>
#include <utility>

namespace events {

/// The events of one type, whichever that is.
class event_source {
 public:
  event_source() = default;
  event_source(event_source const&) = delete;
  event_source& operator=(event_source const&) = delete;
  virtual ~event_source() = default;

  /// To those of one domain; if it is null, or the type is not of domains, to all.
  virtual boost::asio::awaitable<void> subscribe(virDomainPtr domain) = 0;

  /// The fields of the next event, or what is in its place.
  virtual boost::asio::awaitable<std::pair<libvirt_asio::error_code, boost::json::object>> next() = 0;

  /// How many events the last `client_errc::events_lost` stands for.
  [[nodiscard]] virtual std::uint64_t lost() const = 0;
};

template <class Event>
constexpr bool is_of_domains = requires(Event event) { event.dom; };

template <class Event>
class source_of final : public event_source {
 public:
  explicit source_of(libvirt_asio::connection const& connection) : events_(connection) {}

  boost::asio::awaitable<void> subscribe([[maybe_unused]] virDomainPtr domain) override {
    if constexpr (is_of_domains<Event>)
      return events_.async_subscribe(domain, boost::asio::use_awaitable);
    else
      return events_.async_subscribe(boost::asio::use_awaitable);
  }

  boost::asio::awaitable<std::pair<libvirt_asio::error_code, boost::json::object>> next() override {
    auto const [error, event] = co_await events_.async_next(boost::asio::as_tuple(boost::asio::use_awaitable));
    std::pair<libvirt_asio::error_code, boost::json::object> result(error, {});
    if (!error) result.second = boost::json::value_from(event).as_object();
    co_return result;
  }

  [[nodiscard]] std::uint64_t lost() const override { return events_.lost(); }

 private:
  libvirt_asio::events<Event> events_;
};

struct event_type {
  std::string_view name;
  bool of_domains;
  std::unique_ptr<event_source> (*make_source)(libvirt_asio::connection const&);
};

template <class Event>
constexpr event_type named(std::string_view name) {
  return {name, is_of_domains<Event>, [](libvirt_asio::connection const& connection) {
            return std::unique_ptr<event_source>(std::make_unique<source_of<Event>>(connection));
          }};
}

/// All types, by the names that `virsh event` has for those of domains. The others begin as virsh's command for them.
inline std::array const all_types{
    named<libvirt_asio::domain_lifecycle_event>("lifecycle"),
    named<libvirt_asio::domain_reboot_event>("reboot"),
    named<libvirt_asio::domain_rtc_change_event>("rtc-change"),
    named<libvirt_asio::domain_watchdog_event>("watchdog"),
    named<libvirt_asio::domain_io_error_event>("io-error"),
    named<libvirt_asio::domain_graphics_event>("graphics"),
    named<libvirt_asio::domain_io_error_reason_event>("io-error-reason"),
    named<libvirt_asio::domain_control_error_event>("control-error"),
    named<libvirt_asio::domain_block_job_event>("block-job"),
    named<libvirt_asio::domain_disk_change_event>("disk-change"),
    named<libvirt_asio::domain_tray_change_event>("tray-change"),
    named<libvirt_asio::domain_pmwakeup_event>("pm-wakeup"),
    named<libvirt_asio::domain_pmsuspend_event>("pm-suspend"),
    named<libvirt_asio::domain_balloon_change_event>("balloon-change"),
    named<libvirt_asio::domain_pmsuspend_disk_event>("pm-suspend-disk"),
    named<libvirt_asio::domain_device_removed_event>("device-removed"),
    named<libvirt_asio::domain_block_job_2_event>("block-job-2"),
    named<libvirt_asio::domain_tunable_event>("tunable"),
    named<libvirt_asio::domain_agent_lifecycle_event>("agent-lifecycle"),
    named<libvirt_asio::domain_device_added_event>("device-added"),
    named<libvirt_asio::domain_migration_iteration_event>("migration-iteration"),
    named<libvirt_asio::domain_job_completed_event>("job-completed"),
    named<libvirt_asio::domain_device_removal_failed_event>("device-removal-failed"),
    named<libvirt_asio::domain_metadata_change_event>("metadata-change"),
    named<libvirt_asio::domain_block_threshold_event>("block-threshold"),
    named<libvirt_asio::domain_memory_failure_event>("memory-failure"),
    named<libvirt_asio::domain_memory_device_size_change_event>("memory-device-size-change"),
    named<libvirt_asio::domain_nic_mac_change_event>("nic-mac-change"),
    named<libvirt_asio::domain_vcpu_removed_event>("vcpu-removed"),
    named<libvirt_asio::domain_channel_lifecycle_event>("channel-lifecycle"),
    named<libvirt_asio::network_lifecycle_event>("net-lifecycle"),
    named<libvirt_asio::network_metadata_change_event>("net-metadata-change"),
    named<libvirt_asio::storage_pool_lifecycle_event>("pool-lifecycle"),
    named<libvirt_asio::storage_pool_refresh_event>("pool-refresh"),
    named<libvirt_asio::node_device_lifecycle_event>("nodedev-lifecycle"),
    named<libvirt_asio::node_device_update_event>("nodedev-update"),
    named<libvirt_asio::secret_lifecycle_event>("secret-lifecycle"),
    named<libvirt_asio::secret_value_changed_event>("secret-value-changed"),
};

}  // namespace events

#endif
