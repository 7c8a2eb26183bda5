#include "real_parts.hpp"

#include "private_libvirtd.hpp"

#include <cstdlib>
#include <iostream>
#include <string_view>

namespace test_support {
namespace {

bool is_skipping_forbidden() {
  char const* value = std::getenv("LIBVIRT_ASIO_FORBID_SKIP");
  return value && std::string_view{value} == "1";
}

}  // namespace

int require_or_skip(std::vector<std::string> const& further_missing) {
  auto missing = private_libvirtd::missing();
  missing.insert(missing.end(), further_missing.begin(), further_missing.end());
  if (missing.empty()) return 0;
  std::cout << (is_skipping_forbidden() ? "FAIL:" : "SKIP:");
  for (auto const& program : missing) std::cout << ' ' << program;
  std::cout << " missing" << std::endl;
  return is_skipping_forbidden() ? 1 : 77;
}

}  // namespace test_support
