#ifndef LIBVIRT_ASIO_TEST_SUPPORT_SASL_ACCOUNT_HPP
#define LIBVIRT_ASIO_TEST_SUPPORT_SASL_ACCOUNT_HPP

#include "ordinary_user.hpp"

#include <filesystem>
#include <string>
#include <vector>

namespace test_support {

struct sasl_account {
  std::string name = "user";
  std::string password = "secret";
};

/// Makes a folder with what SASL has to know for a libvirtd that finds it by `$SASL_CONF_PATH`: one account, for SCRAM.
void make_sasl_folder(std::filesystem::path const& folder, sasl_account const& account, user_and_group const& owner);

/// The programs that it needs and that are not installed.
std::vector<std::string> missing_for_sasl();

}  // namespace test_support

#endif
