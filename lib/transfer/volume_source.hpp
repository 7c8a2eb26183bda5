// Copyright (c) 2026 The libvirt-asio authors
// Distributed under the Boost Software License, Version 1.0.

#ifndef LIBVIRT_ASIO_TRANSFER_VOLUME_SOURCE_HPP
#define LIBVIRT_ASIO_TRANSFER_VOLUME_SOURCE_HPP

#include "transfer/upload_source.hpp"

#include <memory>
#include <utility>

namespace libvirt_asio::detail {

/// Another volume, whose bytes go to the same offsets.
class volume_source final : public upload_source {
 public:
  volume_source(volume_transfer& owner, connection_ptr connection, storage_vol volume)
      : owner_(owner), side_(owner, std::move(connection), std::move(volume)) {}

  asio::awaitable<source_facts> look(byte_range wanted) override;
  asio::awaitable<void> connect(std::size_t ranges) override { return side_.connect(ranges); }
  asio::awaitable<std::unique_ptr<piece_reader>> read_range(upload_plan const& plan, std::size_t number,
                                                            byte_range range) override;

 private:
  volume_transfer& owner_;
  volume_side side_;
};

}  // namespace libvirt_asio::detail

#endif
