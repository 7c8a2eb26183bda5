// Copyright (c) 2026 The libvirt-asio authors
// Distributed under the Boost Software License, Version 1.0.

#ifndef LIBVIRT_ASIO_TRANSFER_VOLUME_SIZE_HPP
#define LIBVIRT_ASIO_TRANSFER_VOLUME_SIZE_HPP

#include <libvirt-asio/open.hpp>

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

/// The part of a volume that is to be read, of which a length of 0 means all up to the end; throws a `system_error` if
/// the volume ends before.
[[nodiscard]] byte_range part_of(volume_size const& size, byte_range wanted);

/// Asks libvirt, which blocks; throws a `system_error`.
[[nodiscard]] volume_size size_of(virStorageVolPtr volume);

}  // namespace libvirt_asio::detail

#endif
