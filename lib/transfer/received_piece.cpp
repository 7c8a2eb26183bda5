// Copyright (c) 2026 The libvirt-asio authors
// Distributed under the Boost Software License, Version 1.0.

#include "transfer/received_piece.hpp"

namespace libvirt_asio::detail {

asio::awaitable<piece> receive_piece(volume_transfer& by, stream& source, std::uint64_t offset, piece_buffer buffer,
                                     bool sparse) {
  piece received{.offset = offset, .buffer = std::move(buffer)};
  while (received.room().size() != 0 && received.hole == 0) {
    auto const step = by.wait_for_libvirt();
    auto const next = co_await next_section(source, received.room(), sparse);
    if (next.length == 0) break;
    if (next.hole)
      received.hole = next.length;
    else
      received.size += static_cast<std::size_t>(next.length);
  }
  co_return received;
}

}  // namespace libvirt_asio::detail
