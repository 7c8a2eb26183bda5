#include "sha256.hpp"

#include <openssl/evp.h>

#include <fstream>
#include <stdexcept>
#include <vector>

namespace test_support {
namespace {

void check(int result) {
  if (result != 1) throw std::runtime_error{"libcrypto failed to make a SHA-256 sum"};
}

}  // namespace

sha256::sha256() : context_{::EVP_MD_CTX_new()} {
  check(::EVP_DigestInit_ex(context_.get(), ::EVP_sha256(), nullptr));
}

void sha256::update(std::span<std::byte const> bytes) {
  check(::EVP_DigestUpdate(context_.get(), bytes.data(), bytes.size()));
}

std::string sha256::finish() {
  unsigned char sum[EVP_MAX_MD_SIZE];
  unsigned int size = 0;
  check(::EVP_DigestFinal_ex(context_.get(), sum, &size));
  std::string result;
  for (unsigned char byte : std::span{sum, size}) {
    result += "0123456789abcdef"[byte >> 4];
    result += "0123456789abcdef"[byte & 0x0f];
  }
  return result;
}

void sha256::deleter::operator()(evp_md_ctx_st* context) const noexcept {
  ::EVP_MD_CTX_free(context);
}

std::string sha256_of(std::span<std::byte const> bytes) {
  sha256 sum;
  sum.update(bytes);
  return sum.finish();
}

std::string sha256_of_file(std::filesystem::path const& path) {
  std::ifstream file{path, std::ios::binary};
  if (!file) throw std::runtime_error{"cannot open " + path.string()};
  sha256 sum;
  std::vector<char> piece(std::size_t{1} << 20);
  while (file.read(piece.data(), static_cast<std::streamsize>(piece.size())) || file.gcount() > 0)
    sum.update(std::as_bytes(std::span{piece.data(), static_cast<std::size_t>(file.gcount())}));
  return sum.finish();
}

}  // namespace test_support
