// Copyright (c) 2026 The libvirt-asio authors
// Distributed under the Boost Software License, Version 1.0.

#include "worker/bounded_queue.hpp"

#include <algorithm>
#include <utility>

namespace libvirt_asio::detail {

void bounded_queue::runner::run() noexcept {
  while (auto work = owner_.next()) work->run();
}

void bounded_queue::start_runner() {
  worker_threads::instance().run(std::shared_ptr<task>(shared_from_this(), &runner_));
}

void bounded_queue::submit(std::shared_ptr<task> work) {
  {
    std::lock_guard lock(mutex_);
    waiting_.push_back(std::move(work));
    if (running_ == limit_) return;
    ++running_;
  }
  start_runner();
}

bool bounded_queue::withdraw(task const* work) {
  std::shared_ptr<task> withdrawn;
  std::lock_guard lock(mutex_);
  auto const position = std::find_if(waiting_.begin(), waiting_.end(),
                                     [&](auto const& waiting) { return waiting.get() == work; });
  if (position == waiting_.end()) return false;
  withdrawn = std::move(*position);
  waiting_.erase(position);
  return true;
}

bool bounded_queue::busy() const {
  std::lock_guard lock(mutex_);
  return running_ != 0;
}

bounded_queue::claim::claim(bounded_queue& claimed) : claimed_(claimed.begin_claim() ? &claimed : nullptr) {}

bounded_queue::claim::~claim() {
  if (claimed_ != nullptr) claimed_->end_claim();
}

bool bounded_queue::begin_claim() {
  std::lock_guard lock(mutex_);
  if (running_ != 0) return false;
  running_ = limit_;
  return true;
}

void bounded_queue::end_claim() {
  std::size_t runners = 0;
  {
    std::lock_guard lock(mutex_);
    runners = running_ = std::min(limit_, waiting_.size());
  }
  for (; runners != 0; --runners)
    start_runner();
}

std::shared_ptr<task> bounded_queue::next() {
  std::lock_guard lock(mutex_);
  if (waiting_.empty()) {
    --running_;
    return nullptr;
  }
  auto work = std::move(waiting_.front());
  waiting_.pop_front();
  return work;
}

}  // namespace libvirt_asio::detail
