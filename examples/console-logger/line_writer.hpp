// Copyright (c) 2026 The libvirt-asio authors
// Distributed under the Boost Software License, Version 1.0.

#ifndef LIBVIRT_ASIO_EXAMPLES_CONSOLE_LOGGER_LINE_WRITER_HPP
#define LIBVIRT_ASIO_EXAMPLES_CONSOLE_LOGGER_LINE_WRITER_HPP

#include "rotated_file.hpp"

#include <array>
#include <ctime>
#include <exception>
#include <iostream>
#include <string>
#include <string_view>
#include <utility>

namespace console_logger {

/// Writes what a console prints to a file, with a time before each line if that is wanted, and remarks of our own.
class line_writer {
 public:
  line_writer(std::filesystem::path path, rotation how, bool with_times)
      : with_times_(with_times), file_(std::move(path), how) {}

  void write(std::string_view text) {
    if (!with_times_) {
      if (!text.empty()) at_start_ = text.back() == '\n';
      return put(text);
    }
    std::string stamped;
    for (char const each : text) {
      if (std::exchange(at_start_, each == '\n')) stamped += now() + ' ';
      stamped += each;
    }
    put(stamped);
  }

  /// A line of its own.
  void remark(std::string const& text) {
    std::string line = at_start_ ? "" : "\n";
    put(line + '[' + now() + " console-logger: " + text + "]\n");
    at_start_ = true;
  }

  void reopen() { file_.close(); }

 private:
  void put(std::string_view text) {
    guarded([&] { file_.write(text); });
  }

  // A file that cannot be written, on a disk that is full say, must not end the others. It is tried again next time.
  template <class Function>
  void guarded(Function function) {
    try {
      function();
      is_failing_ = false;
    } catch (std::exception const& error) {
      if (!std::exchange(is_failing_, true)) std::cerr << "console-logger: " << error.what() << '\n';
    }
  }

  static std::string now() {
    auto const time = std::time(nullptr);
    std::tm parts{};
    ::localtime_r(&time, &parts);
    std::array<char, 32> text{};
    std::strftime(text.data(), text.size(), "%Y-%m-%dT%H:%M:%S%z", &parts);
    return text.data();
  }

  bool with_times_;
  bool at_start_ = true;
  bool is_failing_ = false;
  rotated_file file_;
};

}  // namespace console_logger

#endif
