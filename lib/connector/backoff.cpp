// Copyright (c) 2026 The libvirt-asio authors
// Distributed under the Boost Software License, Version 1.0.

#include "connector/backoff.hpp"

#include <algorithm>

namespace libvirt_asio::detail {

backoff::backoff(duration shortest, duration longest) : shortest_(shortest), longest_(std::max(shortest, longest)) {}

void backoff::failed() {
  // Not twice the time, which could be more than a duration can be.
  delay_ = delay_ > longest_ / 2 ? longest_ : std::max(shortest_, delay_ * 2);
}

// A daemon that takes connections and drops them at once must not be asked all the time.
void backoff::ended_after(duration lifetime) {
  if (lifetime < longest_)
    failed();
  else
    delay_ = duration(0);
}

backoff::duration backoff::delay(double random) const {
  auto const half = delay_ / 2;
  // Rounding may make more of it.
  return delay_ - half + std::min(half, std::chrono::duration_cast<duration>(half * random));
}

}  // namespace libvirt_asio::detail
