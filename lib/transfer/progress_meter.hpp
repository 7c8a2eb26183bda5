// Copyright (c) 2026 The libvirt-asio authors
// Distributed under the Boost Software License, Version 1.0.

#ifndef LIBVIRT_ASIO_TRANSFER_PROGRESS_METER_HPP
#define LIBVIRT_ASIO_TRANSFER_PROGRESS_METER_HPP

#include <libvirt-asio/transfer.hpp>

#include <chrono>
#include <cstdint>
#include <functional>

namespace libvirt_asio::detail {

/// Counts what a transfer has moved, and tells the user now and then.
class progress_meter {
 public:
  progress_meter(std::uint64_t total, std::function<void(transfer_progress const&)> told)
      : total_(total), told_(std::move(told)) {}

  void add(std::uint64_t data, std::uint64_t holes);

  /// Tells once more, whatever the time.
  void finish() { tell(clock::now()); }

  /// What had been moved before, by a download that is resumed.
  void start_at(std::uint64_t done) { done_before_ = done; }

  [[nodiscard]] transfer_result result(unsigned streams) const;

 private:
  using clock = std::chrono::steady_clock;

  void tell(clock::time_point now);

  std::uint64_t const total_;
  std::function<void(transfer_progress const&)> const told_;
  clock::time_point const started_ = clock::now();
  clock::time_point last_told_ = started_;
  std::uint64_t done_before_ = 0;
  std::uint64_t data_ = 0;
  std::uint64_t holes_ = 0;
};

}  // namespace libvirt_asio::detail

#endif
