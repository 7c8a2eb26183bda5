#ifndef LIBVIRT_ASIO_TEST_SUPPORT_ECHO_GUEST_HPP
#define LIBVIRT_ASIO_TEST_SUPPORT_ECHO_GUEST_HPP

#include "temporary_folder.hpp"

#include <libvirt/libvirt.h>

#include <string>
#include <string_view>

namespace test_support {

struct echo_guest_options {
  std::string name = "echo";
  /// End with the connection, should the destructor not run. `qemu:///embed` has no such thing.
  bool autodestroy = true;
  /// Wait for `resume()` before the guest starts. QEMU drops what a guest prints while nobody has its
  /// console open, so this is the way to see the banner.
  bool paused = false;
  /// As many more consoles and channels, at which nobody answers.
  int spare_devices = 0;
};

/// Writes the disk of such a guest into a folder.
std::filesystem::path write_echo_guest(std::filesystem::path const& folder);

/// A guest that prints a line on its console when it has booted, then echoes every byte. It ends with
/// the object, which must not outlive the connection.
class echo_guest {
 public:
  static constexpr std::string_view banner = "libvirt-asio echo guest\r\n";
  /// A device for virDomainOpenChannel. Nobody answers there.
  static constexpr char const* channel = "org.libvirt-asio.echo";

  explicit echo_guest(virConnectPtr connection, echo_guest_options const& options = {});
  ~echo_guest();

  echo_guest(echo_guest const&) = delete;
  echo_guest& operator=(echo_guest const&) = delete;

  virDomainPtr domain() const noexcept { return domain_; }
  std::string const& name() const noexcept { return name_; }

  /// The names of spare devices, of which 1 is the first.
  static std::string spare_console(int number);
  static std::string spare_channel(int number);

  /// Lets a paused guest run.
  void resume();

  /// Returns when the guest has booted, after which every byte comes back and nothing else does. For
  /// a paused guest, instead of `resume()`. It opens the console and blocks.
  void boot();

 private:
  std::string name_;
  temporary_folder folder_;
  virDomainPtr domain_;
};

}  // namespace test_support

#endif
