// Copyright (c) 2026 The libvirt-asio authors
// Distributed under the Boost Software License, Version 1.0.

#ifndef LIBVIRT_ASIO_TEST_BENCHMARK_FROZEN_DAEMON_HPP
#define LIBVIRT_ASIO_TEST_BENCHMARK_FROZEN_DAEMON_HPP

#include "support/private_libvirtd.hpp"

#include <boost/asio/io_context.hpp>
#include <boost/asio/steady_timer.hpp>

#include <chrono>

namespace benchmark {

/// A daemon that does not answer, as long as this lives.
class frozen_daemon {
 public:
  explicit frozen_daemon(test_support::private_libvirtd& daemon) : daemon_(daemon) { daemon_.freeze(); }
  ~frozen_daemon() { daemon_.thaw(); }

  frozen_daemon(frozen_daemon const&) = delete;
  frozen_daemon& operator=(frozen_daemon const&) = delete;

 private:
  test_support::private_libvirtd& daemon_;
};

/// Freezes a daemon and returns when it runs again.
inline void freeze_for(test_support::private_libvirtd& daemon, std::chrono::milliseconds time) {
  frozen_daemon const frozen(daemon);
  boost::asio::io_context context(1);
  boost::asio::steady_timer timer(context, time);
  timer.wait();
}

}  // namespace benchmark

#endif
