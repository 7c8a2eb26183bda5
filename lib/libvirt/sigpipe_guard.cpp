// Copyright (c) 2026 The libvirt-asio authors
// Distributed under the Boost Software License, Version 1.0.

#include <libvirt-asio/detail/sigpipe_guard.hpp>

#include <ctime>

namespace libvirt_asio::detail {

namespace {
sigset_t only_sigpipe() noexcept {
  sigset_t set;
  sigemptyset(&set);
  sigaddset(&set, SIGPIPE);
  return set;
}
}  // namespace

sigpipe_guard::sigpipe_guard() noexcept : former_() {
  auto const sigpipe = only_sigpipe();
  pthread_sigmask(SIG_BLOCK, &sigpipe, &former_);
}

sigpipe_guard::~sigpipe_guard() {
  if (sigismember(&former_, SIGPIPE) == 1) return;
  auto const sigpipe = only_sigpipe();
  constexpr timespec at_once{0, 0};
  sigtimedwait(&sigpipe, nullptr, &at_once);
  pthread_sigmask(SIG_SETMASK, &former_, nullptr);
}

void block_signals() noexcept {
  sigset_t all;
  sigfillset(&all);
  pthread_sigmask(SIG_BLOCK, &all, nullptr);
}

}  // namespace libvirt_asio::detail
