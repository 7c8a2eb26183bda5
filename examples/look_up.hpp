// Copyright (c) 2026 The libvirt-asio authors
// Distributed under the Boost Software License, Version 1.0.

#ifndef LIBVIRT_ASIO_EXAMPLES_LOOK_UP_HPP
#define LIBVIRT_ASIO_EXAMPLES_LOOK_UP_HPP

#include "number_in.hpp"

#include <libvirt/libvirt.h>

#include <libvirt-asio/error.hpp>
#include <libvirt-asio/handle.hpp>

#include <array>
#include <cstddef>
#include <cstdlib>
#include <memory>
#include <span>
#include <string>
#include <vector>

namespace example {

// What there is, and what the command line names, found as virsh finds it. All but `uuid_of` ask libvirt, and so are
// called on a worker thread; null means that libvirt tells the error.

inline std::string uuid_of(auto* object, auto get_uuid_string) {
  std::array<char, VIR_UUID_STRING_BUFLEN> text{};
  get_uuid_string(object, text.data());
  return text.data();
}

inline std::string uuid_of(virDomainPtr domain) { return uuid_of(domain, &virDomainGetUUIDString); }

/// Throws libvirt's error if one of its functions has failed.
inline void check(bool success) {
  if (!success) throw libvirt_asio::system_error(libvirt_asio::last_libvirt_error());
}

/// What one of libvirt's functions finds that list objects. Throws if it fails.
template <class Handle, class Parent>
std::vector<Handle> list_all(int (*list)(Parent, typename Handle::pointer**, unsigned), Parent parent, unsigned flags) {
  typename Handle::pointer* found = nullptr;
  int const count = list(parent, &found, flags);
  check(count >= 0);
  std::unique_ptr<typename Handle::pointer, decltype(&std::free)> const array(found, &std::free);
  std::vector<Handle> all;
  for (auto* const each : std::span(found, static_cast<std::size_t>(count))) all.emplace_back(each);
  return all;
}

/// By `VIR_CONNECT_LIST_DOMAINS_…`; 0 for all.
inline std::vector<libvirt_asio::domain> list_domains(virConnectPtr connection, unsigned flags) {
  return list_all<libvirt_asio::domain>(&virConnectListAllDomains, connection, flags);
}

/// By `VIR_CONNECT_LIST_STORAGE_POOLS_…`; 0 for all.
inline std::vector<libvirt_asio::storage_pool> list_storage_pools(virConnectPtr connection, unsigned flags) {
  return list_all<libvirt_asio::storage_pool>(&virConnectListAllStoragePools, connection, flags);
}

inline std::vector<libvirt_asio::storage_vol> list_volumes(virStoragePoolPtr pool) {
  return list_all<libvirt_asio::storage_vol>(&virStoragePoolListAllVolumes, pool, 0);
}

/// A domain by its number, its UUID or its name. The error is of the last.
inline virDomainPtr look_up_domain(virConnectPtr connection, std::string const& text) {
  virDomainPtr found = nullptr;
  if (auto const number = number_in<int>(text)) found = virDomainLookupByID(connection, *number);
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
