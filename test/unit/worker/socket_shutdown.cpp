// Copyright (c) 2026 The libvirt-asio authors
// Distributed under the Boost Software License, Version 1.0.

#include "worker/socket_shutdown.hpp"

#include "unit/support/no_more_descriptors.hpp"
#include "unit/support/socket_pair.hpp"

#include <boost/test/unit_test.hpp>

#include <boost/system/system_error.hpp>

#include <poll.h>

#include <memory>
#include <thread>

namespace {

using libvirt_asio::detail::socket_shutdown;

struct socket_shutdown_fixture {
  /// Whether the peer sees the end within so many milliseconds.
  [[nodiscard]] bool ends_within(int milliseconds) const {
    pollfd peer{sockets.peer(), POLLIN, 0};
    return ::poll(&peer, 1, milliseconds) == 1 && (peer.revents & POLLHUP) != 0;
  }

  unit::socket_pair sockets;
};

constexpr int at_once = 0;
constexpr int longer_than_the_patience = 10'000;

}  // namespace

BOOST_FIXTURE_TEST_SUITE(socket_shutdown_test, socket_shutdown_fixture)

BOOST_AUTO_TEST_CASE(the_socket_is_shut_down_at_once) {
  auto const socket = std::make_shared<socket_shutdown>(sockets.fd());
  BOOST_TEST(!ends_within(at_once));
  BOOST_TEST(!socket->is_expected());
  BOOST_TEST(!socket->has_happened());
  socket->now();
  BOOST_TEST(ends_within(at_once));
  BOOST_TEST(socket->is_expected());
  BOOST_TEST(socket->has_happened());
}

BOOST_AUTO_TEST_CASE(it_throws_if_there_is_no_descriptor_left) {
  unit::no_more_descriptors const none;
  BOOST_CHECK_THROW(socket_shutdown(sockets.fd()), boost::system::system_error);
}

BOOST_AUTO_TEST_CASE(a_connection_that_is_not_closed_is_shut_down_later) {
  auto const socket = std::make_shared<socket_shutdown>(sockets.fd());
  socket->later();
  BOOST_TEST(socket->is_expected());
  BOOST_TEST(!socket->has_happened());
  BOOST_TEST(!ends_within(at_once));
  BOOST_TEST(ends_within(longer_than_the_patience));
  BOOST_TEST(socket->has_happened());
}

BOOST_AUTO_TEST_CASE(it_is_shut_down_later_though_nobody_else_is_left) {
  std::make_shared<socket_shutdown>(sockets.fd())->later();
  sockets.close();
  BOOST_TEST(!ends_within(at_once));
  BOOST_TEST(ends_within(longer_than_the_patience));
}

BOOST_AUTO_TEST_CASE(a_connection_that_is_closed_meanwhile_is_not_shut_down) {
  auto const socket = std::make_shared<socket_shutdown>(sockets.fd());
  std::weak_ptr<socket_shutdown> const waited_for = socket;
  socket->later();
  socket->closed();
  while (waited_for.use_count() != 1) std::this_thread::yield();
  BOOST_TEST(!ends_within(at_once));
}

BOOST_AUTO_TEST_CASE(the_peer_sees_the_end_when_libvirt_and_the_library_have_closed_it) {
  auto const socket = std::make_shared<socket_shutdown>(sockets.fd());
  sockets.close();
  BOOST_TEST(!ends_within(at_once));
  socket->closed();
  BOOST_TEST(ends_within(at_once));
}

BOOST_AUTO_TEST_CASE(nothing_is_done_to_a_descriptor_once_it_is_closed) {
  auto const socket = std::make_shared<socket_shutdown>(sockets.fd());
  socket->closed();
  socket->now();
  socket->later();
  BOOST_TEST(!ends_within(at_once));
}

BOOST_AUTO_TEST_SUITE_END()
