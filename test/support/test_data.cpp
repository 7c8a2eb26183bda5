#include "test_data.hpp"

#include <algorithm>
#include <cstring>
#include <fstream>

namespace test_support {

void test_data::fill(std::span<std::byte> bytes) noexcept {
  while (!bytes.empty()) {
    if (left_in_word_ == 0) {
      word_ = next();
      left_in_word_ = sizeof(word_);
    }
    std::size_t const size = std::min(left_in_word_, bytes.size());
    auto const* word = reinterpret_cast<std::byte const*>(&word_);
    std::memcpy(bytes.data(), word + sizeof(word_) - left_in_word_, size);
    left_in_word_ -= size;
    bytes = bytes.subspan(size);
  }
}

// SplitMix64, by Sebastiano Vigna, in the public domain.
std::uint64_t test_data::next() noexcept {
  std::uint64_t word = (state_ += 0x9e3779b97f4a7c15U);
  word = (word ^ (word >> 30)) * 0xbf58476d1ce4e5b9U;
  word = (word ^ (word >> 27)) * 0x94d049bb133111ebU;
  return word ^ (word >> 31);
}

std::vector<std::byte> make_test_data(std::size_t bytes, std::uint64_t seed) {
  std::vector<std::byte> result(bytes);
  test_data{seed}.fill(result);
  return result;
}

void write_test_file(std::filesystem::path const& path, std::uint64_t bytes, std::uint64_t seed) {
  std::ofstream file;
  file.exceptions(std::ios::failbit | std::ios::badbit);
  file.open(path, std::ios::binary);
  test_data data{seed};
  std::vector<std::byte> piece(std::size_t{1} << 20);
  for (std::uint64_t left = bytes; left > 0; left -= piece.size()) {
    piece.resize(static_cast<std::size_t>(std::min<std::uint64_t>(left, piece.size())));
    data.fill(piece);
    file.write(reinterpret_cast<char const*>(piece.data()), static_cast<std::streamsize>(piece.size()));
  }
}

}  // namespace test_support
