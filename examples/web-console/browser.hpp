// Copyright (c) 2026 The libvirt-asio authors
// Distributed under the Boost Software License, Version 1.0.

#ifndef LIBVIRT_ASIO_EXAMPLES_WEB_CONSOLE_BROWSER_HPP
#define LIBVIRT_ASIO_EXAMPLES_WEB_CONSOLE_BROWSER_HPP

#include <boost/json/object.hpp>

#include <memory>
#include <string>
#include <string_view>

namespace web_console {

/// A browser at the other end of a WebSocket.
class browser {
 public:
  virtual void tell(boost::json::object const& words) = 0;
  /// What a console has said.
  virtual void send(std::string_view bytes) = 0;
  /// Whether all that it was sent is on its way.
  [[nodiscard]] virtual bool is_idle() const = 0;
  /// Closes the WebSocket, and says why.
  virtual void dismiss(std::string const& why) = 0;

 protected:
  ~browser() = default;
};

/// What a browser has opened a WebSocket for.
class service {
 public:
  virtual ~service() = default;

  /// The browser is there until `leave`.
  virtual void join(browser& with) = 0;
  virtual void leave() = 0;
  virtual void take_bytes(std::string_view) {}
  virtual void take_words(boost::json::object const&) {}
  /// All that the browser was sent is on its way.
  virtual void idle() {}
};

}  // namespace web_console

#endif
