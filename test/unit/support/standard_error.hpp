// Copyright (c) 2026 The libvirt-asio authors
// Distributed under the Boost Software License, Version 1.0.

#ifndef LIBVIRT_ASIO_TEST_UNIT_STANDARD_ERROR_HPP
#define LIBVIRT_ASIO_TEST_UNIT_STANDARD_ERROR_HPP

#include "unit/support/temporary_file.hpp"

#include <unistd.h>

#include <cstdio>
#include <string>

namespace unit {

/// Takes in what the process prints to its standard error.
class standard_error {
 public:
  standard_error() { ::dup2(::fileno(taken_in_.get()), STDERR_FILENO); }
  ~standard_error() {
    ::dup2(former_, STDERR_FILENO);
    ::close(former_);
  }
  standard_error(standard_error const&) = delete;
  standard_error& operator=(standard_error const&) = delete;

  [[nodiscard]] std::string text() const {
    std::string result(4'096, ' ');
    auto const size = ::pread(::fileno(taken_in_.get()), result.data(), result.size(), 0);
    result.resize(size > 0 ? static_cast<std::size_t>(size) : 0);
    return result;
  }

 private:
  int const former_ = ::dup(STDERR_FILENO);
  temporary_file const taken_in_ = make_temporary_file();
};

}  // namespace unit

#endif
