// Copyright (c) 2026 The libvirt-asio authors
// Distributed under the Boost Software License, Version 1.0.

#ifndef LIBVIRT_ASIO_TRANSFER_SENT_TAIL_HPP
#define LIBVIRT_ASIO_TRANSFER_SENT_TAIL_HPP

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <span>
#include <vector>

namespace libvirt_asio::detail {

/// The last bytes that were sent, which are to be compared with what the volume has.
class sent_tail {
 public:
  static constexpr std::size_t longest = 65'536;

  void add(std::span<std::byte const> data) {
    auto const kept = data.last(std::min(data.size(), longest));
    make_room(kept.size());
    bytes_.insert(bytes_.end(), kept.begin(), kept.end());
  }

  void add_zeros(std::uint64_t count) {
    auto const kept = static_cast<std::size_t>(std::min<std::uint64_t>(count, longest));
    make_room(kept);
    bytes_.insert(bytes_.end(), kept, std::byte{});
  }

  [[nodiscard]] std::vector<std::byte> const& bytes() const { return bytes_; }

 private:
  void make_room(std::size_t size) {
    auto const all = bytes_.size() + size;
    if (all > longest) bytes_.erase(bytes_.begin(), bytes_.begin() + static_cast<std::ptrdiff_t>(all - longest));
  }

  std::vector<std::byte> bytes_;
};

}  // namespace libvirt_asio::detail

#endif
