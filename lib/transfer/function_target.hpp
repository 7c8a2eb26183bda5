// Copyright (c) 2026 The libvirt-asio authors
// Distributed under the Boost Software License, Version 1.0.

#ifndef LIBVIRT_ASIO_TRANSFER_FUNCTION_TARGET_HPP
#define LIBVIRT_ASIO_TRANSFER_FUNCTION_TARGET_HPP

#include "transfer/download_target.hpp"

#include <libvirt-asio/detail/whole_stream.hpp>

#include <cstddef>
#include <memory>
#include <utility>

namespace libvirt_asio::detail {

/// A function of the user's. Holes are left out.
class function_target final : public download_target {
 public:
  function_target(volume_transfer& owner, std::unique_ptr<transfer_sink> sink)
      : owner_(owner), sink_(std::move(sink)) {}

  // Little: there may be many such functions, each of which waits for somebody.
  [[nodiscard]] std::size_t piece_size() const override { return receive_buffer_size / 2; }

  // One stream, if nobody asks for more: the function then gets everything in order.
  asio::awaitable<std::vector<byte_range>> open(byte_range whole) override { co_return owner_.cut(whole, 1); }

  asio::awaitable<void> store(std::size_t, piece const& stored) override {
    if (stored.size != 0) co_await sink_->write(stored.offset, stored.buffered());
  }

 private:
  volume_transfer& owner_;
  std::unique_ptr<transfer_sink> const sink_;
};

}  // namespace libvirt_asio::detail

#endif
