// Copyright (c) 2026 The libvirt-asio authors
// Distributed under the Boost Software License, Version 1.0.

#ifndef LIBVIRT_ASIO_TRANSFER_FILE_SOURCE_HPP
#define LIBVIRT_ASIO_TRANSFER_FILE_SOURCE_HPP

#include "transfer/local_file.hpp"
#include "transfer/upload_source.hpp"

#include <filesystem>
#include <memory>
#include <utility>

namespace libvirt_asio::detail {

/// A file.
class file_source final : public upload_source {
 public:
  file_source(volume_transfer& owner, std::filesystem::path path) : owner_(owner), path_(std::move(path)) {}

  asio::awaitable<source_facts> look(byte_range wanted) override;
  asio::awaitable<std::unique_ptr<piece_reader>> read_range(upload_plan const& plan, std::size_t number,
                                                            byte_range range) override;

 private:
  volume_transfer& owner_;
  std::filesystem::path const path_;
  std::shared_ptr<local_file> file_;
};

}  // namespace libvirt_asio::detail

#endif
