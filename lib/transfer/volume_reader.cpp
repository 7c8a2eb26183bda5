// Copyright (c) 2026 The libvirt-asio authors
// Distributed under the Boost Software License, Version 1.0.

#include "transfer/volume_reader.hpp"

namespace libvirt_asio::detail {

volume_reader::volume_reader(volume_transfer& owner, volume_side const& side, std::size_t number, byte_range range,
                             bool sparse)
    : owner_(owner), from_(side.of_range(number)), range_(range), sparse_(sparse), source_(side.stream_on(from_)) {}

asio::awaitable<void> volume_reader::open() {
  auto const step = owner_.wait_for_libvirt();
  download_options const opened{.range = range_, .sparse = sparse_};
  co_await async_open_download(source_, from_.volume.get(), opened, asio::use_awaitable);
}

// To the end of the stream, not of the range: libvirt wants it to have been read.
asio::awaitable<piece> volume_reader::read(std::uint64_t offset, std::uint64_t end, piece_buffer buffer) {
  piece received{.offset = offset, .buffer = std::move(buffer)};
  while (received.room().size() != 0 && received.hole == 0) {
    auto const step = owner_.wait_for_libvirt();
    auto const next = co_await next_section(source_, received.room(), sparse_);
    if (next.length == 0) break;
    if (next.hole)
      received.hole = next.length;
    else
      received.size += static_cast<std::size_t>(next.length);
  }
  if (received.length() == 0 && offset != end) throw system_error(client_errc::source_too_short);
  co_return received;
}

}  // namespace libvirt_asio::detail
