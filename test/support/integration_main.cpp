#include "real_parts.hpp"

#include <boost/test/unit_test.hpp>

int main(int argc, char* argv[]) {
  if (int const code = test_support::require_or_skip(); code != 0) return code;
  return boost::unit_test::unit_test_main([] { return true; }, argc, argv);
}
