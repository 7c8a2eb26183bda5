// Copyright (c) 2026 The libvirt-asio authors
// Distributed under the Boost Software License, Version 1.0.

#include "events/event_objects.hpp"

#include <libvirt-asio/detail/libvirt_call.hpp>
#include <libvirt-asio/detail/share.hpp>

#include <array>
#include <type_traits>
#include <variant>

namespace libvirt_asio::detail {

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

}  // namespace

std::string name_of(event_object const& object) {
  libvirt_call const call;
  return std::visit(object_name(), object);
}

event_object copy_of(event_object const& object) {
  return std::visit(
      [](auto const& handle) -> event_object {
        if constexpr (std::is_same_v<std::decay_t<decltype(handle)>, std::monostate>)
          return {};
        else
          return share(handle.get());
      },
      object);
}

}  // namespace libvirt_asio::detail
