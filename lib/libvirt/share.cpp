// Copyright (c) 2026 The libvirt-asio authors
// Distributed under the Boost Software License, Version 1.0.

#include <libvirt-asio/detail/libvirt_call.hpp>
#include <libvirt-asio/detail/share.hpp>

namespace libvirt_asio::detail {
namespace {

// libvirt would report a null pointer now.
template <class Handle, class Object>
Handle with_reference(Object* object, int (*add_reference)(Object*)) {
  libvirt_call const call;
  return Handle(object != nullptr && add_reference(object) == 0 ? object : nullptr);
}

}  // namespace

domain share(virDomainPtr object) {
  return with_reference<domain>(object, &virDomainRef);
}

network share(virNetworkPtr object) {
  return with_reference<network>(object, &virNetworkRef);
}

node_device share(virNodeDevicePtr object) {
  return with_reference<node_device>(object, &virNodeDeviceRef);
}

secret share(virSecretPtr object) {
  return with_reference<secret>(object, &virSecretRef);
}

storage_pool share(virStoragePoolPtr object) {
  return with_reference<storage_pool>(object, &virStoragePoolRef);
}

storage_vol share(virStorageVolPtr object) {
  return with_reference<storage_vol>(object, &virStorageVolRef);
}

}  // namespace libvirt_asio::detail
