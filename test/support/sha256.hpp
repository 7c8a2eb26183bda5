#ifndef LIBVIRT_ASIO_TEST_SUPPORT_SHA256_HPP
#define LIBVIRT_ASIO_TEST_SUPPORT_SHA256_HPP

#include <cstddef>
#include <filesystem>
#include <memory>
#include <span>
#include <string>

struct evp_md_ctx_st;

namespace test_support {

/// A SHA-256 sum of bytes that come in pieces.
class sha256 {
 public:
  sha256();

  void update(std::span<std::byte const> bytes);
  /// The sum in hexadecimal digits; nothing may be added after it.
  std::string finish();

 private:
  struct deleter {
    void operator()(evp_md_ctx_st* context) const noexcept;
  };
  std::unique_ptr<evp_md_ctx_st, deleter> context_;
};

std::string sha256_of(std::span<std::byte const> bytes);
std::string sha256_of_file(std::filesystem::path const& path);

}  // namespace test_support

#endif
