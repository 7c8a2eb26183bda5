// Copyright (c) 2026 The libvirt-asio authors
// Distributed under the Boost Software License, Version 1.0.

#ifndef LIBVIRT_ASIO_EXAMPLES_WEB_CONSOLE_ACCESS_HPP
#define LIBVIRT_ASIO_EXAMPLES_WEB_CONSOLE_ACCESS_HPP

#include "settings.hpp"

#include <boost/beast/http/message.hpp>
#include <boost/beast/http/string_body.hpp>

#include <optional>
#include <string>
#include <string_view>

namespace web_console {

using request = boost::beast::http::request<boost::beast::http::string_body>;

/// Who is let in.
/**
 * Programs have the token, as `Authorization: Bearer`. A browser has a cookie for it, and sends that by itself, also
 * when another site's page makes it ask: then its `Origin` is another one.
 */
class access {
 public:
  /// Reads the token from its file, or makes one.
  explicit access(settings const& wanted);

  /// Why a request is not let in.
  struct refusal {
    boost::beast::http::status status;
    std::string why;
  };
  [[nodiscard]] std::optional<refusal> check(request const& asked) const;

  [[nodiscard]] bool is_token(std::string_view text) const;
  [[nodiscard]] std::string const& token() const { return token_; }
  /// `Set-Cookie` for a browser that has told the token.
  [[nodiscard]] std::string cookie_for(request const& asked) const;

 private:
  [[nodiscard]] std::optional<refusal> check_origin(request const& asked) const;
  [[nodiscard]] bool has_cookie(request const& asked) const;
  [[nodiscard]] bool has_token(request const& asked) const;
  [[nodiscard]] std::string scheme_of(request const& asked) const;

  settings const wanted_;
  std::string token_;
  // Not the token: whoever sees the cookie cannot make others with it after the program has ended.
  std::string cookie_;
  std::string cookie_name_;
};

}  // namespace web_console

#endif
