// Copyright (c) 2026 The libvirt-asio authors
// Distributed under the Boost Software License, Version 1.0.

#ifndef LIBVIRT_ASIO_EXAMPLES_WEB_CONSOLE_SITE_HPP
#define LIBVIRT_ASIO_EXAMPLES_WEB_CONSOLE_SITE_HPP

#include "access.hpp"
#include "browser.hpp"
#include "domain_feed.hpp"
#include "host.hpp"
#include "settings.hpp"

#include <boost/asio/any_io_executor.hpp>
#include <boost/asio/awaitable.hpp>
#include <boost/beast/http/message.hpp>
#include <boost/beast/http/string_body.hpp>
#include <boost/json/object.hpp>

#include <list>
#include <memory>
#include <optional>
#include <set>
#include <string>

namespace web_console {

using response = boost::beast::http::response<boost::beast::http::string_body>;

/// An answer to what is asked for.
response make_response(request const& asked, boost::beast::http::status status, std::string mime_type,
                       std::string body);
/// One of words, for whoever reads it.
response make_response(request const& asked, boost::beast::http::status status, std::string const& words);

class target;

/// What there is behind the paths.
class site {
 public:
  site(boost::asio::any_io_executor executor, settings const& wanted);

  site(site const&) = delete;
  site& operator=(site const&) = delete;

  /// For ever.
  boost::asio::awaitable<void> run();
  /// What waits for libvirt ends.
  void stop();

  [[nodiscard]] std::string const& token() const { return access_.token(); }

  [[nodiscard]] std::optional<access::refusal> check(request const& asked) const { return access_.check(asked); }
  /// For a browser that tells the token; nothing if it does not.
  [[nodiscard]] std::optional<response> log_in(request const& asked) const;
  boost::asio::awaitable<response> respond(request asked);
  /// What a WebSocket is opened for; null if there is no such thing.
  std::unique_ptr<service> open(request const& asked);

 private:
  boost::asio::awaitable<response> take_picture(request const& asked, target const& at);
  boost::asio::awaitable<response> control(request const& asked, target const& at);
  boost::json::object list() const;
  host* find_host(target const& at);

  settings const wanted_;
  access access_;
  std::list<host> hosts_;
  std::set<domain_feed*> feeds_;
};

}  // namespace web_console

#endif
