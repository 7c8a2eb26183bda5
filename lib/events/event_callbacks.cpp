// Copyright (c) 2026 The libvirt-asio authors
// Distributed under the Boost Software License, Version 1.0.

#include "events/event_callbacks.hpp"

#include "events/event_source.hpp"

#include <libvirt-asio/detail/share.hpp>

#include <array>
#include <concepts>
#include <cstddef>
#include <tuple>
#include <type_traits>
#include <utility>
#include <variant>
#include <vector>

namespace libvirt_asio::detail {
namespace {

// --- What libvirt's callbacks carry, as something that owns it, as objects do ------------------------------

template <std::integral Number>
Number owned(Number number) {
  return number;
}

template <class Object>
  requires requires(Object* object) { share(object); }
auto owned(Object* object) {
  return share(object);
}

std::string owned(char const* text) {
  return text ? text : std::string();
}

graphics_address owned(virDomainEventGraphicsAddress const* address) {
  if (!address) return {};
  return {address->family, owned(address->node), owned(address->service)};
}

std::vector<graphics_identity> owned(virDomainEventGraphicsSubject const* subject) {
  std::vector<graphics_identity> identities;
  if (!subject) return identities;
  for (auto const* each = subject->identities; each != subject->identities + subject->nidentity; ++each)
    identities.push_back({owned(each->type), owned(each->name)});
  return identities;
}

typed_parameter owned(virTypedParameter const& parameter) {
  typed_parameter copy{parameter.field, {}};
  switch (parameter.type) {
    case VIR_TYPED_PARAM_INT: copy.value = parameter.value.i; break;
    case VIR_TYPED_PARAM_UINT: copy.value = parameter.value.ui; break;
    case VIR_TYPED_PARAM_LLONG: copy.value = parameter.value.l; break;
    case VIR_TYPED_PARAM_ULLONG: copy.value = parameter.value.ul; break;
    case VIR_TYPED_PARAM_DOUBLE: copy.value = parameter.value.d; break;
    case VIR_TYPED_PARAM_BOOLEAN: copy.value = parameter.value.b != 0; break;
    case VIR_TYPED_PARAM_STRING: copy.value = owned(parameter.value.s); break;
    default: break;
  }
  return copy;
}

std::vector<typed_parameter> owned(virTypedParameter const* parameters, int count) {
  std::vector<typed_parameter> copies;
  for (auto const* each = parameters; each != parameters + count; ++each) copies.push_back(owned(*each));
  return copies;
}

// --- libvirt's callbacks -----------------------------------------------------------------------------------

/// A callback of libvirt's type that passes what it is called with on, as an event that owns it.
template <class Event, class Callback>
struct event_callback;

template <class Event, class Result, class... Values>
struct event_callback<Event, Result (*)(Values...)> {
  // The first value is the connection, the last one the number of the source. An exception must not go through libvirt.
  static Result call(Values... values) noexcept {
    std::tuple const all(values...);
    event_source::for_each_subscriber(std::get<sizeof...(Values) - 1>(all), [&](event_subscriber& subscriber) {
      subscriber.event(make(all, std::make_index_sequence<sizeof...(Values) - 2>()));
    });
    return Result();
  }

 private:
  template <std::size_t... Places>
  static event_value make(std::tuple<Values...> const& all, std::index_sequence<Places...>) {
    return make_event_value(Event{owned(std::get<Places + 1>(all))...});
  }
};

template <class Event>
struct event_callback<Event, void (*)(virConnectPtr, virDomainPtr, virTypedParameterPtr, int, void*)> {
  static void call(virConnectPtr, virDomainPtr object, virTypedParameterPtr parameters, int count,
                   void* identity) noexcept {
    event_source::for_each_subscriber(identity, [&](event_subscriber& subscriber) {
      subscriber.event(make_event_value(Event{owned(object), owned(parameters, count)}));
    });
  }
};

/// How libvirt is asked for the events of a type.
struct registration_of_type {
  int id = -1;
  // Of what type it is in truth, libvirt finds by the number. From this one newer Clangs let it be cast to any other.
  void (*callback)() = nullptr;
};

/// All of them, by their places in `all_events`.
class registrations {
 public:
  registrations() {
    add_domain_events();
    add_newer_domain_events();
    add_object_events();
  }

  [[nodiscard]] registration_of_type operator[](event_type type) const { return by_type_[type]; }

 private:
  template <class Event, class Callback>
  void add(int id) {
    by_type_[place_of<Event>] = {id, reinterpret_cast<void (*)()>(&event_callback<Event, Callback>::call)};
  }

  void add_domain_events() {
    add<domain_lifecycle_event, virConnectDomainEventCallback>(VIR_DOMAIN_EVENT_ID_LIFECYCLE);
    add<domain_reboot_event, virConnectDomainEventGenericCallback>(VIR_DOMAIN_EVENT_ID_REBOOT);
    add<domain_rtc_change_event, virConnectDomainEventRTCChangeCallback>(VIR_DOMAIN_EVENT_ID_RTC_CHANGE);
    add<domain_watchdog_event, virConnectDomainEventWatchdogCallback>(VIR_DOMAIN_EVENT_ID_WATCHDOG);
    add<domain_io_error_event, virConnectDomainEventIOErrorCallback>(VIR_DOMAIN_EVENT_ID_IO_ERROR);
    add<domain_graphics_event, virConnectDomainEventGraphicsCallback>(VIR_DOMAIN_EVENT_ID_GRAPHICS);
    add<domain_io_error_reason_event, virConnectDomainEventIOErrorReasonCallback>(VIR_DOMAIN_EVENT_ID_IO_ERROR_REASON);
    add<domain_control_error_event, virConnectDomainEventGenericCallback>(VIR_DOMAIN_EVENT_ID_CONTROL_ERROR);
    add<domain_block_job_event, virConnectDomainEventBlockJobCallback>(VIR_DOMAIN_EVENT_ID_BLOCK_JOB);
    add<domain_disk_change_event, virConnectDomainEventDiskChangeCallback>(VIR_DOMAIN_EVENT_ID_DISK_CHANGE);
    add<domain_tray_change_event, virConnectDomainEventTrayChangeCallback>(VIR_DOMAIN_EVENT_ID_TRAY_CHANGE);
    add<domain_pmwakeup_event, virConnectDomainEventPMWakeupCallback>(VIR_DOMAIN_EVENT_ID_PMWAKEUP);
    add<domain_pmsuspend_event, virConnectDomainEventPMSuspendCallback>(VIR_DOMAIN_EVENT_ID_PMSUSPEND);
    add<domain_balloon_change_event, virConnectDomainEventBalloonChangeCallback>(VIR_DOMAIN_EVENT_ID_BALLOON_CHANGE);
    add<domain_pmsuspend_disk_event, virConnectDomainEventPMSuspendDiskCallback>(VIR_DOMAIN_EVENT_ID_PMSUSPEND_DISK);
    add<domain_device_removed_event, virConnectDomainEventDeviceRemovedCallback>(VIR_DOMAIN_EVENT_ID_DEVICE_REMOVED);
    add<domain_block_job_2_event, virConnectDomainEventBlockJobCallback>(VIR_DOMAIN_EVENT_ID_BLOCK_JOB_2);
    add<domain_tunable_event, virConnectDomainEventTunableCallback>(VIR_DOMAIN_EVENT_ID_TUNABLE);
    add<domain_agent_lifecycle_event, virConnectDomainEventAgentLifecycleCallback>(VIR_DOMAIN_EVENT_ID_AGENT_LIFECYCLE);
    add<domain_device_added_event, virConnectDomainEventDeviceAddedCallback>(VIR_DOMAIN_EVENT_ID_DEVICE_ADDED);
    add<domain_migration_iteration_event, virConnectDomainEventMigrationIterationCallback>(
        VIR_DOMAIN_EVENT_ID_MIGRATION_ITERATION);
    add<domain_job_completed_event, virConnectDomainEventJobCompletedCallback>(VIR_DOMAIN_EVENT_ID_JOB_COMPLETED);
    add<domain_device_removal_failed_event, virConnectDomainEventDeviceRemovalFailedCallback>(
        VIR_DOMAIN_EVENT_ID_DEVICE_REMOVAL_FAILED);
    add<domain_metadata_change_event, virConnectDomainEventMetadataChangeCallback>(VIR_DOMAIN_EVENT_ID_METADATA_CHANGE);
    add<domain_block_threshold_event, virConnectDomainEventBlockThresholdCallback>(VIR_DOMAIN_EVENT_ID_BLOCK_THRESHOLD);
  }

  // The headers of the oldest libvirt that is supported do not have these. libvirt itself says whether it knows them.
  void add_newer_domain_events() {
    add<domain_memory_failure_event, void (*)(virConnectPtr, virDomainPtr, int, int, unsigned, void*)>(25);
    add<domain_memory_device_size_change_event,
        void (*)(virConnectPtr, virDomainPtr, char const*, unsigned long long, void*)>(26);
    add<domain_nic_mac_change_event,
        void (*)(virConnectPtr, virDomainPtr, char const*, char const*, char const*, void*)>(27);
    add<domain_vcpu_removed_event, void (*)(virConnectPtr, virDomainPtr, unsigned, void*)>(28);
    add<domain_channel_lifecycle_event, void (*)(virConnectPtr, virDomainPtr, char const*, int, int, void*)>(29);
  }

  void add_object_events() {
    add<network_lifecycle_event, virConnectNetworkEventLifecycleCallback>(VIR_NETWORK_EVENT_ID_LIFECYCLE);
    add<network_metadata_change_event, void (*)(virConnectPtr, virNetworkPtr, int, char const*, void*)>(1);
    add<storage_pool_lifecycle_event, virConnectStoragePoolEventLifecycleCallback>(VIR_STORAGE_POOL_EVENT_ID_LIFECYCLE);
    add<storage_pool_refresh_event, virConnectStoragePoolEventGenericCallback>(VIR_STORAGE_POOL_EVENT_ID_REFRESH);
    add<node_device_lifecycle_event, virConnectNodeDeviceEventLifecycleCallback>(VIR_NODE_DEVICE_EVENT_ID_LIFECYCLE);
    add<node_device_update_event, virConnectNodeDeviceEventGenericCallback>(VIR_NODE_DEVICE_EVENT_ID_UPDATE);
    add<secret_lifecycle_event, virConnectSecretEventLifecycleCallback>(VIR_SECRET_EVENT_ID_LIFECYCLE);
    add<secret_value_changed_event, virConnectSecretEventGenericCallback>(VIR_SECRET_EVENT_ID_VALUE_CHANGED);
  }

  std::array<registration_of_type, all_events::size> by_type_{};
};

// --- The five pairs of functions that register callbacks ---------------------------------------------------

/// Which of them are those of a type.
enum class object_kind { domain, network, storage_pool, node_device, secret };

object_kind kind_of(event_type type) {
  if (type < place_of<network_lifecycle_event>) return object_kind::domain;
  if (type < place_of<storage_pool_lifecycle_event>) return object_kind::network;
  if (type < place_of<node_device_lifecycle_event>) return object_kind::storage_pool;
  if (type < place_of<secret_lifecycle_event>) return object_kind::node_device;
  return object_kind::secret;
}

template <class Handle>
auto pointer_to(event_object const& object) {
  auto const* const handle = std::get_if<Handle>(&object);
  return handle ? handle->get() : nullptr;
}

}  // namespace

int register_events(virConnectPtr connection, event_type type, event_object const& object, void* identity) {
  static registrations const all;
  auto const [id, callback] = all[type];
  switch (kind_of(type)) {
    case object_kind::network:
      return virConnectNetworkEventRegisterAny(connection, pointer_to<network>(object), id,
                                               VIR_NETWORK_EVENT_CALLBACK(callback), identity, nullptr);
    case object_kind::storage_pool:
      return virConnectStoragePoolEventRegisterAny(connection, pointer_to<storage_pool>(object), id,
                                                   VIR_STORAGE_POOL_EVENT_CALLBACK(callback), identity, nullptr);
    case object_kind::node_device:
      return virConnectNodeDeviceEventRegisterAny(connection, pointer_to<node_device>(object), id,
                                                  VIR_NODE_DEVICE_EVENT_CALLBACK(callback), identity, nullptr);
    case object_kind::secret:
      return virConnectSecretEventRegisterAny(connection, pointer_to<secret>(object), id,
                                              VIR_SECRET_EVENT_CALLBACK(callback), identity, nullptr);
    default:
      return virConnectDomainEventRegisterAny(connection, pointer_to<domain>(object), id,
                                              VIR_DOMAIN_EVENT_CALLBACK(callback), identity, nullptr);
  }
}

void deregister_events(virConnectPtr connection, event_type type, int callback) {
  switch (kind_of(type)) {
    case object_kind::network: virConnectNetworkEventDeregisterAny(connection, callback); break;
    case object_kind::storage_pool: virConnectStoragePoolEventDeregisterAny(connection, callback); break;
    case object_kind::node_device: virConnectNodeDeviceEventDeregisterAny(connection, callback); break;
    case object_kind::secret: virConnectSecretEventDeregisterAny(connection, callback); break;
    default: virConnectDomainEventDeregisterAny(connection, callback); break;
  }
}

}  // namespace libvirt_asio::detail
