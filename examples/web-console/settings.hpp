// Copyright (c) 2026 The libvirt-asio authors
// Distributed under the Boost Software License, Version 1.0.

#ifndef LIBVIRT_ASIO_EXAMPLES_WEB_CONSOLE_SETTINGS_HPP
#define LIBVIRT_ASIO_EXAMPLES_WEB_CONSOLE_SETTINGS_HPP

#include "../listening.hpp"

#include <cstddef>
#include <string>
#include <vector>

namespace web_console {

struct settings {
  std::vector<std::string> uris;
  example::listening listening{.port = 8'080};
  std::string token_file;
  /// That browsers see, where a proxy hides the Host that they ask for.
  std::string origin;
  bool trusts_forwarded_proto = false;
  bool allows_control = false;
  /// Of one console.
  unsigned max_viewers = 16;
};

}  // namespace web_console

#endif
