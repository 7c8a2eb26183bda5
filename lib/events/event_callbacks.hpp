// Copyright (c) 2026 The libvirt-asio authors
// Distributed under the Boost Software License, Version 1.0.

#ifndef LIBVIRT_ASIO_EVENTS_EVENT_CALLBACKS_HPP
#define LIBVIRT_ASIO_EVENTS_EVENT_CALLBACKS_HPP

#include <libvirt-asio/detail/event_value.hpp>

#include <libvirt/libvirt.h>

namespace libvirt_asio::detail {

/// Asks libvirt for the events of a type, which come to the source with that number. Blocks. Returns the number of the
/// callback, -1 for a failure.
[[nodiscard]] int register_events(virConnectPtr connection, event_type type, event_object const& object,
                                  void* identity);
/// Has libvirt send them no more. Blocks.
void deregister_events(virConnectPtr connection, event_type type, int callback);

}  // namespace libvirt_asio::detail

#endif
