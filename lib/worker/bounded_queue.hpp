// Copyright (c) 2026 The libvirt-asio authors
// Distributed under the Boost Software License, Version 1.0.

#ifndef LIBVIRT_ASIO_WORKER_BOUNDED_QUEUE_HPP
#define LIBVIRT_ASIO_WORKER_BOUNDED_QUEUE_HPP

#include "worker/worker_threads.hpp"

#include <cstddef>
#include <deque>
#include <memory>
#include <mutex>

namespace libvirt_asio::detail {

/// A queue of tasks of which a bounded number runs at once, each on a worker thread.
class lane : public std::enable_shared_from_this<lane> {
 public:
  explicit lane(std::size_t limit) : limit_(limit) {}

  void submit(std::shared_ptr<task> work);

  /// Takes back a task that has not been started; false if it has.
  bool withdraw(task const* work);

  /// Whether a task is running or waiting.
  [[nodiscard]] bool busy() const;

  /// Keeps the tasks of an idle lane waiting while it lives.
  class claim {
   public:
    /// Empty if the lane is not idle.
    explicit claim(lane& claimed);
    ~claim();
    claim(claim const&) = delete;
    claim& operator=(claim const&) = delete;

    explicit operator bool() const { return claimed_ != nullptr; }

   private:
    lane* claimed_;
  };

 private:
  class runner;

  std::shared_ptr<task> next();
  [[nodiscard]] bool begin_claim();
  void end_claim();

  std::size_t const limit_;
  mutable std::mutex mutex_;
  std::deque<std::shared_ptr<task>> waiting_;
  std::size_t running_ = 0;
};

}  // namespace libvirt_asio::detail

#endif
