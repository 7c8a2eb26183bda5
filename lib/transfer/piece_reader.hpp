// Copyright (c) 2026 The libvirt-asio authors
// Distributed under the Boost Software License, Version 1.0.

#ifndef LIBVIRT_ASIO_TRANSFER_PIECE_READER_HPP
#define LIBVIRT_ASIO_TRANSFER_PIECE_READER_HPP

#include "transfer/piece.hpp"

#include <boost/asio/awaitable.hpp>

#include <cstdint>

namespace libvirt_asio::detail {

/// Reads a range of what is moved, on the transfer's strand. Offsets are the volume's.
class piece_reader {
 public:
  virtual ~piece_reader() = default;
  /// The next piece, up to `end` at most; it has no length if the range has come to its end.
  virtual asio::awaitable<piece> read(std::uint64_t offset, std::uint64_t end, piece_buffer buffer) = 0;
  /// The range has been read to its end.
  virtual asio::awaitable<void> finish() { co_return; }
};

}  // namespace libvirt_asio::detail

#endif
