// Copyright (c) 2026 The libvirt-asio authors
// Distributed under the Boost Software License, Version 1.0.

#ifndef LIBVIRT_ASIO_LIBVIRT_FREE_FUNCTION_HPP
#define LIBVIRT_ASIO_LIBVIRT_FREE_FUNCTION_HPP

#include <libvirt/libvirt.h>

namespace libvirt_asio::detail {

/// What libvirt wants to be called once a watch or timer is gone and its last callback has returned.
struct free_function {
  virFreeCallback function = nullptr;
  void* opaque = nullptr;

  void operator()() const {
    if (function != nullptr) function(opaque);
  }
};

}  // namespace libvirt_asio::detail

#endif
