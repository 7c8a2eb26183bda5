// Copyright (c) 2026 The libvirt-asio authors
// Distributed under the Boost Software License, Version 1.0.

#ifndef LIBVIRT_ASIO_TRANSFER_PROGRESS_METER_HPP
#define LIBVIRT_ASIO_TRANSFER_PROGRESS_METER_HPP

#include <libvirt-asio/transfer.hpp>

#include <chrono>
#include <cstdint>
#include <functional>
#include <optional>
#include <utility>

namespace libvirt_asio::detail {

/// Counts the bytes that a transfer has moved, and reports them to the user's function from time to time.
class progress_meter {
 public:
  using clock = std::chrono::steady_clock;

  /// `done_before` bytes of the total, which may not be known, were moved earlier, by the download that this one
  /// continues.
  progress_meter(std::optional<std::uint64_t> total, std::uint64_t done_before,
                 std::function<void(transfer_progress const&)> progress, clock::time_point now = clock::now())
      : total_(total), done_before_(done_before), progress_(std::move(progress)), started_(now) {}

  void add(std::uint64_t data, std::uint64_t holes, clock::time_point now = clock::now());

  /// Everything has been moved: reports once more, however short the last report is ago.
  void finish(clock::time_point now = clock::now());

  [[nodiscard]] transfer_result result(unsigned streams, clock::time_point now = clock::now()) const;

 private:
  void report(clock::time_point now);

  std::optional<std::uint64_t> total_;
  std::uint64_t const done_before_;
  std::function<void(transfer_progress const&)> const progress_;
  clock::time_point const started_;
  clock::time_point last_report_ = started_;
  std::uint64_t data_ = 0;
  std::uint64_t holes_ = 0;
};

}  // namespace libvirt_asio::detail

#endif
