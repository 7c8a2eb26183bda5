// Copyright (c) 2026 The libvirt-asio authors
// Distributed under the Boost Software License, Version 1.0.

#include "transfer/function_source.hpp"

#include <algorithm>
#include <cstring>
#include <utility>

namespace libvirt_asio::detail {
namespace {

bool are_zeros(std::span<std::byte const> data) {
  return !data.empty() && data[0] == std::byte{} && std::memcmp(data.data(), data.data() + 1, data.size() - 1) == 0;
}

class function_reader final : public piece_reader {
 public:
  function_reader(transfer_source& source, upload_plan const& plan)
      : source_(source), volume_offset_(plan.whole.offset), may_end_(plan.is_open_ended), finds_holes_(plan.holes) {}

  // As much as there is room for: the function may give little at a time. Nothing but zeros is a hole.
  asio::awaitable<piece> read(std::uint64_t offset, std::uint64_t end, piece_buffer buffer) override {
    piece next{.offset = offset, .buffer = std::move(buffer)};
    while (!has_ended_ && next.end() != end && next.room().size() != 0) {
      auto const room = asio::buffer(next.room(), static_cast<std::size_t>(std::min<std::uint64_t>(
                                                      next.room().size(), end - next.end())));
      auto const size = co_await source_.read(next.end() - volume_offset_, room);
      next.size += checked_size(size, room.size());
      has_ended_ = size == 0;
    }
    if (has_ended_ && !may_end_) throw system_error(client_errc::source_too_short);
    if (finds_holes_ && are_zeros(next.data())) next.hole = std::exchange(next.size, 0);
    co_return next;
  }

 private:
  transfer_source& source_;
  std::uint64_t const volume_offset_;
  bool const may_end_;
  bool const finds_holes_;
  bool has_ended_ = false;
};

}  // namespace

asio::awaitable<source_facts> function_source::look(byte_range) {
  co_return source_facts{.length = {}, .has_holes = may_have_holes_};
}

asio::awaitable<std::unique_ptr<piece_reader>> function_source::read_range(upload_plan const& plan, std::size_t,
                                                                           byte_range) {
  co_return std::make_unique<function_reader>(*source_, plan);
}

}  // namespace libvirt_asio::detail
