// Copyright (c) 2026 The libvirt-asio authors
// Distributed under the Boost Software License, Version 1.0.

#ifndef LIBVIRT_ASIO_LIBVIRT_BLOCKING_HPP
#define LIBVIRT_ASIO_LIBVIRT_BLOCKING_HPP

#include <libvirt-asio/detail/quiet_calls.hpp>

#include <libvirt/libvirt.h>
#include <libvirt/virterror.h>

namespace libvirt_asio::detail {

/// Has libvirt stay silent about errors met on this thread from now on: they are reported to the caller.
void quiet_thread() noexcept;

/// What libvirt's error functions do on quiet threads: the error is kept for the caller.
void record_error(virErrorPtr error);

/// While it lives, the calls of this thread are known not to block, though others like them may.
class calls_that_cannot_block {
 public:
  calls_that_cannot_block() noexcept;
  ~calls_that_cannot_block();
  calls_that_cannot_block(calls_that_cannot_block const&) = delete;
  calls_that_cannot_block& operator=(calls_that_cannot_block const&) = delete;

  [[nodiscard]] static bool made_here() noexcept;
};

/// Called before each libvirt call that can block: with the build option blocking_checks, aborts the process
/// on a thread that is running the event loop.
void expect_may_block(char const* function) noexcept;

}  // namespace libvirt_asio::detail

#endif
