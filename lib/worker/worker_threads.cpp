// Copyright (c) 2026 The libvirt-asio authors
// Distributed under the Boost Software License, Version 1.0.

#include "worker/worker_threads.hpp"

#include "worker/heap_warm_up.hpp"

#include <libvirt-asio/detail/libvirt_call.hpp>

#include <chrono>
#include <system_error>
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

// libvirt is busy on these threads.
worker_threads::worker_threads() {
  warm_up_heap();
}

void worker_threads::run(std::shared_ptr<task> work) {
  std::shared_ptr<worker> chosen;
  {
    std::lock_guard const lock(mutex_);
    if (!idle_.empty()) {
      chosen = give_to_idle(std::move(work));
    } else {
      waiting_.push_back(std::move(work));
      ++threads_;
    }
  }
  if (chosen)
    chosen->wake.notify_one();
  else
    start_thread();
}

// Under the mutex, as nothing is let go of.
std::shared_ptr<worker_threads::worker> worker_threads::give_to_idle(std::shared_ptr<task>&& work) {
  auto chosen = std::move(idle_.back());
  idle_.pop_back();
  chosen->work = std::move(work);
  return chosen;
}

// What waits is left to another thread if the system has none.
void worker_threads::start_thread() {
  try {
    std::thread([this] { serve(); }).detach();
  } catch (std::system_error const&) {
    std::shared_ptr<task> given_up;
    std::lock_guard const lock(mutex_);
    --threads_;
    if (waiting_.empty()) return;
    if (threads_ == 0) {
      given_up = std::move(waiting_.back());
      waiting_.pop_back();
      throw;
    }
    if (idle_.empty()) return;
    auto const chosen = give_to_idle(std::move(waiting_.front()));
    waiting_.pop_front();
    chosen->wake.notify_one();
  }
}

void worker_threads::serve() {
  block_signals();
  libvirt_call const every_call;
  auto const self = std::make_shared<worker>();
  while (auto const work = wait_for_work(self)) work->run();
}

std::shared_ptr<task> worker_threads::wait_for_work(std::shared_ptr<worker> const& self) {
  std::unique_lock lock(mutex_);
  if (!waiting_.empty()) {
    auto work = std::move(waiting_.front());
    waiting_.pop_front();
    return work;
  }
  idle_.push_back(self);
  self->wake.wait_for(lock, idle_time, [&] { return self->work != nullptr; });
  if (!self->work) {
    std::erase(idle_, self);
    --threads_;
  }
  return std::move(self->work);
}

}  // namespace libvirt_asio::detail
