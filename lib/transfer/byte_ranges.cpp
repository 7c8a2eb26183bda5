// Copyright (c) 2026 The libvirt-asio authors
// Distributed under the Boost Software License, Version 1.0.

#include "transfer/byte_ranges.hpp"

#include <algorithm>

namespace libvirt_asio::detail {

namespace {
// For less than this, opening another connection costs more than it gains.
constexpr std::uint64_t smallest_range = std::uint64_t{16} << 20;
constexpr std::uint64_t alignment = std::uint64_t{1} << 20;
}  // namespace

std::vector<byte_range> split(byte_range whole, unsigned count) {
  auto const useful = std::max<std::uint64_t>(1, whole.length / smallest_range);
  auto const ranges = std::clamp<std::uint64_t>(count, 1, useful);
  auto const step = (whole.length / ranges + alignment - 1) / alignment * alignment;
  std::vector<byte_range> parts;
  std::uint64_t begun = 0;
  do {
    auto const length = parts.size() + 1 == ranges ? whole.length - begun : std::min(step, whole.length - begun);
    parts.push_back({whole.offset + begun, length});
    begun += length;
  } while (begun != whole.length);
  return parts;
}

}  // namespace libvirt_asio::detail
