// Copyright (c) 2026 The libvirt-asio authors
// Distributed under the Boost Software License, Version 1.0.

#ifndef LIBVIRT_ASIO_DETAIL_EVENT_VALUE_HPP
#define LIBVIRT_ASIO_DETAIL_EVENT_VALUE_HPP

#include <libvirt-asio/domain_events.hpp>
#include <libvirt-asio/error.hpp>
#include <libvirt-asio/object_events.hpp>

#include <cstddef>
#include <memory>
#include <type_traits>
#include <utility>
#include <variant>
#include <vector>

namespace libvirt_asio::detail {

template <class... Events>
struct event_list {
  static constexpr std::size_t size = sizeof...(Events);
};

/// The types of events. The compiled library knows all of them, whatever the headers of libvirt knew that a program is
/// compiled with.
using all_events = event_list<
    domain_lifecycle_event,
    domain_reboot_event,
    domain_rtc_change_event,
    domain_watchdog_event,
    domain_io_error_event,
    domain_graphics_event,
    domain_io_error_reason_event,
    domain_control_error_event,
    domain_block_job_event,
    domain_disk_change_event,
    domain_tray_change_event,
    domain_pmwakeup_event,
    domain_pmsuspend_event,
    domain_balloon_change_event,
    domain_pmsuspend_disk_event,
    domain_device_removed_event,
    domain_block_job_2_event,
    domain_tunable_event,
    domain_agent_lifecycle_event,
    domain_device_added_event,
    domain_migration_iteration_event,
    domain_job_completed_event,
    domain_device_removal_failed_event,
    domain_metadata_change_event,
    domain_block_threshold_event,
    domain_memory_failure_event,
    domain_memory_device_size_change_event,
    domain_nic_mac_change_event,
    domain_vcpu_removed_event,
    domain_channel_lifecycle_event,
    network_lifecycle_event,
    network_metadata_change_event,
    storage_pool_lifecycle_event,
    storage_pool_refresh_event,
    node_device_lifecycle_event,
    node_device_update_event,
    secret_lifecycle_event,
    secret_value_changed_event>;

/// Which of the types it is: its place in `all_events`.
using event_type = std::size_t;

template <class Event, class List>
struct place_in;

template <class Event, class... Events>
struct place_in<Event, event_list<Events...>> {
  [[nodiscard]] static consteval std::size_t find() {
    std::size_t place = 0;
    static_cast<void>(((std::is_same_v<Event, Events> || (++place, false)) || ...));
    return place;
  }
};

template <class Event>
constexpr event_type place_of = place_in<Event, all_events>::find();

template <class Event>
concept one_event = place_of<Event> < all_events::size;

/// An event of any type. No variant of all types: each program would take a third of a second longer to compile.
class any_event {
 public:
  explicit any_event(event_type type) : type_(type) {}
  any_event(any_event const&) = delete;
  any_event& operator=(any_event const&) = delete;
  virtual ~any_event() = default;

  [[nodiscard]] event_type type() const { return type_; }

 private:
  event_type type_;
};

template <one_event Event>
class event_of_type final : public any_event {
 public:
  explicit event_of_type(Event&& contents) : any_event(place_of<Event>), event(std::move(contents)) {}

  Event event;
};

/// An event on its way to whoever has asked for it, or none.
using event_value = std::unique_ptr<any_event>;

template <one_event Event>
[[nodiscard]] event_value make_event_value(Event&& event) {
  return std::make_unique<event_of_type<Event>>(std::move(event));
}

/// Null if it is none, or one of another type.
template <one_event Event>
[[nodiscard]] Event* event_if(event_value const& value) {
  return value && value->type() == place_of<Event> ? &static_cast<event_of_type<Event>&>(*value).event : nullptr;
}

/// The object that events of a type are about; none if they are about all.
using event_object = std::variant<std::monostate, domain, network, storage_pool, node_device, secret>;

template <one_event Event>
[[nodiscard]] auto object_of_event() {
  if constexpr (requires(Event event) { event.dom; })
    return domain();
  else if constexpr (requires(Event event) { event.net; })
    return network();
  else if constexpr (requires(Event event) { event.pool; })
    return storage_pool();
  else if constexpr (requires(Event event) { event.dev; })
    return node_device();
  else
    return libvirt_asio::secret();
}

template <one_event Event>
using handle_of_event = decltype(object_of_event<Event>());

/// Tells an object from a completion token, which may be a pointer to a function.
template <class Given>
concept object_pointer = std::is_pointer_v<Given> && std::is_object_v<std::remove_pointer_t<Given>>;

/// What a sequence of events consists of: of one type, or of a variant of several.
template <class Event>
struct sequence_traits;

template <one_event Event>
struct sequence_traits<Event> {
  /// Of the objects that they are about.
  using handle = handle_of_event<Event>;

  [[nodiscard]] static std::vector<event_type> types() { return {place_of<Event>}; }

  [[nodiscard]] static Event take(event_value&& value) {
    auto* const event = event_if<Event>(value);
    return event ? std::move(*event) : Event{};
  }
};

template <one_event First, one_event... Others>
struct sequence_traits<std::variant<First, Others...>> {
  using event = std::variant<First, Others...>;
  // None if they are about objects of several kinds.
  using handle = std::conditional_t<(std::is_same_v<handle_of_event<First>, handle_of_event<Others>> && ...),
                                    handle_of_event<First>, void>;

  [[nodiscard]] static std::vector<event_type> types() {
    return {place_of<First>, place_of<Others>...};
  }

  [[nodiscard]] static event take(event_value&& value) {
    event taken;
    static_cast<void>((move_if<First>(value, taken) || ... || move_if<Others>(value, taken)));
    return taken;
  }

 private:
  template <class Event>
  [[nodiscard]] static bool move_if(event_value const& value, event& taken) {
    auto* const found = event_if<Event>(value);
    if (found) taken = std::move(*found);
    return found != nullptr;
  }
};

template <class Event>
concept event_sequence = requires { typename sequence_traits<Event>::handle; };

}  // namespace libvirt_asio::detail

#endif
