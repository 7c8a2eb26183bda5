// Copyright (c) 2026 The libvirt-asio authors
// Distributed under the Boost Software License, Version 1.0.

#include "libvirt/blocking.hpp"

#include "event_loop/current_event_loop.hpp"

#include <cstdio>
#include <cstdlib>
#include <utility>

namespace libvirt_asio::detail {
namespace {

thread_local bool quiet = false;
thread_local bool cannot_block = false;

void print_unless_quiet(void*, virErrorPtr error) {
  if (quiet)
    record_error(error);
  else
    virDefaultErrorFunc(error);
}

// libvirt prints the errors of calls without a connection through one function of the whole process.
void take_over_printing() noexcept {
  [[maybe_unused]] static bool const taken_over = (virSetErrorFunc(nullptr, &print_unless_quiet), true);
}

}  // namespace

void quiet_thread() noexcept {
  take_over_printing();
  quiet = true;
}

quiet_calls::quiet_calls() noexcept : was_quiet_(std::exchange(quiet, true)) {
  take_over_printing();
}

quiet_calls::~quiet_calls() {
  quiet = was_quiet_;
}

calls_that_cannot_block::calls_that_cannot_block() noexcept {
  cannot_block = true;
}

calls_that_cannot_block::~calls_that_cannot_block() {
  cannot_block = false;
}

bool calls_that_cannot_block::made_here() noexcept {
  return cannot_block;
}

void expect_may_block([[maybe_unused]] char const* function) noexcept {
#ifdef LIBVIRT_ASIO_BLOCKING_CHECKS
  auto const loop = current_event_loop();
  if (!loop || !loop->runs_in_this_thread()) return;
  std::fprintf(stderr, "libvirt-asio: blocking call on a thread that runs the event loop: %s\n", function);
  std::abort();
#endif
}

}  // namespace libvirt_asio::detail
