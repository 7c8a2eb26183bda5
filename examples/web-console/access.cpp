// Copyright (c) 2026 The libvirt-asio authors
// Distributed under the Boost Software License, Version 1.0.

#include "access.hpp"

#include "../local_file.hpp"
#include "../random_text.hpp"
#include "origin.hpp"

#include <boost/algorithm/string/predicate.hpp>
#include <boost/algorithm/string/split.hpp>
#include <boost/algorithm/string/trim.hpp>
#include <boost/beast/http/field.hpp>
#include <boost/beast/http/verb.hpp>
#include <boost/beast/websocket/rfc6455.hpp>

#include <openssl/crypto.h>

#include <array>
#include <cstddef>
#include <span>
#include <stdexcept>
#include <vector>

namespace web_console {
namespace {

namespace http = boost::beast::http;

// In bytes.
constexpr std::size_t secret_size = 16;

std::string read_token(std::string const& path) {
  example::source_file file(path);
  std::array<char, 4'096> buffer{};
  auto const size = file.read(std::as_writable_bytes(std::span(buffer)));
  auto const token = boost::algorithm::trim_copy(std::string(buffer.data(), size));
  if (token.size() < 16) throw std::runtime_error(path + ": a token of at least 16 characters is needed");
  return token;
}

// Without telling by its time how much was right.
bool is_same(std::string_view one, std::string_view two) {
  return one.size() == two.size() && ::CRYPTO_memcmp(one.data(), two.data(), one.size()) == 0;
}

std::string_view value_of(request const& asked, http::field name) {
  auto const value = asked[name];
  return {value.data(), value.size()};
}

bool changes_something(request const& asked) {
  return asked.method() != http::verb::get || boost::beast::websocket::is_upgrade(asked);
}

}  // namespace

access::access(settings const& wanted)
    : wanted_(wanted),
      token_(wanted.token_file.empty() ? example::random_text(secret_size) : read_token(wanted.token_file)),
      cookie_(example::random_text(secret_size)),
      // Cookies do not tell ports apart.
      cookie_name_("web-console-" + std::to_string(wanted.listening.port)) {
  if (!wanted.origin.empty() && !parse_origin(wanted.origin))
    throw std::runtime_error("'" + wanted.origin + "' is not an origin such as https://host:port");
}

std::optional<access::refusal> access::check(request const& asked) const {
  if (auto refused = check_origin(asked)) return refused;
  if (has_token(asked)) return std::nullopt;
  if (!has_cookie(asked)) return refusal{http::status::unauthorized, "neither token nor cookie"};
  // Browsers always name it with these.
  if (changes_something(asked) && asked.count(http::field::origin) == 0)
    return refusal{http::status::forbidden, "a cookie without an Origin"};
  return std::nullopt;
}

bool access::is_token(std::string_view text) const { return is_same(text, token_); }

std::string access::cookie_for(request const& asked) const {
  auto const cookie = cookie_name_ + '=' + cookie_ + "; Path=/; HttpOnly; SameSite=Strict";
  return scheme_of(asked) == "https" ? cookie + "; Secure" : cookie;
}

std::optional<access::refusal> access::check_origin(request const& asked) const {
  if (asked.count(http::field::host) != 1) return refusal{http::status::bad_request, "not one Host"};
  auto const host = value_of(asked, http::field::host);
  auto const own = wanted_.origin.empty() ? origin_of_host(scheme_of(asked), host) : parse_origin(wanted_.origin);
  if (!own) return refusal{http::status::bad_request, "a Host that is none"};
  auto const count = asked.count(http::field::origin);
  if (count == 0) return std::nullopt;
  auto const told = value_of(asked, http::field::origin);
  if (count == 1 && parse_origin(told) == own) return std::nullopt;
  return refusal{http::status::forbidden, "the Origin '" + std::string(told) + "'"};
}

bool access::has_cookie(request const& asked) const {
  for (auto [field, end] = asked.equal_range(http::field::cookie); field != end; ++field) {
    std::vector<std::string> pairs;
    boost::algorithm::split(pairs, field->value(), [](char each) { return each == ';'; });
    for (auto& each : pairs) {
      boost::algorithm::trim(each);
      if (is_same(each, cookie_name_ + '=' + cookie_)) return true;
    }
  }
  return false;
}

bool access::has_token(request const& asked) const {
  constexpr std::string_view prefix = "Bearer ";
  auto const value = value_of(asked, http::field::authorization);
  return boost::algorithm::istarts_with(value, prefix) && is_token(value.substr(prefix.size()));
}

std::string access::scheme_of(request const& asked) const {
  auto const told = asked["X-Forwarded-Proto"];
  if (wanted_.trusts_forwarded_proto && !told.empty()) return {told.data(), told.size()};
  return wanted_.listening.has_tls() ? "https" : "http";
}

}  // namespace web_console
