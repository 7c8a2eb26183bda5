#ifndef LIBVIRT_ASIO_TEST_SUPPORT_REAL_PARTS_HPP
#define LIBVIRT_ASIO_TEST_SUPPORT_REAL_PARTS_HPP

#include <string>
#include <vector>

namespace test_support {

/// 0 when the daemon and the guests of the integration tests can be started, and none of the programs that a test needs
/// besides is missing. Otherwise says what is missing and returns the exit code for it: 77, which tells Meson of a
/// skipped test, or 1 when `$LIBVIRT_ASIO_FORBID_SKIP` is set to 1.
int require_or_skip(std::vector<std::string> const& further_missing = {});

}  // namespace test_support

#endif
