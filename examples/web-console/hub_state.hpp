// Copyright (c) 2026 The libvirt-asio authors
// Distributed under the Boost Software License, Version 1.0.

#ifndef LIBVIRT_ASIO_EXAMPLES_WEB_CONSOLE_HUB_STATE_HPP
#define LIBVIRT_ASIO_EXAMPLES_WEB_CONSOLE_HUB_STATE_HPP

#include <cstddef>
#include <map>
#include <optional>

namespace web_console {

/// Who watches a console, and which of them writes to it: nobody, or one.
class hub_state {
 public:
  using viewer = unsigned;

  explicit hub_state(std::size_t max_viewers) : max_viewers_(max_viewers) {}

  /// Nothing if there are too many.
  std::optional<viewer> join(bool read_only) {
    if (viewers_.size() >= max_viewers_) return std::nullopt;
    viewers_.emplace(++last_, read_only);
    return last_;
  }

  void leave(viewer who) {
    viewers_.erase(who);
    release(who);
  }

  /// Makes it the one who writes. Fails if somebody else is, who is not to be put aside.
  bool take(viewer who, bool put_aside) {
    auto const found = viewers_.find(who);
    bool const is_read_only = found == viewers_.end() || found->second;
    bool const is_taken = writer_ && writer_ != who;
    if (is_read_only || (is_taken && !put_aside)) return false;
    writer_ = who;
    return true;
  }

  void release(viewer who) {
    if (writer_ == who) writer_.reset();
  }

  [[nodiscard]] bool is_read_only(viewer who) const { return viewers_.at(who); }
  [[nodiscard]] std::optional<viewer> writer() const { return writer_; }
  [[nodiscard]] std::size_t count() const { return viewers_.size(); }

 private:
  std::size_t const max_viewers_;
  std::map<viewer, bool> viewers_;
  std::optional<viewer> writer_;
  viewer last_ = 0;
};

}  // namespace web_console

#endif
