// Copyright (c) 2026 The libvirt-asio authors
// Distributed under the Boost Software License, Version 1.0.

#include "stream/resumption.hpp"

#include <utility>

namespace libvirt_asio::detail {

bool resumption::follow(io_result const& result) {
  if (!opener_) return false;
  position_ += result.bytes;
  bool const part_ended = result.status == io_status::end && part_.length != 0 &&
                          position_ == part_.position + part_.length;
  return part_ended && !opener_->ends_at(position_);
}

void resumption::suspended() {
  is_slow_ = std::exchange(was_suspended_, true);
}

stream_part resumption::next_part(std::size_t window_limit) {
  part_ = {position_, is_slow_ ? window_limit / 2 : 0};
  return part_;
}

}  // namespace libvirt_asio::detail
