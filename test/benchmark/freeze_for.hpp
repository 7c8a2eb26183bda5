// Copyright (c) 2026 The libvirt-asio authors
// Distributed under the Boost Software License, Version 1.0.

#ifndef LIBVIRT_ASIO_TEST_BENCHMARK_FREEZE_FOR_HPP
#define LIBVIRT_ASIO_TEST_BENCHMARK_FREEZE_FOR_HPP

#include "support/frozen_daemon.hpp"

#include <boost/asio/io_context.hpp>
#include <boost/asio/steady_timer.hpp>

#include <chrono>

namespace benchmark {

/// Freezes a daemon and returns when it runs again.
inline void freeze_for(test_support::private_libvirtd& daemon, std::chrono::milliseconds time) {
  test_support::frozen_daemon const frozen(daemon);
  boost::asio::io_context context(1);
  boost::asio::steady_timer timer(context, time);
  timer.wait();
}

}  // namespace benchmark

#endif
