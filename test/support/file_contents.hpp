#ifndef LIBVIRT_ASIO_TEST_SUPPORT_FILE_CONTENTS_HPP
#define LIBVIRT_ASIO_TEST_SUPPORT_FILE_CONTENTS_HPP

#include <filesystem>
#include <fstream>
#include <iterator>
#include <string>

namespace test_support {

/// All bytes of a file; none if it cannot be read.
inline std::string file_contents(std::filesystem::path const& path) {
  std::ifstream file{path, std::ios::binary};
  return {std::istreambuf_iterator<char>{file}, {}};
}

}  // namespace test_support

#endif
