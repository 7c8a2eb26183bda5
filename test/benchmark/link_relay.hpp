// Copyright (c) 2026 The libvirt-asio authors
// Distributed under the Boost Software License, Version 1.0.

#ifndef LIBVIRT_ASIO_TEST_BENCHMARK_LINK_RELAY_HPP
#define LIBVIRT_ASIO_TEST_BENCHMARK_LINK_RELAY_HPP

#include <boost/asio/awaitable.hpp>
#include <boost/asio/io_context.hpp>
#include <boost/asio/ip/tcp.hpp>

#include <cstdint>
#include <thread>

namespace benchmark {

/// A long link to a TCP port of this machine: it delays what passes, and takes no more than a window's bytes of
/// a connection and direction until their receipt has come back. Runs on a thread of its own.
class link_relay {
 public:
  explicit link_relay(std::uint16_t target_port);
  ~link_relay();

  link_relay(link_relay const&) = delete;
  link_relay& operator=(link_relay const&) = delete;

  [[nodiscard]] std::uint16_t port() const { return acceptor_.local_endpoint().port(); }

 private:
  boost::asio::awaitable<void> accept();
  boost::asio::awaitable<void> serve(boost::asio::ip::tcp::socket client);

  boost::asio::io_context context_{1};
  boost::asio::ip::tcp::endpoint target_;
  boost::asio::ip::tcp::acceptor acceptor_;
  std::thread thread_;
};

}  // namespace benchmark

#endif
