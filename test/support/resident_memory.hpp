#ifndef LIBVIRT_ASIO_TEST_SUPPORT_RESIDENT_MEMORY_HPP
#define LIBVIRT_ASIO_TEST_SUPPORT_RESIDENT_MEMORY_HPP

#include <cstddef>

namespace test_support {

/// What this process has in memory.
std::size_t resident_kilobytes();

}  // namespace test_support

#endif
