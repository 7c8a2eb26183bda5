// Copyright (c) 2026 The libvirt-asio authors
// Distributed under the Boost Software License, Version 1.0.

#ifndef LIBVIRT_ASIO_TRANSFER_FILE_TARGET_HPP
#define LIBVIRT_ASIO_TRANSFER_FILE_TARGET_HPP

#include "transfer/download_target.hpp"
#include "transfer/part_file.hpp"

#include <libvirt-asio/detail/whole_stream.hpp>

#include <cstddef>
#include <filesystem>
#include <memory>

namespace libvirt_asio::detail {

/// A file, which has its name only when it is complete.
class file_target final : public download_target {
 public:
  file_target(volume_transfer& owner, std::filesystem::path path) : owner_(owner), path_(std::move(path)) {}

  // This much keeps disk and network busy.
  [[nodiscard]] std::size_t piece_size() const override { return 2 * receive_buffer_size; }
  asio::awaitable<std::vector<byte_range>> open(byte_range whole) override;
  asio::awaitable<void> store(std::size_t range, piece const& stored) override;
  asio::awaitable<void> complete() override;
  asio::awaitable<void> discard() override;

 private:
  volume_transfer& owner_;
  std::filesystem::path const path_;
  std::shared_ptr<part_file> file_;
};

}  // namespace libvirt_asio::detail

#endif
