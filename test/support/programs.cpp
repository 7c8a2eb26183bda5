#include "programs.hpp"

#include <unistd.h>

#include <cstdlib>
#include <sstream>

namespace test_support {

std::string program_path() {
  char const* path = std::getenv("PATH");
  return std::string{path ? path : "/usr/bin:/bin"} + ":/usr/sbin:/sbin";
}

std::string find_program(std::string const& name) {
  std::istringstream folders{program_path()};
  for (std::string folder; std::getline(folders, folder, ':');)
    if (std::string file = folder + "/" + name; ::access(file.c_str(), X_OK) == 0) return file;
  return {};
}

std::vector<std::string> missing_programs(std::initializer_list<char const*> names) {
  std::vector<std::string> result;
  for (char const* name : names)
    if (find_program(name).empty()) result.emplace_back(name);
  return result;
}

}  // namespace test_support
