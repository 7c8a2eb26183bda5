// Copyright (c) 2026 The libvirt-asio authors
// Distributed under the Boost Software License, Version 1.0.

#ifndef LIBVIRT_ASIO_TEST_BENCHMARK_VOLUME_STREAM_HPP
#define LIBVIRT_ASIO_TEST_BENCHMARK_VOLUME_STREAM_HPP

#include "asio_session.hpp"

#include <boost/asio/as_tuple.hpp>
#include <boost/asio/deferred.hpp>

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <span>
#include <vector>

namespace benchmark {

// What one packet carries, for both directions.
constexpr std::size_t packet_bytes = 262'120;

/// Reads some bytes; 0 at the end of the stream.
inline asio::awaitable<std::size_t> read_part(libvirt_asio::stream& stream, std::span<std::byte> buffer) {
  auto const [error, count] = co_await stream.async_read_some(asio::buffer(buffer.data(), buffer.size()),
                                                              asio::as_tuple(asio::deferred));
  if (error && error != asio::error::eof) throw libvirt_asio::system_error(error);
  co_return count;
}

/// Writes a packet over and over. Not by asio::async_write, which never writes more than 64 KiB at a time.
inline asio::awaitable<void> write_bytes(libvirt_asio::stream& stream, std::span<std::byte const> packet,
                                         std::uint64_t bytes) {
  while (bytes > 0) {
    auto const count = static_cast<std::size_t>(std::min<std::uint64_t>(bytes, packet.size()));
    bytes -= co_await stream.async_write_some(asio::buffer(packet.data(), count));
  }
}

}  // namespace benchmark

#endif
