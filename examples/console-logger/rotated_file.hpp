// Copyright (c) 2026 The libvirt-asio authors
// Distributed under the Boost Software License, Version 1.0.

#ifndef LIBVIRT_ASIO_EXAMPLES_CONSOLE_LOGGER_ROTATED_FILE_HPP
#define LIBVIRT_ASIO_EXAMPLES_CONSOLE_LOGGER_ROTATED_FILE_HPP

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <cstddef>
#include <cstdint>
#include <filesystem>
#include <string>
#include <string_view>
#include <system_error>
#include <utility>

namespace console_logger {

/// How large a file may become, and how many former ones are kept.
struct rotation {
  std::uint64_t max_size = std::uint64_t{2} << 20;
  unsigned backups = 3;
};

/// A file that is appended to. When it is full it is renamed to its name with ".1", the one that was there to ".2", and
/// so on, as virtlogd does it. What goes wrong is thrown.
class rotated_file {
 public:
  /// The file is opened by the first write.
  rotated_file(std::filesystem::path path, rotation how) : path_(std::move(path)), how_(how) {}
  ~rotated_file() { close(); }

  rotated_file(rotated_file const&) = delete;
  rotated_file& operator=(rotated_file const&) = delete;

  void write(std::string_view text) {
    while (!text.empty()) {
      if (descriptor_ == -1) open();
      if (size_ >= how_.max_size) rotate();
      auto const fits = static_cast<std::size_t>(std::min<std::uint64_t>(text.size(), how_.max_size - size_));
      auto const written = ::write(descriptor_, text.data(), fits);
      if (written < 0 && errno == EINTR) continue;
      if (written < 0) fail();
      size_ += static_cast<std::uint64_t>(written);
      text.remove_prefix(static_cast<std::size_t>(written));
    }
  }

  /// Somebody may have renamed it: the next write opens it again.
  void close() {
    if (descriptor_ != -1) ::close(std::exchange(descriptor_, -1));
  }

 private:
  [[noreturn]] void fail() const { throw std::system_error(errno, std::generic_category(), path_.string()); }

  void open() {
    descriptor_ = ::open(path_.c_str(), O_WRONLY | O_APPEND | O_CREAT | O_CLOEXEC, 0600);
    struct stat status {};
    if (descriptor_ == -1 || ::fstat(descriptor_, &status) != 0) fail();
    size_ = static_cast<std::uint64_t>(status.st_size);
  }

  [[nodiscard]] std::filesystem::path backup(unsigned number) const {
    if (number == 0) return path_;
    return path_.string() + "." + std::to_string(number);
  }

  void rotate() {
    close();
    if (how_.backups == 0) std::filesystem::remove(path_);
    for (auto number = how_.backups; number != 0; --number)
      if (std::filesystem::exists(backup(number - 1))) std::filesystem::rename(backup(number - 1), backup(number));
    open();
  }

  std::filesystem::path path_;
  rotation how_;
  int descriptor_ = -1;
  std::uint64_t size_ = 0;
};

}  // namespace console_logger

#endif
