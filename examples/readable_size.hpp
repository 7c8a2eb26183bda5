// Copyright (c) 2026 The libvirt-asio authors
// Distributed under the Boost Software License, Version 1.0.

#ifndef LIBVIRT_ASIO_EXAMPLES_READABLE_SIZE_HPP
#define LIBVIRT_ASIO_EXAMPLES_READABLE_SIZE_HPP

#include <array>
#include <cstdint>
#include <iomanip>
#include <sstream>
#include <string>

namespace example {

/// A number of bytes as virsh writes it: `3.00 MiB`.
inline std::string readable_size(std::uint64_t bytes) {
  static constexpr std::array units{"B", "KiB", "MiB", "GiB", "TiB", "PiB", "EiB"};
  auto amount = static_cast<double>(bytes);
  auto const* unit = units.begin();
  for (; amount >= 1'024; amount /= 1'024) ++unit;
  std::ostringstream text;
  text << std::fixed << std::setprecision(2) << amount << ' ' << *unit;
  return text.str();
}

}  // namespace example

#endif
