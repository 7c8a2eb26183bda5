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
class bounded_queue : public std::enable_shared_from_this<bounded_queue> {
 public:
  explicit bounded_queue(std::size_t limit) : limit_(limit) {}

  void submit(std::shared_ptr<task> work);

  /// Takes back a task that has not been started; false if it has.
  bool withdraw(task const* work);

  /// Whether a task is running or waiting.
  [[nodiscard]] bool busy() const;

  /// Keeps the tasks of an idle queue waiting while it lives.
  class claim {
   public:
    /// Empty if the queue is not idle.
    explicit claim(bounded_queue& claimed);
    ~claim();
    claim(claim const&) = delete;
    claim& operator=(claim const&) = delete;

    explicit operator bool() const { return claimed_ != nullptr; }

   private:
    bounded_queue* claimed_;
  };

 private:
  /// What a worker thread does for the queue: one task after another until none waits.
  class runner final : public task {
   public:
    explicit runner(bounded_queue& owner) : owner_(owner) {}
    void run() noexcept override;

   private:
    bounded_queue& owner_;
  };

  void start_runner();
  [[nodiscard]] std::shared_ptr<task> next();
  [[nodiscard]] bool begin_claim();
  void end_claim();

  std::size_t const limit_;
  // Has no state: every worker thread of the queue runs the same.
  runner runner_{*this};
  mutable std::mutex mutex_;
  std::deque<std::shared_ptr<task>> waiting_;
  std::size_t running_ = 0;
};

}  // namespace libvirt_asio::detail

#endif
