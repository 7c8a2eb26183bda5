// Copyright (c) 2026 The libvirt-asio authors
// Distributed under the Boost Software License, Version 1.0.

#ifndef LIBVIRT_ASIO_TRANSFER_VOLUME_READER_HPP
#define LIBVIRT_ASIO_TRANSFER_VOLUME_READER_HPP

#include "transfer/piece_reader.hpp"
#include "transfer/volume_transfer.hpp"

#include <libvirt-asio/open.hpp>
#include <libvirt-asio/stream.hpp>

#include <cstddef>
#include <cstdint>

namespace libvirt_asio::detail {

/// Reads a range of a volume.
class volume_reader final : public piece_reader {
 public:
  /// The range, which is not empty, is read on the connection for its number.
  volume_reader(volume_transfer& owner, volume_side const& side, std::size_t number, byte_range range, bool sparse);

  asio::awaitable<void> open();

  /// As much data as the buffer has room for, or what comes before a hole, and that. Throws if the volume ends before
  /// the range does.
  asio::awaitable<piece> read(std::uint64_t offset, std::uint64_t end, piece_buffer buffer) override;
  asio::awaitable<void> finish() override { return owner_.finish(source_); }

 private:
  volume_transfer& owner_;
  volume_end const& from_;
  byte_range const range_;
  bool const sparse_;
  stream source_;
};

}  // namespace libvirt_asio::detail

#endif
