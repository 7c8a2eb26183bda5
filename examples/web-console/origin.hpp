// Copyright (c) 2026 The libvirt-asio authors
// Distributed under the Boost Software License, Version 1.0.

#ifndef LIBVIRT_ASIO_EXAMPLES_WEB_CONSOLE_ORIGIN_HPP
#define LIBVIRT_ASIO_EXAMPLES_WEB_CONSOLE_ORIGIN_HPP

#include <optional>
#include <string>
#include <string_view>

namespace web_console {

/// Where a page comes from, as browsers tell it.
struct origin {
  std::string scheme;
  std::string host;
  std::string port;

  bool operator==(origin const&) const = default;
};

/// `https://host:port`; nothing if it is something else, `null` say.
std::optional<origin> parse_origin(std::string_view text);

/// That of a page whose address has this `Host`.
std::optional<origin> origin_of_host(std::string const& scheme, std::string_view host);

}  // namespace web_console

#endif
