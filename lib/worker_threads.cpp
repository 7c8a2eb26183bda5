// Copyright (c) 2026 The libvirt-asio authors
// Distributed under the Boost Software License, Version 1.0.

#include "worker_threads.hpp"

#include "blocking.hpp"
#include <libvirt-asio/detail/sigpipe_guard.hpp>

#include <chrono>
#include <thread>
#include <utility>

namespace libvirt_asio::detail {

namespace {
constexpr auto idle_time = std::chrono::seconds(5);
}

// Never destroyed: detached threads may still use it while the process exits.
worker_threads& worker_threads::instance() {
  static auto& threads = *new worker_threads;
  return threads;
}

void worker_threads::run(std::shared_ptr<task> work) {
  std::unique_lock lock(mutex_);
  tasks_.push_back(std::move(work));
  if (idle_ >= tasks_.size()) {
    lock.unlock();
    wake_.notify_one();
  } else {
    lock.unlock();
    std::thread([this] { serve(); }).detach();
  }
}

void worker_threads::serve() {
  block_signals();
  quiet_thread();
  std::unique_lock lock(mutex_);
  for (;;) {
    while (!tasks_.empty()) {
      auto work = std::move(tasks_.front());
      tasks_.pop_front();
      lock.unlock();
      work->run();
      work.reset();
      lock.lock();
    }
    ++idle_;
    bool const woken = wake_.wait_for(lock, idle_time, [this] { return !tasks_.empty(); });
    --idle_;
    if (!woken) return;
  }
}

}  // namespace libvirt_asio::detail
