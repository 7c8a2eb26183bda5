// Copyright (c) 2026 The libvirt-asio authors
// Distributed under the Boost Software License, Version 1.0.

#ifndef LIBVIRT_ASIO_EVENT_LOOP_CURRENT_EVENT_LOOP_HPP
#define LIBVIRT_ASIO_EVENT_LOOP_CURRENT_EVENT_LOOP_HPP

#include "event_loop/loop_core.hpp"

#include <memory>

namespace libvirt_asio::detail {

/// The event loop that is alive in this process, if any.
[[nodiscard]] std::shared_ptr<event_loop_core> current_event_loop() noexcept;

}  // namespace libvirt_asio::detail

#endif
