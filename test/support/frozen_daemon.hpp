#ifndef LIBVIRT_ASIO_TEST_SUPPORT_FROZEN_DAEMON_HPP
#define LIBVIRT_ASIO_TEST_SUPPORT_FROZEN_DAEMON_HPP

#include "private_libvirtd.hpp"

namespace test_support {

/// A daemon that does not answer, as long as this lives.
class frozen_daemon {
 public:
  explicit frozen_daemon(private_libvirtd& daemon) : daemon_{daemon} { daemon_.freeze(); }
  ~frozen_daemon() { daemon_.thaw(); }
  frozen_daemon(frozen_daemon const&) = delete;
  frozen_daemon& operator=(frozen_daemon const&) = delete;

 private:
  private_libvirtd& daemon_;
};

}  // namespace test_support

#endif
