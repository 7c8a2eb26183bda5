// Copyright (c) 2026 The libvirt-asio authors
// Distributed under the Boost Software License, Version 1.0.

#ifndef LIBVIRT_ASIO_EXAMPLES_FILE_TRANSFER_HPP
#define LIBVIRT_ASIO_EXAMPLES_FILE_TRANSFER_HPP

#include "local_file.hpp"
#include "progress_bar.hpp"

#include <libvirt-asio/stream.hpp>

#include <boost/asio/as_tuple.hpp>
#include <boost/asio/awaitable.hpp>
#include <boost/asio/write.hpp>

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <span>
#include <vector>

namespace example {

inline constexpr std::size_t chunk_size = std::size_t{1} << 20;

/// Writes `length` bytes of a file, or what it has, to a stream that was opened for an upload.
inline boost::asio::awaitable<void> send_file(source_file& source, std::uint64_t length,
                                              libvirt_asio::stream& stream, progress_bar& progress) {
  std::vector<std::byte> chunk(chunk_size);
  while (length != 0) {
    auto const wanted = static_cast<std::size_t>(std::min<std::uint64_t>(length, chunk.size()));
    auto const size = source.read(std::span(chunk).first(wanted));
    if (size == 0) break;
    co_await boost::asio::async_write(stream, boost::asio::buffer(chunk, size));
    progress.advance(size);
    length -= size;
  }
  co_await stream.async_finish();
}

/// Reads a stream that was opened for a download to its end, into a file.
inline boost::asio::awaitable<void> receive_file(libvirt_asio::stream& stream, target_file& target,
                                                 progress_bar& progress) {
  std::vector<std::byte> chunk(chunk_size);
  for (;;) {
    auto const [error, size] = co_await stream.async_read_some(boost::asio::buffer(chunk),
                                                               boost::asio::as_tuple(boost::asio::deferred));
    if (error == boost::asio::error::eof) break;
    if (error) throw libvirt_asio::system_error(error);
    target.write(std::span(chunk).first(size));
    progress.advance(size);
  }
  co_await stream.async_finish();
  target.complete();
}

}  // namespace example

#endif
