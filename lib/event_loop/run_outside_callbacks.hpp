// Copyright (c) 2026 The libvirt-asio authors
// Distributed under the Boost Software License, Version 1.0.

#ifndef LIBVIRT_ASIO_EVENT_LOOP_RUN_OUTSIDE_CALLBACKS_HPP
#define LIBVIRT_ASIO_EVENT_LOOP_RUN_OUTSIDE_CALLBACKS_HPP

#include "event_loop/current_event_loop.hpp"

#include <memory>
#include <utility>

namespace libvirt_asio::detail {

/// Has `function` run when no callback of libvirt's is under way: in a round of the event loop, or at once without one.
template <class Function>
void run_outside_callbacks(Function function) {
  auto const loop = current_event_loop();
  if (!loop) return function();
  loop->run_in_round({[](void* opaque) {
                        std::unique_ptr<Function> const owned(static_cast<Function*>(opaque));
                        (*owned)();
                      },
                      new Function(std::move(function))});
}

}  // namespace libvirt_asio::detail

#endif
