// Copyright (c) 2026 The libvirt-asio authors
// Distributed under the Boost Software License, Version 1.0.

#ifndef LIBVIRT_ASIO_TEST_BENCHMARK_DEFAULT_EVENT_LOOP_HPP
#define LIBVIRT_ASIO_TEST_BENCHMARK_DEFAULT_EVENT_LOOP_HPP

#include "libvirt_handles.hpp"

#include <atomic>
#include <thread>

namespace benchmark {

/// libvirt's own event loop on a thread of its own, as programs run it. One for the life of a process.
class default_event_loop_thread {
 public:
  default_event_loop_thread() {
    checked(::virEventRegisterDefaultImpl(), "cannot register the event loop");
    thread_ = std::thread([this] {
      while (!stopping_) ::virEventRunDefaultImpl();
    });
  }

  ~default_event_loop_thread() {
    stopping_ = true;
    // Adding a timeout wakes the loop up.
    ::virEventAddTimeout(
        0, [](int, void*) {}, nullptr, nullptr);
    thread_.join();
  }

  default_event_loop_thread(default_event_loop_thread const&) = delete;
  default_event_loop_thread& operator=(default_event_loop_thread const&) = delete;

 private:
  std::atomic<bool> stopping_ = false;
  std::thread thread_;
};

}  // namespace benchmark

#endif
