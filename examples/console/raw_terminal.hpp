// Copyright (c) 2026 The libvirt-asio authors
// Distributed under the Boost Software License, Version 1.0.

#ifndef LIBVIRT_ASIO_EXAMPLES_CONSOLE_RAW_TERMINAL_HPP
#define LIBVIRT_ASIO_EXAMPLES_CONSOLE_RAW_TERMINAL_HPP

#include <termios.h>
#include <unistd.h>

namespace console {

/// Puts the terminal into raw mode, if standard input is one, and back.
class raw_terminal {
 public:
  raw_terminal() : active_(::tcgetattr(STDIN_FILENO, &saved_) == 0) {
    if (!active_) return;
    termios raw = saved_;
    ::cfmakeraw(&raw);
    ::tcsetattr(STDIN_FILENO, TCSANOW, &raw);
  }

  ~raw_terminal() {
    if (active_) ::tcsetattr(STDIN_FILENO, TCSANOW, &saved_);
  }

  raw_terminal(raw_terminal const&) = delete;
  raw_terminal& operator=(raw_terminal const&) = delete;

  explicit operator bool() const { return active_; }

 private:
  termios saved_{};
  bool active_;
};

}  // namespace console

#endif
