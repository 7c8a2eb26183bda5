#ifndef LIBVIRT_ASIO_TEST_SUPPORT_EMBEDDED_QEMU_HPP
#define LIBVIRT_ASIO_TEST_SUPPORT_EMBEDDED_QEMU_HPP

#include "last_will.hpp"
#include "temporary_folder.hpp"

#include <string>

namespace test_support {

/// The folder that `qemu:///embed` needs, and the environment of this process for it, so make it before
/// any other use of libvirt. It must outlive the connection; guests that are left when it
/// is destroyed, or when this process ends otherwise, are killed.
///
/// As root libvirt insists on the user that Debian makes only with libvirt-daemon-system: a test that
/// may be run by root calls `become_ordinary_user()` first.
class embedded_qemu {
 public:
  embedded_qemu();
  ~embedded_qemu();

  embedded_qemu(embedded_qemu const&) = delete;
  embedded_qemu& operator=(embedded_qemu const&) = delete;

  std::string uri() const;
  std::filesystem::path const& folder() const noexcept { return folder_.path(); }

 private:
  temporary_folder folder_;
  last_will kills_guests_;
};

}  // namespace test_support

#endif
