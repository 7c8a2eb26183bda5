#ifndef LIBVIRT_ASIO_TEST_SUPPORT_LIBVIRT_FAILURE_HPP
#define LIBVIRT_ASIO_TEST_SUPPORT_LIBVIRT_FAILURE_HPP

#include <libvirt/virterror.h>

#include <stdexcept>
#include <string>

namespace test_support {

/// Throws `what` with the words of libvirt's last error on this thread.
[[noreturn]] inline void throw_last_error(std::string const& what) {
  throw std::runtime_error{what + ": " + ::virGetLastErrorMessage()};
}

}  // namespace test_support

#endif
