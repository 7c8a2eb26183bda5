// Copyright (c) 2026 The libvirt-asio authors
// Distributed under the Boost Software License, Version 1.0.

#ifndef LIBVIRT_ASIO_EXAMPLES_PROGRESS_BAR_HPP
#define LIBVIRT_ASIO_EXAMPLES_PROGRESS_BAR_HPP

#include <libvirt-asio/transfer.hpp>

#include <unistd.h>

#include <cmath>
#include <iomanip>
#include <iostream>
#include <string>
#include <utility>

namespace example {

/// Shows on a terminal how far a transfer is; elsewhere it tells at the end what was moved.
class progress_bar {
 public:
  /// Standard output may be wanted for something else.
  explicit progress_bar(std::string label, bool wanted = true)
      : label_(std::move(label)), wanted_(wanted), visible_(wanted && ::isatty(STDOUT_FILENO) == 1) {
    show({.total = 1});
  }

  ~progress_bar() {
    if (visible_) std::cout << std::endl;
  }

  progress_bar(progress_bar const&) = delete;
  progress_bar& operator=(progress_bar const&) = delete;

  void finish(libvirt_asio::transfer_result const& moved) const {
    if (!wanted_ || visible_) return;
    std::cout << label_ << ": " << std::fixed << std::setprecision(1)
              << static_cast<double>(moved.data + moved.holes) / (1 << 20) << " MiB in " << moved.duration.count()
              << " s\n";
  }

  void show(libvirt_asio::transfer_progress const& progress) const {
    if (!visible_) return;
    if (progress.total == 0 && progress.data != 0) return show_amount(progress);
    auto const percent = percent_of(progress);
    std::string bar(percent / 2, '#');
    bar.resize(50, ' ');
    std::cout << '\r' << label_ << " [" << bar << "] " << std::setw(3) << percent << " %  " << std::fixed
              << std::setprecision(1) << progress.rate / (1 << 20) << " MiB/s, " << std::setprecision(0)
              << std::round(progress.time_left.count()) << " s left \x1b[K" << std::flush;
  }

 private:
  /// Nobody knows how much there is to come.
  void show_amount(libvirt_asio::transfer_progress const& progress) const {
    std::cout << '\r' << label_ << ' ' << std::fixed << std::setprecision(1)
              << static_cast<double>(progress.data) / (1 << 20) << " MiB, " << progress.rate / (1 << 20)
              << " MiB/s \x1b[K" << std::flush;
  }

  static unsigned percent_of(libvirt_asio::transfer_progress const& progress) {
    if (progress.total == 0) return 100;
    auto const done = static_cast<double>(progress.data + progress.holes);
    return static_cast<unsigned>(done * 100 / static_cast<double>(progress.total));
  }

  std::string label_;
  bool wanted_;
  bool visible_;
};

}  // namespace example

#endif
