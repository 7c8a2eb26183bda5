// Copyright (c) 2026 The libvirt-asio authors
// Distributed under the Boost Software License, Version 1.0.

#ifndef LIBVIRT_ASIO_EXAMPLES_LOCAL_FILE_HPP
#define LIBVIRT_ASIO_EXAMPLES_LOCAL_FILE_HPP

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cerrno>
#include <cstddef>
#include <cstdint>
#include <cstdio>
#include <filesystem>
#include <span>
#include <stdexcept>
#include <string>
#include <system_error>
#include <utility>

namespace example {

[[noreturn]] inline void throw_file_error(std::filesystem::path const& file, int number = errno) {
  throw std::runtime_error(file.string() + ": " + std::generic_category().message(number));
}

/// A local file to read from.
class source_file {
 public:
  explicit source_file(std::filesystem::path path)
      : path_(std::move(path)), descriptor_(::open(path_.c_str(), O_RDONLY | O_CLOEXEC)) {
    if (descriptor_ == -1) throw_file_error(path_);
  }

  ~source_file() { ::close(descriptor_); }

  source_file(source_file const&) = delete;
  source_file& operator=(source_file const&) = delete;

  /// Also of a block device.
  [[nodiscard]] std::uint64_t size() const {
    auto const end = ::lseek(descriptor_, 0, SEEK_END);
    if (end == -1 || ::lseek(descriptor_, 0, SEEK_SET) == -1) throw_file_error(path_);
    return static_cast<std::uint64_t>(end);
  }

  /// Fills the buffer from the file; fewer bytes only at its end.
  std::size_t read(std::span<std::byte> buffer) {
    std::size_t filled = 0;
    while (filled < buffer.size()) {
      auto const count = ::read(descriptor_, buffer.data() + filled, buffer.size() - filled);
      if (count == -1 && errno == EINTR) continue;
      if (count == -1) throw_file_error(path_);
      if (count == 0) break;
      filled += static_cast<std::size_t>(count);
    }
    return filled;
  }

 private:
  std::filesystem::path path_;
  int descriptor_;
};

/// A local file to write to, which has its name only when it is complete. Until then it lies beside, and
/// vanishes with this object.
class target_file {
 public:
  explicit target_file(std::filesystem::path const& path)
      : path_(std::filesystem::weakly_canonical(path)), part_(path_.string() + ".XXXXXX") {
    // A device or a pipe must not be replaced by a file.
    if (std::filesystem::exists(path_) && !std::filesystem::is_regular_file(path_))
      throw std::runtime_error(path_.string() + ": not a regular file");
    descriptor_ = ::mkostemp(part_.data(), O_CLOEXEC);
    if (descriptor_ == -1) throw_file_error(path_);
  }

  ~target_file() {
    if (descriptor_ != -1) ::close(descriptor_);
    if (!complete_) ::unlink(part_.c_str());
  }

  target_file(target_file const&) = delete;
  target_file& operator=(target_file const&) = delete;

  void write(std::span<std::byte const> bytes) {
    while (!bytes.empty()) {
      auto const count = ::write(descriptor_, bytes.data(), bytes.size());
      if (count == -1 && errno == EINTR) continue;
      if (count == -1) throw_file_error(path_);
      bytes = bytes.subspan(static_cast<std::size_t>(count));
    }
  }

  /// Gives the file its name.
  void complete() {
    auto const mask = ::umask(0);
    ::umask(mask);
    if (::fchmod(descriptor_, 0666 & ~mask) == -1) throw_file_error(path_);
    if (::close(std::exchange(descriptor_, -1)) == -1) throw_file_error(path_);
    if (::rename(part_.c_str(), path_.c_str()) == -1) throw_file_error(path_);
    complete_ = true;
  }

 private:
  std::filesystem::path path_;
  std::string part_;
  int descriptor_ = -1;
  bool complete_ = false;
};

}  // namespace example

#endif
