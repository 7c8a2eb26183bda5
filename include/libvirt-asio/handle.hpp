// Copyright (c) 2026 The libvirt-asio authors
// Distributed under the Boost Software License, Version 1.0.

#ifndef LIBVIRT_ASIO_HANDLE_HPP
#define LIBVIRT_ASIO_HANDLE_HPP

#include <libvirt-asio/detail/libvirt_call.hpp>

#include <libvirt/libvirt.h>

#include <memory>

namespace libvirt_asio {

/// @addtogroup handles
/// @{

/// The deleter of the handles: it calls a `vir…Free` function of libvirt.
/**
 * A handle is a `std::unique_ptr` with this deleter: it owns an object of libvirt's and can be moved. Its `get()` gives
 * the raw pointer that libvirt's functions take. `basic_connection::async_call()` makes handles of raw pointers.
 *
 * A handle keeps libvirt's connection object alive, but not the connection. After `basic_connection::async_close()` it
 * can only be destroyed.
 *
 * @tparam Free The function.
 *
 * @par Thread safety
 * Distinct objects: safe. Shared objects: unsafe. libvirt's objects themselves may be used from any thread.
 *
 * @par Example
 * @snippet docs/snippets/reference/handle.cpp handle
 */
template <auto Free>
struct handle_deleter {
  /// Frees an object.
  template <class Object>
  void operator()(Object* object) const noexcept {
    // The last reference to a connection that was cut off may go with the object: libvirt then writes to it, and
    // would tell stderr that it cannot.
    detail::libvirt_call const call({.no_sigpipe = true, .keeps_last_error = true});
    Free(object);
  }
};

/// Owns a domain: a `virDomainPtr`.
using domain = std::unique_ptr<virDomain, handle_deleter<virDomainFree>>;

/// Owns a checkpoint of a domain: a `virDomainCheckpointPtr`.
using domain_checkpoint = std::unique_ptr<virDomainCheckpoint, handle_deleter<virDomainCheckpointFree>>;

/// Owns a snapshot of a domain: a `virDomainSnapshotPtr`.
using domain_snapshot = std::unique_ptr<virDomainSnapshot, handle_deleter<virDomainSnapshotFree>>;

/// Owns a network: a `virNetworkPtr`.
using network = std::unique_ptr<virNetwork, handle_deleter<virNetworkFree>>;

/// Owns a port of a network: a `virNetworkPortPtr`.
using network_port = std::unique_ptr<virNetworkPort, handle_deleter<virNetworkPortFree>>;

/// Owns a network interface of the host: a `virInterfacePtr`.
using interface = std::unique_ptr<virInterface, handle_deleter<virInterfaceFree>>;

/// Owns a device of the host: a `virNodeDevicePtr`.
using node_device = std::unique_ptr<virNodeDevice, handle_deleter<virNodeDeviceFree>>;

/// Owns a network filter: a `virNWFilterPtr`.
using nwfilter = std::unique_ptr<virNWFilter, handle_deleter<virNWFilterFree>>;

/// Owns a binding of a network filter: a `virNWFilterBindingPtr`.
using nwfilter_binding = std::unique_ptr<virNWFilterBinding, handle_deleter<virNWFilterBindingFree>>;

/// Owns a secret: a `virSecretPtr`.
using secret = std::unique_ptr<virSecret, handle_deleter<virSecretFree>>;

/// Owns a storage pool: a `virStoragePoolPtr`.
using storage_pool = std::unique_ptr<virStoragePool, handle_deleter<virStoragePoolFree>>;

/// Owns a storage volume: a `virStorageVolPtr`.
using storage_vol = std::unique_ptr<virStorageVol, handle_deleter<virStorageVolFree>>;

/// @}

}  // namespace libvirt_asio

#endif
