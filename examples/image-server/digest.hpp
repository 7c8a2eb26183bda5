// Copyright (c) 2026 The libvirt-asio authors
// Distributed under the Boost Software License, Version 1.0.

#ifndef LIBVIRT_ASIO_EXAMPLES_IMAGE_SERVER_DIGEST_HPP
#define LIBVIRT_ASIO_EXAMPLES_IMAGE_SERVER_DIGEST_HPP

#include <boost/algorithm/hex.hpp>
#include <boost/asio/buffer.hpp>
#include <openssl/evp.h>

#include <array>
#include <iterator>
#include <memory>
#include <stdexcept>
#include <string>

namespace image_server {

/// The SHA-256 of what is added to it, one after another.
class digest {
 public:
  static constexpr char const* name = "sha256";

  digest() { check(EVP_DigestInit_ex(context_.get(), EVP_sha256(), nullptr)); }

  void add(boost::asio::const_buffer data) { check(EVP_DigestUpdate(context_.get(), data.data(), data.size())); }

  [[nodiscard]] std::string text() {
    std::array<unsigned char, EVP_MAX_MD_SIZE> bytes{};
    unsigned size = 0;
    check(EVP_DigestFinal_ex(context_.get(), bytes.data(), &size));
    std::string text;
    boost::algorithm::hex_lower(bytes.begin(), bytes.begin() + size, std::back_inserter(text));
    return text;
  }

 private:
  static void check(int success) {
    if (success != 1) throw std::runtime_error("OpenSSL has no SHA-256");
  }

  std::unique_ptr<EVP_MD_CTX, decltype(&EVP_MD_CTX_free)> context_{EVP_MD_CTX_new(), &EVP_MD_CTX_free};
};

}  // namespace image_server

#endif
