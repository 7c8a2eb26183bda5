// Copyright (c) 2026 The libvirt-asio authors
// Distributed under the Boost Software License, Version 1.0.

#ifndef LIBVIRT_ASIO_EVENT_LOOP_BLOCKING_CHECK_HPP
#define LIBVIRT_ASIO_EVENT_LOOP_BLOCKING_CHECK_HPP

namespace libvirt_asio::detail {

/// Called before each libvirt call that can block: with the build option blocking_checks, aborts the process
/// on a thread that is running the event loop.
void expect_may_block(char const* function) noexcept;

}  // namespace libvirt_asio::detail

#endif
