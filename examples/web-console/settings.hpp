// Copyright (c) 2026 The libvirt-asio authors
// Distributed under the Boost Software License, Version 1.0.

#ifndef LIBVIRT_ASIO_EXAMPLES_WEB_CONSOLE_SETTINGS_HPP
#define LIBVIRT_ASIO_EXAMPLES_WEB_CONSOLE_SETTINGS_HPP

#include <cstddef>
#include <string>
#include <vector>

namespace web_console {

struct settings {
  std::vector<std::string> uris;
  std::string address = "127.0.0.1";
  unsigned short port = 8'080;
  /// Of files in PEM; without them there is no TLS.
  std::string certificate;
  std::string key;
  std::string token_file;
  /// That browsers see, where a proxy hides the Host that they ask for.
  std::string origin;
  bool trusts_forwarded_proto = false;
  bool allows_control = false;
  /// Of one console.
  unsigned max_viewers = 16;

  [[nodiscard]] bool has_tls() const { return !certificate.empty(); }
};

}  // namespace web_console

#endif
