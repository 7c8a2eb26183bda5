#include "real_parts.hpp"

#include <boost/test/unit_test.hpp>

#include <csignal>

int main(int argc, char* argv[]) {
  // The tests' own plain libvirt calls may write to a daemon that they have killed.
  std::signal(SIGPIPE, SIG_IGN);
  if (int const code = test_support::require_or_skip(); code != 0) return code;
  return boost::unit_test::unit_test_main([] { return true; }, argc, argv);
}
