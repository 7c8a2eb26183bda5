// Copyright (c) 2026 The libvirt-asio authors
// Distributed under the Boost Software License, Version 1.0.

#include "origin.hpp"

#include <boost/algorithm/string/case_conv.hpp>
#include <boost/url/authority_view.hpp>
#include <boost/url/parse.hpp>
#include <boost/url/url_view.hpp>

#include <utility>

namespace web_console {
namespace {

origin make_origin(std::string scheme, boost::urls::authority_view const& authority) {
  boost::algorithm::to_lower(scheme);
  std::string port = authority.port();
  if (port.empty()) port = scheme == "https" ? "443" : "80";
  return {std::move(scheme), boost::algorithm::to_lower_copy(std::string(authority.host())), std::move(port)};
}

}  // namespace

std::optional<origin> parse_origin(std::string_view text) {
  auto const parsed = boost::urls::parse_uri({text.data(), text.size()});
  if (!parsed) return std::nullopt;
  auto const& url = *parsed;
  auto const authority = url.authority();
  bool const is_origin = authority.host().size() != 0 && !authority.has_userinfo() && url.encoded_path().empty() &&
                         !url.has_query() && !url.has_fragment();
  if (!is_origin) return std::nullopt;
  return make_origin(std::string(url.scheme()), authority);
}

std::optional<origin> origin_of_host(std::string const& scheme, std::string_view host) {
  auto const parsed = boost::urls::parse_authority({host.data(), host.size()});
  if (!parsed || parsed->has_userinfo() || parsed->host().size() == 0) return std::nullopt;
  return make_origin(scheme, *parsed);
}

}  // namespace web_console
