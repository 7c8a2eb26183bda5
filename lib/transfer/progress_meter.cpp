// Copyright (c) 2026 The libvirt-asio authors
// Distributed under the Boost Software License, Version 1.0.

#include "transfer/progress_meter.hpp"

namespace libvirt_asio::detail {

namespace {
constexpr auto pause = std::chrono::milliseconds(100);
}

void progress_meter::add(std::uint64_t data, std::uint64_t holes) {
  data_ += data;
  holes_ += holes;
  auto const now = clock::now();
  if (now - last_told_ >= pause) tell(now);
}

void progress_meter::tell(clock::time_point now) {
  last_told_ = now;
  if (!told_) return;
  auto const done = static_cast<double>(data_ + holes_);
  std::chrono::duration<double> const elapsed = now - started_;
  transfer_progress progress{.data = data_ + done_before_, .holes = holes_, .total = total_};
  if (done > 0 && elapsed.count() > 0) {
    progress.rate = done / elapsed.count();
    progress.time_left =
        std::chrono::duration<double>(static_cast<double>(total_ - done_before_ - data_ - holes_) / progress.rate);
  }
  told_(progress);
}

transfer_result progress_meter::result(unsigned streams) const {
  return {.data = data_, .holes = holes_, .streams = streams, .duration = clock::now() - started_};
}

}  // namespace libvirt_asio::detail
