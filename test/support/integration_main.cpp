#include "private_sshd.hpp"
#include "real_parts.hpp"
#include "sasl_account.hpp"

#include <boost/test/unit_test.hpp>

#include <csignal>
#include <string>
#include <string_view>
#include <vector>

namespace {

/// What is missing for the way in which the tests connect, the last word on the command line.
std::vector<std::string> missing_for(std::string_view way) {
  if (way == "ssh" || way == "libssh" || way == "libssh2") return test_support::private_sshd::missing();
  if (way == "sasl") return test_support::missing_for_sasl();
  return {};
}

}  // namespace

int main(int argc, char* argv[]) {
  // The tests' own plain libvirt calls may write to a daemon that they have killed.
  std::signal(SIGPIPE, SIG_IGN);
  if (int const code = test_support::require_or_skip(missing_for(argv[argc - 1])); code != 0) return code;
  return boost::unit_test::unit_test_main([] { return true; }, argc, argv);
}
