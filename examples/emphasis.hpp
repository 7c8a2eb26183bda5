// Copyright (c) 2026 The libvirt-asio authors
// Distributed under the Boost Software License, Version 1.0.

#ifndef LIBVIRT_ASIO_EXAMPLES_EMPHASIS_HPP
#define LIBVIRT_ASIO_EXAMPLES_EMPHASIS_HPP

#include <unistd.h>

#include <string>

namespace example {

/// Bold if standard output is a terminal.
inline std::string emphasized(std::string const& text) {
  static bool const on_terminal = ::isatty(STDOUT_FILENO) == 1;
  return on_terminal ? "\x1b[1m" + text + "\x1b[0m" : text;
}

}  // namespace example

#endif
