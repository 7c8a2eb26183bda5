#ifndef LIBVIRT_ASIO_TEST_SUPPORT_TEST_DATA_HPP
#define LIBVIRT_ASIO_TEST_SUPPORT_TEST_DATA_HPP

#include <cstddef>
#include <cstdint>
#include <filesystem>
#include <span>
#include <vector>

namespace test_support {

/// Bytes that look random, the same for the same seed however the calls cut them.
class test_data {
 public:
  explicit test_data(std::uint64_t seed = 0) noexcept : state_{seed} {}

  /// The next bytes.
  void fill(std::span<std::byte> bytes) noexcept;

 private:
  std::uint64_t next() noexcept;

  std::uint64_t state_;
  std::uint64_t word_ = 0;
  std::size_t left_in_word_ = 0;
};

std::vector<std::byte> make_test_data(std::size_t bytes, std::uint64_t seed = 0);

/// Writes the same bytes to a file.
void write_test_file(std::filesystem::path const& path, std::uint64_t bytes, std::uint64_t seed = 0);

}  // namespace test_support

#endif
