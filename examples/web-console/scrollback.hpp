// Copyright (c) 2026 The libvirt-asio authors
// Distributed under the Boost Software License, Version 1.0.

#ifndef LIBVIRT_ASIO_EXAMPLES_WEB_CONSOLE_SCROLLBACK_HPP
#define LIBVIRT_ASIO_EXAMPLES_WEB_CONSOLE_SCROLLBACK_HPP

#include <cstddef>
#include <string>
#include <string_view>

namespace web_console {

/// The last that a console has said, for whoever joins.
class scrollback {
 public:
  explicit scrollback(std::size_t capacity) : capacity_(capacity) {}

  void append(std::string_view text) {
    if (text.size() > capacity_) {
      text.remove_prefix(text.size() - capacity_);
      is_cut_ = true;
    }
    // What has been overwritten is in front of `next_`, and older than all that is behind it.
    auto const room = capacity_ - next_;
    put(text.substr(0, room));
    if (text.size() <= room) return;
    next_ = 0;
    is_cut_ = true;
    put(text.substr(room));
  }

  /// In order. If the beginning is lost, from a whole line on: terminals do not take halves of what they are told.
  [[nodiscard]] std::string contents() const {
    auto const all = ring_.substr(is_cut_ ? next_ : 0) + (is_cut_ ? ring_.substr(0, next_) : std::string());
    if (!is_cut_) return all;
    auto const end_of_line = all.find('\n');
    return end_of_line == all.npos ? all : all.substr(end_of_line + 1);
  }

 private:
  void put(std::string_view text) {
    ring_.replace(next_, text.size(), text);
    next_ += text.size();
  }

  std::size_t const capacity_;
  std::string ring_;
  std::size_t next_ = 0;
  bool is_cut_ = false;
};

}  // namespace web_console

#endif
