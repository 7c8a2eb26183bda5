#ifndef LIBVIRT_ASIO_TEST_SUPPORT_PRIVATE_LIBVIRTD_HPP
#define LIBVIRT_ASIO_TEST_SUPPORT_PRIVATE_LIBVIRTD_HPP

#include "last_will.hpp"
#include "loopback_port.hpp"
#include "ordinary_user.hpp"
#include "process.hpp"
#include "sasl_account.hpp"
#include "temporary_folder.hpp"

#include <sys/types.h>

#include <filesystem>
#include <memory>
#include <optional>
#include <string>
#include <vector>

namespace test_support {

struct libvirtd_options {
  /// Also listen on a free port of the loopback interface, without authentication.
  bool listen_tcp = false;
  /// Also listen on such a port for TLS, with certificates of its own.
  bool listen_tls = false;
  /// Ask whoever comes over TLS for this account.
  std::optional<sasl_account> account{};
  /// Further variables of its environment, `NAME=VALUE`.
  std::vector<std::string> environment{};
};

/// A libvirtd that needs no root and touches nothing outside its own folder. It takes connections when
/// the constructor returns, and ends with the object, or with the thread that made it.
class private_libvirtd {
 public:
  explicit private_libvirtd(libvirtd_options const& options = {});
  ~private_libvirtd();

  private_libvirtd(private_libvirtd const&) = delete;
  private_libvirtd& operator=(private_libvirtd const&) = delete;

  std::string unix_uri() const;
  /// Only with `libvirtd_options::listen_tcp`.
  std::string tcp_uri() const;
  /// Only with `libvirtd_options::listen_tls`. `certificates` are the client's: by default those that fit.
  std::string tls_uri(std::filesystem::path const& certificates = {}) const;

  /// Stops it as it stands: its sockets take connections and data, but nothing answers.
  void freeze() { process_->freeze(); }
  void thaw() { process_->thaw(); }
  /// Ends it at once, and the guests it leaves behind.
  void kill();
  /// Ends it at once, but no guests.
  void kill_alone() { process_->kill(); }
  /// Starts it when it was killed. It takes over the guests that it finds.
  void start();

  pid_t pid() const noexcept { return process_->id(); }
  uid_t user_id() const noexcept { return user_.user; }
  std::filesystem::path const& folder() const noexcept { return folder_.path(); }
  /// What it printed so far.
  std::string log() const;

  /// A folder in which it may make files, such as the volumes of a storage pool.
  temporary_folder make_folder(std::filesystem::path const& base = {}) const;

  /// The programs that it needs and that are not installed.
  static std::vector<std::string> missing();

 private:
  void configure();

  temporary_folder folder_;
  // The signal by which the kernel tells the daemon of the end of its parent may find it locked up.
  last_will kills_all_;
  libvirtd_options options_;
  user_and_group user_;
  // Of those that it listens on.
  std::optional<loopback_port> tcp_port_, tls_port_;
  std::unique_ptr<process> process_;
};

}  // namespace test_support

#endif
