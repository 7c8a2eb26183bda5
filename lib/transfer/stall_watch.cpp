// Copyright (c) 2026 The libvirt-asio authors
// Distributed under the Boost Software License, Version 1.0.

#include "transfer/stall_watch.hpp"

namespace libvirt_asio::detail {

void stall_watch::begin() {
  if (waiting_++ == 0) ticks_ = 0;
}

void stall_watch::end() {
  --waiting_;
  ticks_ = 0;
}

// The first tick may come right after the beginning.
bool stall_watch::tick() {
  return waiting_ != 0 && ++ticks_ > ticks_in_timeout;
}

}  // namespace libvirt_asio::detail
