// Copyright (c) 2026 The libvirt-asio authors
// Distributed under the Boost Software License, Version 1.0.

#ifndef LIBVIRT_ASIO_TEST_UNIT_CONTEXTS_HPP
#define LIBVIRT_ASIO_TEST_UNIT_CONTEXTS_HPP

#include "counter.hpp"

#include <boost/asio/executor_work_guard.hpp>
#include <boost/asio/io_context.hpp>
#include <boost/asio/thread_pool.hpp>
#include <boost/mp11/list.hpp>

#include <chrono>
#include <thread>
#include <vector>

namespace unit {

namespace asio = boost::asio;

/// An io_context that runs only while the test waits for something.
class single_threaded {
 public:
  [[nodiscard]] asio::io_context& context() { return context_; }

  void wait_for(counter const& counted, int count) {
    while (counted.count() < count) {
      // Bounded, as what is counted may happen on another thread.
      context_.run_one_for(std::chrono::milliseconds(5));
    }
  }

  void stop() {}

 private:
  asio::io_context context_{1};
  asio::executor_work_guard<asio::io_context::executor_type> work_{context_.get_executor()};
};

/// An io_context run by four threads.
class multi_threaded {
 public:
  multi_threaded() {
    for (int i = 0; i != 4; ++i) threads_.emplace_back([this] { context_.run(); });
  }
  ~multi_threaded() { stop(); }

  [[nodiscard]] asio::io_context& context() { return context_; }

  void wait_for(counter const& counted, int count) { counted.wait_for(count); }

  void stop() {
    context_.stop();
    threads_.clear();
  }

 private:
  asio::io_context context_;
  asio::executor_work_guard<asio::io_context::executor_type> work_{context_.get_executor()};
  std::vector<std::jthread> threads_;
};

class pooled {
 public:
  [[nodiscard]] asio::thread_pool& context() { return context_; }

  void wait_for(counter const& counted, int count) { counted.wait_for(count); }

  void stop() {
    context_.stop();
    context_.join();
  }

 private:
  asio::thread_pool context_{4};
};

/// What every test of the event loop runs on.
using contexts = boost::mp11::mp_list<single_threaded, multi_threaded, pooled>;

}  // namespace unit

#endif
