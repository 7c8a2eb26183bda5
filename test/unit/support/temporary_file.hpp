#ifndef LIBVIRT_ASIO_TEST_UNIT_SUPPORT_TEMPORARY_FILE_HPP
#define LIBVIRT_ASIO_TEST_UNIT_SUPPORT_TEMPORARY_FILE_HPP

#include <cstdio>
#include <memory>

namespace unit {

struct file_closer {
  void operator()(std::FILE* file) const { std::fclose(file); }
};

/// A file without a name, which goes with its owner.
using temporary_file = std::unique_ptr<std::FILE, file_closer>;

inline temporary_file make_temporary_file() {
  return temporary_file(std::tmpfile());
}

}  // namespace unit

#endif
