// Copyright (c) 2026 The libvirt-asio authors
// Distributed under the Boost Software License, Version 1.0.

#ifndef LIBVIRT_ASIO_TRANSFER_VOLUME_SIZE_HPP
#define LIBVIRT_ASIO_TRANSFER_VOLUME_SIZE_HPP

#include <libvirt/libvirt.h>

#include <cstdint>

namespace libvirt_asio::detail {

/// How large a volume is, in bytes.
struct volume_size {
  /// What a download of all of it gives.
  std::uint64_t physical = 0;
  /// What a guest sees.
  std::uint64_t capacity = 0;
  /// What is allocated of it.
  std::uint64_t allocation = 0;
  /// Whether the volume's bytes are what a guest sees: other formats grow and have room for more.
  bool raw = false;
};

/// Asks libvirt, which blocks; throws a `system_error`.
[[nodiscard]] volume_size size_of(virStorageVolPtr volume);

}  // namespace libvirt_asio::detail

#endif
