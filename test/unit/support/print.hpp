// Copyright (c) 2026 The libvirt-asio authors
// Distributed under the Boost Software License, Version 1.0.

#ifndef LIBVIRT_ASIO_TEST_UNIT_PRINT_HPP
#define LIBVIRT_ASIO_TEST_UNIT_PRINT_HPP

#include <libvirt-asio/error.hpp>
#include <libvirt-asio/stream.hpp>

#include <ostream>
#include <type_traits>

namespace libvirt_asio {

/// How Boost.Test prints the library's enumerators when they differ from what was expected.
template <class Enum>
requires std::is_enum_v<Enum> std::ostream& operator<<(std::ostream& out, Enum value) {
  return out << static_cast<long long>(value);
}

}  // namespace libvirt_asio

#endif
