// Copyright (c) 2026 The libvirt-asio authors
// Distributed under the Boost Software License, Version 1.0.

#ifndef LIBVIRT_ASIO_TEST_UNIT_COUNTER_HPP
#define LIBVIRT_ASIO_TEST_UNIT_COUNTER_HPP

#include <condition_variable>
#include <mutex>
#include <vector>

namespace unit {

/// Counts what happens on any thread, for others to wait for.
class counter {
 public:
  void operator++() {
    std::lock_guard const lock(mutex_);
    ++count_;
    changed_.notify_all();
  }

  [[nodiscard]] int count() const {
    std::lock_guard const lock(mutex_);
    return count_;
  }

  void wait_for(int count) const {
    std::unique_lock lock(mutex_);
    changed_.wait(lock, [&] { return count_ >= count; });
  }

 private:
  mutable std::mutex mutex_;
  mutable std::condition_variable changed_;
  int count_ = 0;
};

/// Holds threads up until it is opened.
class gate {
 public:
  void open() { ++opened_; }
  void pass() const { opened_.wait_for(1); }
  [[nodiscard]] bool is_open() const { return opened_.count() != 0; }

 private:
  counter opened_;
};

/// What happened on any thread, in order.
template <class Value>
class journal {
 public:
  void note(Value value) {
    std::lock_guard const lock(mutex_);
    values_.push_back(value);
  }

  [[nodiscard]] std::vector<Value> values() const {
    std::lock_guard const lock(mutex_);
    return values_;
  }

 private:
  mutable std::mutex mutex_;
  std::vector<Value> values_;
};

}  // namespace unit

#endif
