// Copyright (c) 2026 The libvirt-asio authors
// Distributed under the Boost Software License, Version 1.0.

#ifndef LIBVIRT_ASIO_EXAMPLES_PROGRESS_BAR_HPP
#define LIBVIRT_ASIO_EXAMPLES_PROGRESS_BAR_HPP

#include <unistd.h>

#include <cstdint>
#include <iostream>
#include <string>
#include <utility>

namespace example {

/// Shows on a terminal how far a transfer is; elsewhere it shows nothing.
class progress_bar {
 public:
  progress_bar(std::string label, std::uint64_t total)
      : label_(std::move(label)), total_(total), visible_(::isatty(STDOUT_FILENO) == 1) {
    draw();
  }

  ~progress_bar() {
    if (visible_) std::cout << std::endl;
  }

  progress_bar(progress_bar const&) = delete;
  progress_bar& operator=(progress_bar const&) = delete;

  void advance(std::uint64_t bytes) {
    done_ += bytes;
    if (percent() != drawn_) draw();
  }

 private:
  [[nodiscard]] unsigned percent() const {
    if (done_ >= total_) return 100;
    return static_cast<unsigned>(static_cast<double>(done_) * 100 / static_cast<double>(total_));
  }

  void draw() {
    drawn_ = percent();
    if (!visible_) return;
    std::string bar(drawn_ / 2, '#');
    bar.resize(50, ' ');
    std::cout << '\r' << label_ << " [" << bar << "] " << drawn_ << " %" << std::flush;
  }

  std::string label_;
  std::uint64_t total_;
  std::uint64_t done_ = 0;
  unsigned drawn_ = 0;
  bool visible_;
};

}  // namespace example

#endif
