// Copyright (c) 2026 The libvirt-asio authors
// Distributed under the Boost Software License, Version 1.0.

#ifndef LIBVIRT_ASIO_WORKER_WORKER_THREADS_HPP
#define LIBVIRT_ASIO_WORKER_WORKER_THREADS_HPP

#include <condition_variable>
#include <cstddef>
#include <deque>
#include <memory>
#include <mutex>
#include <vector>

namespace libvirt_asio::detail {

/// Something a worker thread does.
class task {
 public:
  virtual ~task() = default;
  virtual void run() noexcept = 0;
};

/// The threads that make libvirt's blocking calls, made on demand and let go after idling a while.
/**
 * They have no bound of their own: queues bound what a connection may use, so that a connection whose daemon
 * stands still cannot take the threads of another. They are detached, as a thread blocked inside libvirt can
 * not be woken up, and must not keep the process from exiting.
 */
class worker_threads {
 public:
  static worker_threads& instance();

  /// Throws `std::system_error` if the system has no thread left, and there is none here to wait for.
  void run(std::shared_ptr<task> work);

 private:
  worker_threads();

  struct worker {
    std::condition_variable wake;
    std::shared_ptr<task> work;
  };

  [[nodiscard]] std::shared_ptr<worker> give_to_idle(std::shared_ptr<task>&& work);
  void start_thread();
  void serve();
  [[nodiscard]] std::shared_ptr<task> wait_for_work(std::shared_ptr<worker> const& self);

  std::mutex mutex_;
  // The last one became idle last, and gets the next task: so few threads are kept, and little memory, as
  // each has an allocator's arena of its own for the packets that libvirt reads on it.
  std::vector<std::shared_ptr<worker>> idle_;
  std::size_t threads_ = 0;
  // For a thread that has just been started, or the next that is done with its task.
  std::deque<std::shared_ptr<task>> waiting_;
};

}  // namespace libvirt_asio::detail

#endif
