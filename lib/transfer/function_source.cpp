// Copyright (c) 2026 The libvirt-asio authors
// Distributed under the Boost Software License, Version 1.0.

#include "transfer/function_source.hpp"

#include <algorithm>

namespace libvirt_asio::detail {
namespace {

class function_reader final : public piece_reader {
 public:
  function_reader(transfer_source& source, std::uint64_t volume_offset, bool may_end)
      : source_(source), volume_offset_(volume_offset), may_end_(may_end) {}

  // As much as there is room for: the function may give little at a time.
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
    co_return next;
  }

 private:
  transfer_source& source_;
  std::uint64_t const volume_offset_;
  bool const may_end_;
  bool has_ended_ = false;
};

}  // namespace

asio::awaitable<source_facts> function_source::look(byte_range) {
  co_return source_facts{};
}

asio::awaitable<std::unique_ptr<piece_reader>> function_source::read_range(upload_plan const& plan, std::size_t,
                                                                           byte_range) {
  co_return std::make_unique<function_reader>(*source_, plan.whole.offset, plan.is_open_ended);
}

}  // namespace libvirt_asio::detail
