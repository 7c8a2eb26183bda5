// Copyright (c) 2026 The libvirt-asio authors
// Distributed under the Boost Software License, Version 1.0.

#ifndef LIBVIRT_ASIO_EVENTS_EVENT_OBJECTS_HPP
#define LIBVIRT_ASIO_EVENTS_EVENT_OBJECTS_HPP

#include <libvirt-asio/detail/event_value.hpp>

#include <string>

namespace libvirt_asio::detail {

/// What libvirt knows the object by; empty for none.
[[nodiscard]] std::string name_of(event_object const& object);
[[nodiscard]] event_object copy_of(event_object const& object);

}  // namespace libvirt_asio::detail

#endif
