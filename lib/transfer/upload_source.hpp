// Copyright (c) 2026 The libvirt-asio authors
// Distributed under the Boost Software License, Version 1.0.

#ifndef LIBVIRT_ASIO_TRANSFER_UPLOAD_SOURCE_HPP
#define LIBVIRT_ASIO_TRANSFER_UPLOAD_SOURCE_HPP

#include "transfer/piece_reader.hpp"
#include "transfer/upload_plan.hpp"
#include "transfer/volume_transfer.hpp"

#include <boost/asio/awaitable.hpp>

#include <cstddef>
#include <cstdint>
#include <memory>

namespace libvirt_asio::detail {

/// Where the data of an upload comes from. Its functions run on the transfer's strand.
class upload_source {
 public:
  virtual ~upload_source() = default;

  /// How much is read, and written, at a time: one such piece is written while the next is read.
  [[nodiscard]] virtual std::size_t piece_size() const { return send_buffer_size; }
  /// `wanted` is the part of the volume that is to be written; a length of 0 means as much as there is.
  virtual asio::awaitable<source_facts> look(byte_range wanted) = 0;
  /// Gets ready to be read in so many ranges at once.
  virtual asio::awaitable<void> connect(std::size_t) { co_return; }
  virtual asio::awaitable<std::unique_ptr<piece_reader>> read_range(upload_plan const& plan, std::size_t number,
                                                                    byte_range range) = 0;
};

}  // namespace libvirt_asio::detail

#endif
