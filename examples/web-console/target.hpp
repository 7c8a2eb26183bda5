// Copyright (c) 2026 The libvirt-asio authors
// Distributed under the Boost Software License, Version 1.0.

#ifndef LIBVIRT_ASIO_EXAMPLES_WEB_CONSOLE_TARGET_HPP
#define LIBVIRT_ASIO_EXAMPLES_WEB_CONSOLE_TARGET_HPP

#include <boost/url/parse.hpp>
#include <boost/url/url_view.hpp>

#include <optional>
#include <string>
#include <string_view>

namespace web_console {

/// What a request is for: a path and its parameters. Paths are compared as they are, so `..` or `%2e` lead nowhere.
class target {
 public:
  static std::optional<target> parse(std::string_view text) {
    auto const parsed = boost::urls::parse_origin_form({text.data(), text.size()});
    if (!parsed) return std::nullopt;
    return target(*parsed);
  }

  [[nodiscard]] std::string path() const { return std::string(url_.encoded_path()); }

  [[nodiscard]] bool has(std::string_view name) const { return url_.params().contains({name.data(), name.size()}); }

  /// Empty if it is not there.
  [[nodiscard]] std::string value(std::string_view name) const {
    auto const all = url_.params();
    auto const found = all.find({name.data(), name.size()});
    return found == all.end() ? std::string() : std::string((*found).value);
  }

 private:
  explicit target(boost::urls::url_view url) : url_(url) {}

  boost::urls::url_view url_;
};

}  // namespace web_console

#endif
