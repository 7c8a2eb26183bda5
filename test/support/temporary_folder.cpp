#include "temporary_folder.hpp"

#include <sys/stat.h>
#include <unistd.h>

#include <cerrno>
#include <cstdlib>
#include <string>
#include <system_error>
#include <utility>

namespace test_support {
namespace {

// libvirt puts its sockets deep below the folder, and the address of a UNIX socket holds 108 bytes.
constexpr std::size_t longest_default_base = 24;

std::filesystem::path default_base() {
  char const* from_environment = std::getenv("TMPDIR");
  std::string base = from_environment ? from_environment : "";
  return base.empty() || base.size() > longest_default_base ? "/tmp" : base;
}

[[noreturn]] void fail(std::string const& what) {
  throw std::system_error{errno, std::generic_category(), what};
}

}  // namespace

temporary_folder::temporary_folder(std::filesystem::path const& base) {
  std::string name = (base.empty() ? default_base() : base) / "libvirt-asio-XXXXXX";
  if (!::mkdtemp(name.data())) fail("cannot make the temporary folder " + name);
  path_ = name;
  // A daemon that runs as another user has to pass through.
  if (::chmod(name.c_str(), 0755) != 0) fail("cannot open the temporary folder " + name + " to other users");
}

temporary_folder::~temporary_folder() {
  std::error_code ignored;
  if (!path_.empty()) std::filesystem::remove_all(path_, ignored);
}

temporary_folder::temporary_folder(temporary_folder&& other) noexcept
    : path_{std::exchange(other.path_, {})} {}

temporary_folder& temporary_folder::operator=(temporary_folder&& other) noexcept {
  std::swap(path_, other.path_);
  return *this;
}

void temporary_folder::give_to(user_and_group const& owner) const {
  change_owner(path_, owner);
}

void change_owner(std::filesystem::path const& path, user_and_group const& owner) {
  if (::chown(path.c_str(), owner.user, owner.group) != 0) fail("cannot give away " + path.string());
}

}  // namespace test_support
