// Copyright (c) 2026 The libvirt-asio authors
// Distributed under the Boost Software License, Version 1.0.

#ifndef LIBVIRT_ASIO_EXAMPLES_REPORT_HPP
#define LIBVIRT_ASIO_EXAMPLES_REPORT_HPP

#include <boost/system/system_error.hpp>

#include <cstdlib>
#include <exception>
#include <iostream>
#include <string>

namespace example {

/// The words of an error: for libvirt's errors, exactly libvirt's.
inline std::string words_of(std::exception const& error) {
  auto const* coded = dynamic_cast<boost::system::system_error const*>(&error);
  return coded != nullptr ? coded->code().message() : error.what();
}

/// Prints an error as every example does, and returns the exit code for it.
inline int report(std::string const& program, std::exception_ptr const& thrown) {
  try {
    std::rethrow_exception(thrown);
  } catch (std::exception const& error) {
    std::cerr << program << ": " << words_of(error) << '\n';
  }
  return EXIT_FAILURE;
}

}  // namespace example

#endif
