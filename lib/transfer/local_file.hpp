// Copyright (c) 2026 The libvirt-asio authors
// Distributed under the Boost Software License, Version 1.0.

#ifndef LIBVIRT_ASIO_TRANSFER_LOCAL_FILE_HPP
#define LIBVIRT_ASIO_TRANSFER_LOCAL_FILE_HPP

#include <libvirt-asio/stream.hpp>

#include <cstddef>
#include <cstdint>
#include <filesystem>
#include <span>

namespace libvirt_asio::detail {

/// A file of this machine. Every function blocks, and throws a `system_error` when it fails.
class local_file {
 public:
  /// Opens a regular file or a block device for reading.
  static local_file open(std::filesystem::path const& path);
  /// Opens a regular file for reading and writing, and creates it if it does not exist.
  static local_file open_or_create(std::filesystem::path const& path);

  local_file(local_file&& other) noexcept;
  local_file& operator=(local_file&& other) noexcept;
  ~local_file();

  [[nodiscard]] std::uint64_t length() const;
  void set_length(std::uint64_t length) const;

  /// Reads until the buffer is full or the file ends.
  [[nodiscard]] std::size_t read_at(std::uint64_t offset, std::span<std::byte> buffer) const;
  void write_at(std::uint64_t offset, std::span<std::byte const> data) const;

  /// Whether there is data or a hole at `offset`, and how far it goes, up to `end` at most.
  [[nodiscard]] section section_at(std::uint64_t offset, std::uint64_t end) const;

 private:
  explicit local_file(int descriptor) : descriptor_(descriptor) {}

  int descriptor_;
};

}  // namespace libvirt_asio::detail

#endif
