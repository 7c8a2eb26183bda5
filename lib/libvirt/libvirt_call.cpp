// Copyright (c) 2026 The libvirt-asio authors
// Distributed under the Boost Software License, Version 1.0.

#include <libvirt-asio/detail/libvirt_call.hpp>

#include "libvirt/free_function.hpp"
#include "libvirt/last_error.hpp"
#include "libvirt/registration.hpp"
#include "libvirt/update_observers.hpp"

#include <utility>

namespace libvirt_asio::detail {
namespace {

// libvirt's event loop asks for it all the time: not by a call of its own.
[[gnu::tls_model("initial-exec")]] constinit thread_local libvirt_call* innermost = nullptr;

// Nobody can ask libvirt for the error function that the program has set: so the default is replaced once and
// for all while the library is loaded, before the program sets its own.
[[maybe_unused]] bool const default_replaced = (virSetErrorFunc(nullptr, &print_or_record), true);

}  // namespace

libvirt_call::libvirt_call(call_wishes wishes) : outer_(innermost), wishes_(wishes) {
  if (wishes.keeps_last_error) record_last_error();
  if (wishes.no_sigpipe) no_sigpipe_.emplace();
  innermost = this;
}

libvirt_call::~libvirt_call() {
  innermost = outer_;
}

template <class Wish>
libvirt_call const* libvirt_call::innermost_with(Wish call_wishes::*wish) noexcept {
  libvirt_call const* call = innermost;
  while (call != nullptr && !(call->wishes_.*wish)) call = call->outer_;
  return call;
}

bool libvirt_call::is_under_way() noexcept {
  return innermost != nullptr;
}

bool libvirt_call::is_known_not_to_block() noexcept {
  return innermost_with(&call_wishes::cannot_block) != nullptr;
}

bool libvirt_call::handle_added(int watch, int descriptor) noexcept {
  auto const* const call = innermost_with(&call_wishes::registers);
  if (call == nullptr || watch <= 0 || call->wishes_.registers->watch != 0) return true;
  call->wishes_.registers->descriptor = descriptor;
  call->wishes_.registers->watch = watch;
  // Whoever gives the call up says so before looking for the watch, so at least one of the two sees the
  // other.
  return !call->wishes_.registers->given_up;
}

void libvirt_call::handle_switched_off() noexcept {
  if (auto const* const call = innermost_with(&call_wishes::on_handle_switched_off))
    std::exchange(call->wishes_.on_handle_switched_off, nullptr)->handle_switched_off();
}

bool libvirt_call::has_asked_for_event_loop() noexcept {
  auto const* const call = innermost_with(&call_wishes::asks_for_event_loop);
  if (call == nullptr) return false;
  *call->wishes_.asks_for_event_loop = true;
  return true;
}

void libvirt_call::timeout_added(int timer) noexcept {
  auto const* const call = innermost_with(&call_wishes::registers);
  if (call == nullptr || timer <= 0 || call->wishes_.registers->timer != 0) return;
  call->wishes_.registers->timer = timer;
}

bool libvirt_call::timeout_refused(free_function const& freed) noexcept {
  auto const* const call = innermost_with(&call_wishes::takes_refused_timeout);
  if (call == nullptr) return false;
  *call->wishes_.takes_refused_timeout = freed;
  return true;
}

bool libvirt_call::timeout_updated(int interval) noexcept {
  auto const* const call = innermost_with(&call_wishes::on_timeout_update);
  if (call == nullptr) return false;
  call->wishes_.on_timeout_update->timeout_updated(interval);
  return true;
}

}  // namespace libvirt_asio::detail
