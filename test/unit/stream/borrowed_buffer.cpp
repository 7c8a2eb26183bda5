// Copyright (c) 2026 The libvirt-asio authors
// Distributed under the Boost Software License, Version 1.0.

#include "stream/borrowed_buffer.hpp"

#include "unit/support/socket_pair.hpp"

#include <boost/test/unit_test.hpp>

#include <sys/socket.h>
#include <sys/time.h>

#include <atomic>
#include <memory>
#include <thread>

namespace {

using libvirt_asio::detail::borrowed_buffer;
using libvirt_asio::detail::socket_shutdown;

/// Nothing ever comes: only a shutdown ends this in time.
void wait_for_end_of(unit::socket_pair const& sockets) {
  timeval const patience{.tv_sec = 20, .tv_usec = 0};
  ::setsockopt(sockets.fd(), SOL_SOCKET, SO_RCVTIMEO, &patience, sizeof patience);
  char byte = 0;
  BOOST_TEST(::recv(sockets.fd(), &byte, 1, 0) == 0);
}

struct borrowed_buffer_fixture {
  /// Whether the socket has not been shut down.
  [[nodiscard]] bool is_usable() const {
    char byte = 0;
    return ::send(sockets.peer(), "x", 1, MSG_NOSIGNAL) == 1 && ::recv(sockets.fd(), &byte, 1, 0) == 1;
  }

  unit::socket_pair sockets;
  std::shared_ptr<socket_shutdown> socket = std::make_shared<socket_shutdown>(sockets.fd());
  borrowed_buffer buffer;
};

}  // namespace

BOOST_FIXTURE_TEST_SUITE(borrowed_buffer_test, borrowed_buffer_fixture)

BOOST_AUTO_TEST_CASE(one_that_was_never_borrowed_is_taken_back_at_once) {
  buffer.take_back();
  BOOST_TEST(is_usable());
}

BOOST_AUTO_TEST_CASE(one_that_was_given_back_leaves_the_socket_alone) {
  buffer.borrow(socket);
  buffer.give_back();
  buffer.take_back();
  BOOST_TEST(is_usable());
}

BOOST_AUTO_TEST_CASE(taking_it_back_ends_the_call_that_uses_it_and_waits_for_that) {
  std::atomic<bool> uses_it{true};
  buffer.borrow(socket);
  std::jthread const worker([&] {
    wait_for_end_of(sockets);
    uses_it = false;
    buffer.give_back();
  });
  buffer.take_back();
  BOOST_TEST(!uses_it);
}

BOOST_AUTO_TEST_CASE(the_call_of_the_last_one_to_borrow_it_is_ended) {
  unit::socket_pair const other_sockets;
  buffer.borrow(socket);
  buffer.give_back();
  buffer.borrow(std::make_shared<socket_shutdown>(other_sockets.fd()));
  std::jthread const worker([&] {
    wait_for_end_of(other_sockets);
    buffer.give_back();
  });
  buffer.take_back();
  BOOST_TEST(is_usable());
}

BOOST_AUTO_TEST_SUITE_END()
