// Copyright (c) 2026 The libvirt-asio authors
// Distributed under the Boost Software License, Version 1.0.

#ifndef LIBVIRT_ASIO_TRANSFER_RECEIVED_PIECE_HPP
#define LIBVIRT_ASIO_TRANSFER_RECEIVED_PIECE_HPP

#include "transfer/piece.hpp"
#include "transfer/volume_transfer.hpp"

#include <libvirt-asio/stream.hpp>

#include <boost/asio/awaitable.hpp>

#include <cstdint>

namespace libvirt_asio::detail {

/// Receives the next piece of a volume: as much data as the buffer has room for, or what comes before a hole, and that.
/**
 * At the end of the stream it has no length.
 */
[[nodiscard]] asio::awaitable<piece> receive_piece(volume_transfer& by, stream& source, std::uint64_t offset,
                                                   piece_buffer buffer, bool sparse);

}  // namespace libvirt_asio::detail

#endif
