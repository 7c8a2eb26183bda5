// Copyright (c) 2026 The libvirt-asio authors
// Distributed under the Boost Software License, Version 1.0.

#include <libvirt-asio/open.hpp>

namespace libvirt_asio::detail {

// libvirt reports a null pointer when it is used: taking a reference to it must not do so before.
domain share(virDomainPtr object) {
  if (object != nullptr) virDomainRef(object);
  return domain(object);
}

storage_vol share(virStorageVolPtr object) {
  if (object != nullptr) virStorageVolRef(object);
  return storage_vol(object);
}

}  // namespace libvirt_asio::detail
