// Copyright (c) 2026 The libvirt-asio authors
// Distributed under the Boost Software License, Version 1.0.

#ifndef LIBVIRT_ASIO_TRANSFER_BYTE_RANGES_HPP
#define LIBVIRT_ASIO_TRANSFER_BYTE_RANGES_HPP

#include <libvirt-asio/open.hpp>

#include <cstdint>
#include <vector>

namespace libvirt_asio::detail {

/// Cuts `whole` into at most `count` ranges of about the same length, none of which is small.
[[nodiscard]] std::vector<byte_range> split(byte_range whole, unsigned count);

}  // namespace libvirt_asio::detail

#endif
