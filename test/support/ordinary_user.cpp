#include "ordinary_user.hpp"

#include <grp.h>
#include <pwd.h>
#include <sys/prctl.h>
#include <unistd.h>

#include <cerrno>
#include <stdexcept>
#include <system_error>

namespace test_support {

user_and_group ordinary_user() {
  if (::geteuid() != 0) return {::geteuid(), ::getegid()};
  passwd const* nobody = ::getpwnam("nobody");
  if (!nobody) throw std::runtime_error{"there is no user nobody to run libvirtd as"};
  return {nobody->pw_uid, nobody->pw_gid};
}

void become_ordinary_user() {
  if (::geteuid() != 0) return;
  auto const [user, group] = ordinary_user();
  // The last one gives /proc/self back to us, which libvirt reads before it starts a program.
  if (::setgroups(0, nullptr) != 0 || ::setgid(group) != 0 || ::setuid(user) != 0 ||
      ::prctl(PR_SET_DUMPABLE, 1) != 0)
    throw std::system_error{errno, std::generic_category(), "cannot become the ordinary user"};
}

}  // namespace test_support
