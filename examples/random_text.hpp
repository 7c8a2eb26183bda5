// Copyright (c) 2026 The libvirt-asio authors
// Distributed under the Boost Software License, Version 1.0.

#ifndef LIBVIRT_ASIO_EXAMPLES_RANDOM_TEXT_HPP
#define LIBVIRT_ASIO_EXAMPLES_RANDOM_TEXT_HPP

#include <boost/algorithm/hex.hpp>

#include <openssl/rand.h>

#include <cstddef>
#include <iterator>
#include <stdexcept>
#include <string>
#include <vector>

namespace example {

/// So many random bytes, in hexadecimal digits, that nobody can guess.
inline std::string random_text(std::size_t size) {
  std::vector<unsigned char> bytes(size);
  if (::RAND_bytes(bytes.data(), static_cast<int>(size)) != 1)
    throw std::runtime_error("no random number can be had");
  std::string text;
  boost::algorithm::hex_lower(bytes, std::back_inserter(text));
  return text;
}

}  // namespace example

#endif
