// Copyright (c) 2026 The libvirt-asio authors
// Distributed under the Boost Software License, Version 1.0.

#include "events/event_objects.hpp"

#include <libvirt-asio/detail/events_service.hpp>
#include <libvirt-asio/detail/libvirt_call.hpp>

#include <array>
#include <type_traits>
#include <variant>

namespace libvirt_asio::detail {

domain owned(virDomainPtr object) {
  return domain(virDomainRef(object) == 0 ? object : nullptr);
}

network owned(virNetworkPtr object) {
  return network(virNetworkRef(object) == 0 ? object : nullptr);
}

storage_pool owned(virStoragePoolPtr object) {
  return storage_pool(virStoragePoolRef(object) == 0 ? object : nullptr);
}

node_device owned(virNodeDevicePtr object) {
  return node_device(virNodeDeviceRef(object) == 0 ? object : nullptr);
}

secret owned(virSecretPtr object) {
  return secret(virSecretRef(object) == 0 ? object : nullptr);
}

namespace {

// As libvirt's own functions for their UUIDs, which are two each.
template <class Object>
std::string uuid_of(Object* object, int (*get)(Object*, char*)) {
  std::array<char, VIR_UUID_STRING_BUFLEN> uuid{};
  get(object, uuid.data());
  return uuid.data();
}

struct object_name {
  std::string operator()(std::monostate) const { return {}; }
  std::string operator()(domain const& object) const { return uuid_of(object.get(), &virDomainGetUUIDString); }
  std::string operator()(network const& object) const { return uuid_of(object.get(), &virNetworkGetUUIDString); }
  std::string operator()(storage_pool const& object) const {
    return uuid_of(object.get(), &virStoragePoolGetUUIDString);
  }
  std::string operator()(node_device const& object) const { return virNodeDeviceGetName(object.get()); }
  std::string operator()(secret const& object) const { return uuid_of(object.get(), &virSecretGetUUIDString); }
};

template <class Object>
event_object share(Object* object) {
  libvirt_call const call;
  return object ? event_object(owned(object)) : event_object();
}

}  // namespace

std::string name_of(event_object const& object) {
  libvirt_call const call;
  return std::visit(object_name(), object);
}

event_object copy_of(event_object const& object) {
  libvirt_call const call;
  return std::visit(
      [](auto const& handle) -> event_object {
        if constexpr (std::is_same_v<std::decay_t<decltype(handle)>, std::monostate>)
          return {};
        else
          return owned(handle.get());
      },
      object);
}

event_object share_object(virDomainPtr object) {
  return share(object);
}

event_object share_object(virNetworkPtr object) {
  return share(object);
}

event_object share_object(virStoragePoolPtr object) {
  return share(object);
}

event_object share_object(virNodeDevicePtr object) {
  return share(object);
}

event_object share_object(virSecretPtr object) {
  return share(object);
}

}  // namespace libvirt_asio::detail
