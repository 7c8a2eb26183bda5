// Copyright (c) 2026 The libvirt-asio authors
// Distributed under the Boost Software License, Version 1.0.

#include "transfer/progress_meter.hpp"

namespace libvirt_asio::detail {

namespace {
constexpr auto reporting_interval = std::chrono::milliseconds(100);
}

void progress_meter::add(std::uint64_t data, std::uint64_t holes, clock::time_point now) {
  data_ += data;
  holes_ += holes;
  if (now - last_report_ >= reporting_interval) report(now);
}

void progress_meter::finish(clock::time_point now) {
  if (!total_) total_ = data_ + holes_;
  report(now);
}

void progress_meter::report(clock::time_point now) {
  last_report_ = now;
  if (!progress_) return;
  auto const done = static_cast<double>(data_ + holes_);
  std::chrono::duration<double> const elapsed = now - started_;
  transfer_progress so_far{.data = data_ + done_before_, .holes = holes_, .total = total_.value_or(0)};
  if (done > 0 && elapsed.count() > 0) {
    so_far.rate = done / elapsed.count();
    auto const left = total_ ? static_cast<double>(*total_ - done_before_ - data_ - holes_) : 0;
    so_far.time_left = std::chrono::duration<double>(left / so_far.rate);
  }
  progress_(so_far);
}

transfer_result progress_meter::result(unsigned streams, clock::time_point now) const {
  return {.data = data_, .holes = holes_, .streams = streams, .duration = now - started_};
}

}  // namespace libvirt_asio::detail
