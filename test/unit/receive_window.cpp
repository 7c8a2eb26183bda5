// Copyright (c) 2026 The libvirt-asio authors
// Distributed under the Boost Software License, Version 1.0.

#include "receive_window.hpp"

#include "socket_pair.hpp"

#include <boost/test/unit_test.hpp>

#include <string>

namespace {

using libvirt_asio::detail::receive_window;

// What a packet counts for as long as only its start is in the socket.
constexpr std::size_t packet_size = 131'072;

struct fixture {
  fixture() { socket.write_from_peer(std::string(16'384, 'x')); }

  unit::socket_pair socket;
};

}  // namespace

BOOST_FIXTURE_TEST_SUITE(receive_window_test, fixture)

BOOST_AUTO_TEST_CASE(a_window_closes_when_its_limit_is_reached) {
  receive_window window(2 * packet_size);
  BOOST_TEST(window.is_open());
  window.packet_arrives(socket.fd());
  BOOST_TEST(window.is_open());
  window.packet_arrives(socket.fd());
  BOOST_TEST(!window.is_open());
}

BOOST_AUTO_TEST_CASE(a_limit_of_0_never_closes_the_window) {
  receive_window window(0);
  for (int i = 0; i != 1'000; ++i) window.packet_arrives(socket.fd());
  BOOST_TEST(window.is_open());
}

BOOST_AUTO_TEST_CASE(a_read_that_waits_opens_the_window) {
  receive_window window(1);
  window.packet_arrives(socket.fd());
  BOOST_TEST(!window.is_open());
  window.read_waits();
  window.read_waits();
  window.read_ends();
  BOOST_TEST(window.is_open());
  window.read_ends();
  BOOST_TEST(!window.is_open());
}

BOOST_AUTO_TEST_CASE(bytes_that_were_read_open_the_window) {
  receive_window window(packet_size);
  window.packet_arrives(socket.fd());
  BOOST_TEST(!window.is_open());
  window.consumed(1);
  BOOST_TEST(window.is_open());
}

BOOST_AUTO_TEST_CASE(a_read_that_finds_nothing_for_the_only_stream_opens_the_window) {
  receive_window window(1);
  window.stream_added();
  window.packet_arrives(socket.fd());
  BOOST_TEST(!window.is_open());
  window.found_empty();
  BOOST_TEST(window.is_open());
}

BOOST_AUTO_TEST_CASE(a_read_that_finds_nothing_for_one_of_two_streams_says_nothing_of_the_other) {
  receive_window window(1);
  window.stream_added();
  window.stream_added();
  window.packet_arrives(socket.fd());
  window.found_empty();
  BOOST_TEST(!window.is_open());
  window.stream_removed();
  window.found_empty();
  BOOST_TEST(window.is_open());
}

BOOST_AUTO_TEST_CASE(what_comes_while_the_only_stream_is_waited_for_does_not_count) {
  receive_window window(1);
  window.stream_added();
  window.read_waits();
  window.packet_arrives(socket.fd());
  window.read_ends();
  BOOST_TEST(window.is_open());
}

BOOST_AUTO_TEST_CASE(what_comes_while_one_of_two_streams_is_waited_for_counts) {
  receive_window window(1);
  window.stream_added();
  window.stream_added();
  window.read_waits();
  window.packet_arrives(socket.fd());
  window.read_ends();
  BOOST_TEST(!window.is_open());
}

BOOST_AUTO_TEST_CASE(more_bytes_read_than_counted_leave_no_credit) {
  receive_window window(packet_size);
  window.consumed(10 * packet_size);
  window.packet_arrives(socket.fd());
  BOOST_TEST(!window.is_open());
}

BOOST_AUTO_TEST_CASE(the_few_bytes_of_a_console_count_as_what_they_are) {
  unit::socket_pair console;
  console.write_from_peer(std::string(100, 'x'));
  receive_window window(1'000);
  for (int i = 0; i != 9; ++i) window.packet_arrives(console.fd());
  BOOST_TEST(window.is_open());
  window.packet_arrives(console.fd());
  BOOST_TEST(!window.is_open());
}

BOOST_AUTO_TEST_CASE(a_socket_that_is_gone_counts_for_nothing) {
  receive_window window(1);
  window.packet_arrives(-1);
  BOOST_TEST(window.is_open());
}

BOOST_AUTO_TEST_SUITE_END()
