// Copyright (c) 2026 The libvirt-asio authors
// Distributed under the Boost Software License, Version 1.0.

#include "worker/bounded_queue.hpp"

#include <algorithm>
#include <utility>

namespace libvirt_asio::detail {

/// Runs a lane's tasks one after another until none waits.
class lane::runner final : public task {
 public:
  explicit runner(std::shared_ptr<lane> owner) : owner_(std::move(owner)) {}

  void run() noexcept override {
    while (auto work = owner_->next()) work->run();
  }

 private:
  std::shared_ptr<lane> owner_;
};

void lane::submit(std::shared_ptr<task> work) {
  {
    std::lock_guard lock(mutex_);
    waiting_.push_back(std::move(work));
    if (running_ == limit_) return;
    ++running_;
  }
  worker_threads::instance().run(std::make_shared<runner>(shared_from_this()));
}

bool lane::withdraw(task const* work) {
  std::shared_ptr<task> withdrawn;
  std::lock_guard lock(mutex_);
  auto const position = std::find_if(waiting_.begin(), waiting_.end(),
                                     [&](auto const& waiting) { return waiting.get() == work; });
  if (position == waiting_.end()) return false;
  withdrawn = std::move(*position);
  waiting_.erase(position);
  return true;
}

bool lane::busy() const {
  std::lock_guard lock(mutex_);
  return running_ != 0;
}

lane::claim::claim(lane& claimed) : claimed_(claimed.begin_claim() ? &claimed : nullptr) {}

lane::claim::~claim() {
  if (claimed_ != nullptr) claimed_->end_claim();
}

bool lane::begin_claim() {
  std::lock_guard lock(mutex_);
  if (running_ != 0) return false;
  running_ = limit_;
  return true;
}

void lane::end_claim() {
  std::size_t runners = 0;
  {
    std::lock_guard lock(mutex_);
    runners = running_ = std::min(limit_, waiting_.size());
  }
  for (; runners != 0; --runners)
    worker_threads::instance().run(std::make_shared<runner>(shared_from_this()));
}

std::shared_ptr<task> lane::next() {
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
