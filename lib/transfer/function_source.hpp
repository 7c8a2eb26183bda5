// Copyright (c) 2026 The libvirt-asio authors
// Distributed under the Boost Software License, Version 1.0.

#ifndef LIBVIRT_ASIO_TRANSFER_FUNCTION_SOURCE_HPP
#define LIBVIRT_ASIO_TRANSFER_FUNCTION_SOURCE_HPP

#include "transfer/upload_source.hpp"

#include <memory>

namespace libvirt_asio::detail {

/// A function of the user's, which tells by its end how long it is.
class function_source final : public upload_source {
 public:
  /// Zeros are looked for only if they may become holes.
  function_source(std::unique_ptr<transfer_source> source, bool may_have_holes)
      : source_(std::move(source)), may_have_holes_(may_have_holes) {}

  // Little, as in a function_target; and holes are found in pieces of this size.
  [[nodiscard]] std::size_t piece_size() const override { return send_buffer_size / 4; }
  asio::awaitable<source_facts> look(byte_range wanted) override;
  asio::awaitable<std::unique_ptr<piece_reader>> read_range(upload_plan const& plan, std::size_t number,
                                                            byte_range range) override;

 private:
  std::unique_ptr<transfer_source> const source_;
  bool const may_have_holes_;
};

}  // namespace libvirt_asio::detail

#endif
