// Copyright (c) 2026 The libvirt-asio authors
// Distributed under the Boost Software License, Version 1.0.

#ifndef LIBVIRT_ASIO_WORKER_THREADS_HPP
#define LIBVIRT_ASIO_WORKER_THREADS_HPP

#include <condition_variable>
#include <cstddef>
#include <deque>
#include <memory>
#include <mutex>

namespace libvirt_asio::detail {

/// Something a worker thread does.
class task {
 public:
  virtual ~task() = default;
  virtual void run() noexcept = 0;
};

/// The threads that make libvirt's blocking calls, made on demand and let go after idling a while.
/**
 * They have no bound of their own: lanes bound what a connection may use, so that a connection whose daemon
 * stands still cannot take the threads of another. They are detached, as a thread blocked inside libvirt can
 * not be woken up, and must not keep the process from exiting.
 */
class worker_threads {
 public:
  static worker_threads& instance();

  void run(std::shared_ptr<task> work);

 private:
  void serve();

  std::mutex mutex_;
  std::condition_variable wake_;
  std::deque<std::shared_ptr<task>> tasks_;
  std::size_t idle_ = 0;
};

}  // namespace libvirt_asio::detail

#endif
