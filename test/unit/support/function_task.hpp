// Copyright (c) 2026 The libvirt-asio authors
// Distributed under the Boost Software License, Version 1.0.

#ifndef LIBVIRT_ASIO_TEST_UNIT_FUNCTION_TASK_HPP
#define LIBVIRT_ASIO_TEST_UNIT_FUNCTION_TASK_HPP

#include "worker/worker_threads.hpp"

#include <functional>
#include <memory>
#include <utility>

namespace unit {

/// A task for worker threads that calls a function.
class function_task final : public libvirt_asio::detail::task {
 public:
  explicit function_task(std::function<void()> function) : function_(std::move(function)) {}
  void run() noexcept override { function_(); }

 private:
  std::function<void()> function_;
};

inline std::shared_ptr<function_task> make_task(std::function<void()> function) {
  return std::make_shared<function_task>(std::move(function));
}

}  // namespace unit

#endif
