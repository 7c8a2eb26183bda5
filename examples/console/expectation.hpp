// Copyright (c) 2026 The libvirt-asio authors
// Distributed under the Boost Software License, Version 1.0.

#ifndef LIBVIRT_ASIO_EXAMPLES_CONSOLE_EXPECTATION_HPP
#define LIBVIRT_ASIO_EXAMPLES_CONSOLE_EXPECTATION_HPP

#include <string>
#include <string_view>
#include <utility>

namespace console {

/// A text that is waited for in what comes piece by piece. The empty one never comes.
class expectation {
 public:
  explicit expectation(std::string text) : text_(std::move(text)) {}

  /// Whether it has come with this piece.
  bool comes_with(std::string_view piece) {
    if (text_.empty()) return false;
    seen_ += piece;
    if (seen_.find(text_) != seen_.npos) return true;
    // What its beginning may be in.
    if (seen_.size() >= text_.size()) seen_.erase(0, seen_.size() - text_.size() + 1);
    return false;
  }

 private:
  std::string text_;
  std::string seen_;
};

}  // namespace console

#endif
