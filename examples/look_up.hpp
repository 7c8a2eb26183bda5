// Copyright (c) 2026 The libvirt-asio authors
// Distributed under the Boost Software License, Version 1.0.

#ifndef LIBVIRT_ASIO_EXAMPLES_LOOK_UP_HPP
#define LIBVIRT_ASIO_EXAMPLES_LOOK_UP_HPP

#include <libvirt/libvirt.h>

#include <libvirt-asio/handle.hpp>

#include <charconv>
#include <optional>
#include <string>
#include <system_error>

namespace example {

// What the command line names, found as virsh finds it. These ask libvirt, and so are called on a worker thread; null
// means that libvirt tells the error.

inline std::optional<int> number_in(std::string const& text) {
  int number = 0;
  auto const [end, error] = std::from_chars(text.data(), text.data() + text.size(), number);
  if (error != std::errc() || end != text.data() + text.size()) return std::nullopt;
  return number;
}

/// A domain by its number, its UUID or its name. The error is of the last.
inline virDomainPtr look_up_domain(virConnectPtr connection, std::string const& text) {
  virDomainPtr found = nullptr;
  if (auto const number = number_in(text)) found = virDomainLookupByID(connection, *number);
  if (found == nullptr && text.size() == VIR_UUID_STRING_BUFLEN - 1)
    found = virDomainLookupByUUIDString(connection, text.c_str());
  return found != nullptr ? found : virDomainLookupByName(connection, text.c_str());
}

inline bool is_in(virStoragePoolPtr pool, virStorageVolPtr volume) {
  libvirt_asio::storage_pool const owner(virStoragePoolLookupByVolume(volume));
  return owner && std::string(virStoragePoolGetName(owner.get())) == virStoragePoolGetName(pool);
}

/// A volume of a pool by its name, its key or its path. The error is of the name.
inline virStorageVolPtr look_up_volume(virConnectPtr connection, std::string const& pool, std::string const& text) {
  libvirt_asio::storage_pool const owner(virStoragePoolLookupByName(connection, pool.c_str()));
  if (!owner) return nullptr;
  if (auto* const found = virStorageVolLookupByName(owner.get(), text.c_str())) return found;
  for (auto* const look_up : {&virStorageVolLookupByKey, &virStorageVolLookupByPath}) {
    libvirt_asio::storage_vol found(look_up(connection, text.c_str()));
    if (found && is_in(owner.get(), found.get())) return found.release();
  }
  return virStorageVolLookupByName(owner.get(), text.c_str());
}

}  // namespace example

#endif
