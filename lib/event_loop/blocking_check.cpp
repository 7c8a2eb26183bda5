// Copyright (c) 2026 The libvirt-asio authors
// Distributed under the Boost Software License, Version 1.0.

#include "event_loop/blocking_check.hpp"

#ifdef LIBVIRT_ASIO_BLOCKING_CHECKS
#include "event_loop/current_event_loop.hpp"

#include <cstdio>
#include <cstdlib>
#endif

namespace libvirt_asio::detail {

void expect_may_block([[maybe_unused]] char const* function) noexcept {
#ifdef LIBVIRT_ASIO_BLOCKING_CHECKS
  auto const loop = current_event_loop();
  if (!loop || !loop->runs_in_this_thread()) return;
  std::fprintf(stderr, "libvirt-asio: blocking call on a thread that runs the event loop: %s\n", function);
  std::abort();
#endif
}

}  // namespace libvirt_asio::detail
