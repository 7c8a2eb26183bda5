#ifndef LIBVIRT_ASIO_TEST_SUPPORT_PRIVATE_SSHD_HPP
#define LIBVIRT_ASIO_TEST_SUPPORT_PRIVATE_SSHD_HPP

#include "last_will.hpp"
#include "loopback_port.hpp"
#include "process.hpp"
#include "temporary_folder.hpp"

#include <filesystem>
#include <optional>
#include <string>
#include <vector>

namespace test_support {

class private_libvirtd;

/// An sshd on the loopback interface that lets the user of this process in, by a key made for that, to reach a
/// libvirtd. It runs as that user, and ends with the object, or with the thread that made it. As root it wants a folder
/// `/run/sshd`, which is made and left if there is none.
class private_sshd {
 public:
  explicit private_sshd(private_libvirtd const& daemon);
  ~private_sshd() { thaw_sessions(); }

  private_sshd(private_sshd const&) = delete;
  private_sshd& operator=(private_sshd const&) = delete;

  /// Through the program `ssh`, which knows the key of this host only by the name `127.0.0.1`.
  std::string uri(std::string const& host = "127.0.0.1") const;
  /// Without a program, by a library that libvirt uses: `libssh` or `libssh2`.
  std::string uri_by_library(std::string const& library, std::string const& host = "127.0.0.1") const;

  /// Stops it as it stands: it takes connections, but nothing answers.
  void freeze() { process_->freeze(); }

  /// Stops what it has started for those that are connected, and lets that go on: to them it is a host that hangs.
  void freeze_sessions();
  void thaw_sessions() const;

  /// The programs that it needs, on both sides, and that are not installed.
  static std::vector<std::string> missing();

 private:
  void make_keys() const;
  void configure_server(std::filesystem::path const& runtime_folder) const;
  void configure_client() const;

  temporary_folder folder_;
  loopback_port port_;
  std::optional<process> process_;
  // Each has a session of its own, which the kernel does not wake when this process is gone.
  std::optional<last_will> thaws_sessions_;
};

}  // namespace test_support

#endif
