#include "resident_memory.hpp"

#include <fstream>
#include <string>

namespace test_support {

std::size_t resident_kilobytes() {
  std::ifstream file("/proc/self/status");
  std::string word;
  while (file >> word)
    if (word == "VmRSS:") {
      std::size_t kilobytes = 0;
      file >> kilobytes;
      return kilobytes;
    }
  return 0;
}

}  // namespace test_support
