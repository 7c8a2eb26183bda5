// Copyright (c) 2026 The libvirt-asio authors
// Distributed under the Boost Software License, Version 1.0.

#ifndef LIBVIRT_ASIO_HANDLE_HPP
#define LIBVIRT_ASIO_HANDLE_HPP

#include <libvirt-asio/detail/libvirt_call.hpp>

#include <libvirt/libvirt.h>

#include <memory>

namespace libvirt_asio {

/// The `vir…Free` function of a libvirt object, as a deleter.
template <auto Free>
struct handle_deleter {
  template <class Object>
  void operator()(Object* object) const noexcept {
    // The last reference to a connection that was cut off may go with the object: libvirt then writes to it, and
    // would tell stderr that it cannot.
    detail::libvirt_call const call({.no_sigpipe = true, .keeps_last_error = true});
    Free(object);
  }
};

/// Owning, move-only handles of libvirt's objects: `unique_ptr` with the right `vir…Free`.
/**
 * `get()` gives the raw pointer that libvirt's functions take. A handle keeps libvirt's connection object
 * alive, but not the connection: after `connection::async_close` it can only be destroyed.
 *
 * Thread safety: as `unique_ptr`; libvirt's objects themselves may be used from any thread.
 */
using domain = std::unique_ptr<virDomain, handle_deleter<virDomainFree>>;
using domain_checkpoint = std::unique_ptr<virDomainCheckpoint, handle_deleter<virDomainCheckpointFree>>;
using domain_snapshot = std::unique_ptr<virDomainSnapshot, handle_deleter<virDomainSnapshotFree>>;
using network = std::unique_ptr<virNetwork, handle_deleter<virNetworkFree>>;
using network_port = std::unique_ptr<virNetworkPort, handle_deleter<virNetworkPortFree>>;
using interface = std::unique_ptr<virInterface, handle_deleter<virInterfaceFree>>;
using node_device = std::unique_ptr<virNodeDevice, handle_deleter<virNodeDeviceFree>>;
using nwfilter = std::unique_ptr<virNWFilter, handle_deleter<virNWFilterFree>>;
using nwfilter_binding = std::unique_ptr<virNWFilterBinding, handle_deleter<virNWFilterBindingFree>>;
using secret = std::unique_ptr<virSecret, handle_deleter<virSecretFree>>;
using storage_pool = std::unique_ptr<virStoragePool, handle_deleter<virStoragePoolFree>>;
using storage_vol = std::unique_ptr<virStorageVol, handle_deleter<virStorageVolFree>>;

}  // namespace libvirt_asio

#endif
