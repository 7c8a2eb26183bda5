// Copyright (c) 2026 The libvirt-asio authors
// Distributed under the Boost Software License, Version 1.0.

#ifndef LIBVIRT_ASIO_TRANSFER_PIECE_HPP
#define LIBVIRT_ASIO_TRANSFER_PIECE_HPP

#include <boost/asio/buffer.hpp>

#include <cstddef>
#include <cstdint>
#include <memory>
#include <span>
#include <vector>

namespace libvirt_asio::detail {

namespace asio = boost::asio;

// Shared with the worker thread that reads or writes the file, which a cancelled transfer leaves behind.
using piece_buffer = std::shared_ptr<std::vector<std::byte>>;

[[nodiscard]] inline piece_buffer make_piece_buffer(std::size_t size) {
  return std::make_shared<std::vector<std::byte>>(size);
}

/// A part of a transfer: data, and a hole behind it; either may be empty.
struct piece {
  std::uint64_t offset = 0;
  std::size_t size = 0;
  std::uint64_t hole = 0;
  piece_buffer buffer{};

  [[nodiscard]] std::uint64_t length() const { return size + hole; }
  [[nodiscard]] std::uint64_t end() const { return offset + length(); }
  [[nodiscard]] std::span<std::byte const> data() const { return std::span(*buffer).first(size); }
  [[nodiscard]] asio::const_buffer buffered() const { return asio::buffer(*buffer, size); }
  /// What of the buffer has no data yet.
  [[nodiscard]] asio::mutable_buffer room() const { return asio::buffer(*buffer) + size; }
};

}  // namespace libvirt_asio::detail

#endif
