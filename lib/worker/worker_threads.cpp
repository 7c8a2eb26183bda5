// Copyright (c) 2026 The libvirt-asio authors
// Distributed under the Boost Software License, Version 1.0.

#include "worker/worker_threads.hpp"

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

void worker_threads::run(std::shared_ptr<task> work) {
  std::shared_ptr<worker> chosen;
  {
    std::lock_guard const lock(mutex_);
    chosen = give_to_idle(work);
    if (!chosen) ++threads_;
  }
  if (chosen) return chosen->wake.notify_one();
  start_thread(work);
}

// Under the mutex.
std::shared_ptr<worker_threads::worker> worker_threads::give_to_idle(std::shared_ptr<task> const& work) {
  if (idle_.empty()) return nullptr;
  auto chosen = std::move(idle_.back());
  idle_.pop_back();
  chosen->work = work;
  return chosen;
}

void worker_threads::start_thread(std::shared_ptr<task> const& work) {
  try {
    std::thread([this, work]() mutable { serve(std::move(work)); }).detach();
  } catch (std::system_error const&) {
    std::lock_guard const lock(mutex_);
    if (--threads_ == 0) throw;
    if (auto const chosen = give_to_idle(work))
      chosen->wake.notify_one();
    else
      waiting_.push_back(work);
  }
}

void worker_threads::serve(std::shared_ptr<task> work) {
  block_signals();
  libvirt_call const every_call;
  auto const self = std::make_shared<worker>();
  while (work) {
    work->run();
    work.reset();
    work = wait_for_work(self);
  }
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
