// Copyright (c) 2026 The libvirt-asio authors
// Distributed under the Boost Software License, Version 1.0.

#ifndef LIBVIRT_ASIO_TRANSFER_PART_FILE_HPP
#define LIBVIRT_ASIO_TRANSFER_PART_FILE_HPP

#include "transfer/local_file.hpp"

#include <libvirt-asio/open.hpp>

#include <cstddef>
#include <cstdint>
#include <filesystem>
#include <span>
#include <string_view>
#include <vector>

namespace libvirt_asio::detail {

/// The file beside a download's target that becomes the target when it is complete.
/**
 * Behind the data there is a trailer that records how far each range is. It is cut off at the end. So the download
 * can be continued after the process was killed, at any time. Every function blocks, and throws a `system_error`
 * when it fails.
 */
class part_file {
 public:
  /// Starts the file anew, for a download of `whole` in some ranges; offsets are those of the volume.
  static part_file create(std::filesystem::path const& target, std::string_view volume_key, byte_range whole,
                          std::vector<byte_range> const& ranges);

  /// Continues the file of an interrupted download of the same part of the same volume, in that download's ranges;
  /// starts it anew if there is none.
  static part_file resume(std::filesystem::path const& target, std::string_view volume_key, byte_range whole,
                          std::vector<byte_range> const& ranges);

  /// The rest of each range.
  [[nodiscard]] std::vector<byte_range> ranges_left() const;

  /// Writes data at an offset of the volume.
  void write_at(std::uint64_t offset, std::span<std::byte const> data) const;

  /// Records that a range is complete up to an offset of the volume.
  void record_progress(std::size_t range, std::uint64_t up_to);

  /// Cuts off the trailer, and renames the file to the target's name.
  void complete() const;

  /// Removes the file.
  void discard() const noexcept;

 private:
  part_file(std::filesystem::path target, std::string_view volume_key, byte_range whole,
            std::vector<byte_range> ranges);

  static std::filesystem::path name_for(std::filesystem::path const& target);
  void write_trailer() const;
  [[nodiscard]] bool read_trailer();

  std::filesystem::path target_;
  local_file file_;
  std::uint64_t volume_;
  byte_range whole_;
  std::vector<byte_range> ranges_;
  std::vector<std::uint64_t> progress_;
};

}  // namespace libvirt_asio::detail

#endif
