// Copyright (c) 2026 The libvirt-asio authors
// Distributed under the Boost Software License, Version 1.0.

#ifndef LIBVIRT_ASIO_EXAMPLES_WEB_CONSOLE_OUTBOX_HPP
#define LIBVIRT_ASIO_EXAMPLES_WEB_CONSOLE_OUTBOX_HPP

#include <cstddef>
#include <deque>
#include <string>
#include <string_view>
#include <utility>

namespace web_console {

struct message {
  bool is_text = false;
  std::string data;
};

/// What a browser has not been sent yet, in bounded memory.
class outbox {
 public:
  /// Fails if too much waits already. Alone it may be of any size.
  bool put(bool is_text, std::string_view data) {
    if (!is_empty() && waiting_ + data.size() > max_waiting) return false;
    // What a console says comes in small pieces, that are not to cost a message each.
    bool const joins = !is_text && !messages_.empty() && !messages_.back().is_text &&
                       messages_.back().data.size() + data.size() <= max_joined;
    if (joins)
      messages_.back().data += data;
    else
      messages_.push_back({is_text, std::string(data)});
    waiting_ += data.size();
    return true;
  }

  message take() {
    auto first = std::move(messages_.front());
    messages_.pop_front();
    waiting_ -= first.data.size();
    return first;
  }

  /// Returns how many bytes of a console that were.
  std::size_t drop_all() {
    std::size_t dropped = 0;
    for (auto const& each : std::exchange(messages_, {}))
      if (!each.is_text) dropped += each.data.size();
    waiting_ = 0;
    return dropped;
  }

  [[nodiscard]] bool is_empty() const { return messages_.empty(); }

 private:
  static constexpr std::size_t max_waiting = std::size_t{1} << 20;
  static constexpr std::size_t max_joined = std::size_t{16} << 10;

  std::deque<message> messages_;
  std::size_t waiting_ = 0;
};

}  // namespace web_console

#endif
