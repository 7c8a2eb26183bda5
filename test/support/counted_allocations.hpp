// Copyright (c) 2026 The libvirt-asio authors
// Distributed under the Boost Software License, Version 1.0.

#ifndef LIBVIRT_ASIO_TEST_SUPPORT_COUNTED_ALLOCATIONS_HPP
#define LIBVIRT_ASIO_TEST_SUPPORT_COUNTED_ALLOCATIONS_HPP

#include <cstdint>

namespace test_support {

/// How often this process, on any thread, has allocated by `new` or, as Asio's recycling allocator does, by
/// `std::aligned_alloc`. libvirt uses malloc, which is not counted.
[[nodiscard]] std::uint64_t counted_allocations();

}  // namespace test_support

#endif
