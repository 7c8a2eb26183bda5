// Copyright (c) 2026 The libvirt-asio authors
// Distributed under the Boost Software License, Version 1.0.

#ifndef LIBVIRT_ASIO_OBJECT_EVENTS_HPP
#define LIBVIRT_ASIO_OBJECT_EVENTS_HPP

#include <libvirt-asio/handle.hpp>

#include <string>

namespace libvirt_asio {

/// @addtogroup event_sequences
/// @{

/// A network was defined, started, stopped or undefined.
/**
 * @par libvirt
 * `VIR_NETWORK_EVENT_ID_LIFECYCLE`
 */
struct network_lifecycle_event {
  network net;  ///< The network.
  /// What has happened: a `virNetworkEventLifecycleType`.
  int event = 0;
  /// Always 0 so far.
  int detail = 0;
};

/// The metadata of a network have changed.
/**
 * @par libvirt
 * `VIR_NETWORK_EVENT_ID_METADATA_CHANGE`, since libvirt 9.8.
 */
struct network_metadata_change_event {
  network net;  ///< The network.
  /// Which metadata: a `virNetworkMetadataType`.
  int type = 0;
  /// The namespace of the changed element. Empty for title and description.
  std::string nsuri;
};

/// A storage pool was defined, started, stopped and so on.
/**
 * @par libvirt
 * `VIR_STORAGE_POOL_EVENT_ID_LIFECYCLE`
 */
struct storage_pool_lifecycle_event {
  storage_pool pool;  ///< The storage pool.
  /// What has happened: a `virStoragePoolEventLifecycleType`.
  int event = 0;
  /// Always 0 so far.
  int detail = 0;
};

/// A storage pool was refreshed.
/**
 * @par libvirt
 * `VIR_STORAGE_POOL_EVENT_ID_REFRESH`
 */
struct storage_pool_refresh_event {
  storage_pool pool;  ///< The storage pool.
};

/// A device of the host has come or gone.
/**
 * @par libvirt
 * `VIR_NODE_DEVICE_EVENT_ID_LIFECYCLE`
 */
struct node_device_lifecycle_event {
  node_device dev;  ///< The device.
  /// What has happened: a `virNodeDeviceEventLifecycleType`.
  int event = 0;
  /// Always 0 so far.
  int detail = 0;
};

/// A device of the host has changed.
/**
 * @par libvirt
 * `VIR_NODE_DEVICE_EVENT_ID_UPDATE`
 */
struct node_device_update_event {
  node_device dev;  ///< The device.
};

/// A secret was defined or undefined.
/**
 * @par libvirt
 * `VIR_SECRET_EVENT_ID_LIFECYCLE`
 */
struct secret_lifecycle_event {
  libvirt_asio::secret secret;  ///< The secret.
  /// What has happened: a `virSecretEventLifecycleType`.
  int event = 0;
  /// Always 0 so far.
  int detail = 0;
};

/// The value of a secret has changed.
/**
 * @par libvirt
 * `VIR_SECRET_EVENT_ID_VALUE_CHANGED`
 */
struct secret_value_changed_event {
  libvirt_asio::secret secret;  ///< The secret.
};

/// @}

}  // namespace libvirt_asio

#endif
