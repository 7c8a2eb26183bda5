// Copyright (c) 2026 The libvirt-asio authors
// Distributed under the Boost Software License, Version 1.0.

#ifndef LIBVIRT_ASIO_STREAM_RESUMPTION_HPP
#define LIBVIRT_ASIO_STREAM_RESUMPTION_HPP

#include "stream/stream_actions.hpp"

#include <libvirt-asio/detail/stream_opener.hpp>

#include <cstddef>
#include <cstdint>
#include <memory>

namespace libvirt_asio::detail {

/// How far a stream that can be suspended has been read, and how it goes on from there.
class resumption {
 public:
  [[nodiscard]] bool is_possible() const { return opener_ != nullptr; }
  [[nodiscard]] std::shared_ptr<stream_opener> const& opener() const { return opener_; }

  void prepare(std::shared_ptr<stream_opener> opener) { opener_ = std::move(opener); }

  /// Follows what was received. True if libvirt's stream has given all it was opened for, but not all there is.
  [[nodiscard]] bool follow(io_result const& result);

  void suspended();

  /// What the next stream of libvirt's is to give. One that was suspended again and again must not be sent more
  /// than its reader takes: it goes on by parts of half a receive window.
  [[nodiscard]] stream_part next_part(std::size_t window_limit);

 private:
  std::shared_ptr<stream_opener> opener_;
  std::uint64_t position_ = 0;
  stream_part part_;
  bool was_suspended_ = false;
  bool is_slow_ = false;
};

}  // namespace libvirt_asio::detail

#endif
