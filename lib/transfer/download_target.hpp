// Copyright (c) 2026 The libvirt-asio authors
// Distributed under the Boost Software License, Version 1.0.

#ifndef LIBVIRT_ASIO_TRANSFER_DOWNLOAD_TARGET_HPP
#define LIBVIRT_ASIO_TRANSFER_DOWNLOAD_TARGET_HPP

#include "transfer/piece.hpp"
#include "transfer/volume_transfer.hpp"

#include <libvirt-asio/open.hpp>

#include <boost/asio/awaitable.hpp>

#include <cstddef>
#include <memory>
#include <vector>

namespace libvirt_asio::detail {

/// Where the data of a download goes. Its functions run on the transfer's strand.
class download_target {
 public:
  virtual ~download_target() = default;

  /// How much it is given at a time. Each stream has two such pieces: one is filled while the other is stored.
  [[nodiscard]] virtual std::size_t piece_size() const = 0;
  /// Gets ready for a part of the volume; returns what is to be moved, range by range.
  virtual asio::awaitable<std::vector<byte_range>> open(byte_range whole) = 0;
  virtual asio::awaitable<void> store(std::size_t range, piece const& stored) = 0;
  /// Everything has been stored.
  virtual asio::awaitable<void> complete() { co_return; }
  /// The transfer has failed.
  virtual asio::awaitable<void> discard() { co_return; }
};

}  // namespace libvirt_asio::detail

#endif
