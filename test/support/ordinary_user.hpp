#ifndef LIBVIRT_ASIO_TEST_SUPPORT_ORDINARY_USER_HPP
#define LIBVIRT_ASIO_TEST_SUPPORT_ORDINARY_USER_HPP

#include <sys/types.h>

namespace test_support {

struct user_and_group {
  uid_t user;
  gid_t group;
};

/// The user that needs no privileges: ourselves, or `nobody` when we are root.
user_and_group ordinary_user();

/// Makes this process run as the ordinary user for the rest of its life.
void become_ordinary_user();

}  // namespace test_support

#endif
