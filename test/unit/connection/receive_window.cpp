// Copyright (c) 2026 The libvirt-asio authors
// Distributed under the Boost Software License, Version 1.0.

#include "connection/receive_window.hpp"
#include "connection/stream_backlog.hpp"

#include "unit/support/socket_pair.hpp"

#include <boost/test/unit_test.hpp>

#include <memory>
#include <string>

namespace {

using libvirt_asio::detail::receive_window;
using libvirt_asio::detail::stream_backlog;
using libvirt_asio::detail::suspendable;

constexpr std::size_t packet_size = 8'192;

struct suspendable_stream final : suspendable {
  bool suspend() override { return true; }
};

struct fixture {
  fixture() { socket.write_from_peer(std::string(packet_size, 'x')); }

  void make_window(std::size_t limit) { window = std::make_shared<receive_window>(limit); }

  [[nodiscard]] std::unique_ptr<stream_backlog> make_stream(
      std::shared_ptr<suspendable> const& suspended = nullptr) const {
    auto stream = std::make_unique<stream_backlog>(window);
    if (suspended) stream->can_be_suspended(suspended);
    return stream;
  }

  /// As the event loop and libvirt do it.
  void packet_for(stream_backlog& stream, int pieces = 1) {
    for (int i = 0; i != pieces; ++i) window->packet_arrives(socket.fd());
    stream.timeout_updated(0);
  }

  unit::socket_pair socket;
  std::shared_ptr<receive_window> window;
};

}  // namespace

BOOST_FIXTURE_TEST_SUITE(receive_window_test, fixture)

BOOST_AUTO_TEST_CASE(a_window_closes_when_its_limit_is_reached) {
  make_window(2 * packet_size);
  auto const stream = make_stream();
  BOOST_TEST(window->is_open());
  packet_for(*stream);
  BOOST_TEST(window->is_open());
  packet_for(*stream);
  BOOST_TEST(!window->is_open());
}

BOOST_AUTO_TEST_CASE(all_streams_share_the_window) {
  make_window(2 * packet_size);
  auto const first = make_stream();
  auto const second = make_stream();
  packet_for(*first);
  packet_for(*second);
  BOOST_TEST(!window->is_open());
}

BOOST_AUTO_TEST_CASE(a_limit_of_0_never_closes_the_window) {
  make_window(0);
  auto const one = std::make_shared<suspendable_stream>();
  auto const stream = make_stream(one);
  for (int i = 0; i != 1'000; ++i) packet_for(*stream);
  BOOST_TEST(window->is_open());
  BOOST_TEST(!window->is_full());
}

BOOST_AUTO_TEST_CASE(a_read_that_waits_opens_the_window) {
  make_window(1);
  auto const stream = make_stream();
  packet_for(*stream);
  BOOST_TEST(!window->is_open());
  window->read_waits();
  window->read_waits();
  window->read_ends();
  BOOST_TEST(window->is_open());
  window->read_ends();
  BOOST_TEST(!window->is_open());
}

BOOST_AUTO_TEST_CASE(bytes_that_were_read_open_the_window) {
  make_window(packet_size);
  auto const stream = make_stream();
  packet_for(*stream);
  BOOST_TEST(!window->is_open());
  stream->consumed(1);
  BOOST_TEST(window->is_open());
}

BOOST_AUTO_TEST_CASE(a_read_that_finds_nothing_corrects_what_was_counted_for_its_stream_only) {
  make_window(1);
  auto const first = make_stream();
  auto const second = make_stream();
  packet_for(*first);
  packet_for(*second);
  first->found_empty();
  BOOST_TEST(!window->is_open());
  second->found_empty();
  BOOST_TEST(window->is_open());
}

BOOST_AUTO_TEST_CASE(an_update_that_a_call_of_ours_makes_is_no_packet) {
  make_window(1);
  auto const stream = make_stream();
  window->packet_arrives(socket.fd());
  {
    stream_backlog::own_call own(*stream);
    own.timeout_updated(0);
  }
  BOOST_TEST(window->is_open());
  stream->timeout_updated(0);
  BOOST_TEST(!window->is_open());
}

BOOST_AUTO_TEST_CASE(a_receive_that_has_the_timeout_switched_off_has_left_nothing) {
  make_window(1);
  auto const stream = make_stream();
  packet_for(*stream);
  stream->tells_of_data(true);
  stream_backlog::own_call receive(*stream, true);
  BOOST_TEST(!receive.emptied());
  receive.timeout_updated(0);
  BOOST_TEST(!receive.emptied());
  BOOST_TEST(!window->is_open());
  receive.timeout_updated(-1);
  BOOST_TEST(receive.emptied());
  BOOST_TEST(window->is_open());
}

BOOST_AUTO_TEST_CASE(another_call_that_has_the_timeout_switched_off_says_nothing_of_what_is_left) {
  make_window(1);
  auto const stream = make_stream();
  packet_for(*stream);
  stream->tells_of_data(true);
  stream_backlog::own_call other(*stream);
  other.timeout_updated(-1);
  BOOST_TEST(!other.emptied());
  BOOST_TEST(!window->is_open());
}

BOOST_AUTO_TEST_CASE(a_timeout_that_is_off_while_libvirt_tells_of_no_data_says_nothing_of_what_is_left) {
  make_window(1);
  auto const stream = make_stream();
  packet_for(*stream);
  stream->tells_of_data(true);
  stream->tells_of_data(false);
  stream_backlog::own_call receive(*stream, true);
  receive.timeout_updated(-1);
  BOOST_TEST(!receive.emptied());
  BOOST_TEST(!window->is_open());
}

BOOST_AUTO_TEST_CASE(a_stream_that_is_gone_takes_its_part_with_it) {
  make_window(1);
  auto stream = make_stream();
  packet_for(*stream);
  stream.reset();
  BOOST_TEST(window->is_open());
}

BOOST_AUTO_TEST_CASE(what_comes_for_a_stream_that_was_given_up_does_not_count) {
  make_window(1);
  auto const stream = make_stream();
  packet_for(*stream);
  stream->leave_window();
  packet_for(*stream);
  BOOST_TEST(window->is_open());
}

BOOST_AUTO_TEST_CASE(a_packet_that_comes_bit_by_bit_counts_as_a_whole) {
  make_window(3 * packet_size);
  auto const stream = make_stream();
  packet_for(*stream, 3);
  BOOST_TEST(!window->is_open());
}

BOOST_AUTO_TEST_CASE(a_packet_that_a_call_takes_in_counts_as_the_one_before) {
  make_window(2 * packet_size);
  auto const stream = make_stream();
  packet_for(*stream);
  stream->timeout_updated(0);
  BOOST_TEST(!window->is_open());
}

BOOST_AUTO_TEST_CASE(a_packet_of_which_more_comes_while_it_is_taken_in_counts_as_a_large_one) {
  make_window(1'000'000);
  auto const stream = make_stream();
  packet_for(*stream, 4);
  BOOST_TEST(stream->bytes() == 262'144U);
}

BOOST_AUTO_TEST_CASE(a_packet_counts_for_no_more_than_the_largest_there_is) {
  make_window(1'000'000);
  auto const stream = make_stream();
  packet_for(*stream, 100);
  BOOST_TEST(stream->bytes() == 262'144U);
}

BOOST_AUTO_TEST_CASE(more_bytes_read_than_counted_leave_no_credit) {
  make_window(packet_size);
  auto const stream = make_stream();
  stream->consumed(10 * packet_size);
  packet_for(*stream);
  BOOST_TEST(!window->is_open());
}

BOOST_AUTO_TEST_CASE(the_few_bytes_of_a_console_count_as_what_they_are) {
  unit::socket_pair console;
  console.write_from_peer(std::string(100, 'x'));
  make_window(1'000);
  auto const stream = make_stream();
  auto const few_bytes = [&] {
    window->packet_arrives(console.fd());
    stream->timeout_updated(0);
  };
  for (int i = 0; i != 9; ++i) few_bytes();
  BOOST_TEST(window->is_open());
  few_bytes();
  BOOST_TEST(!window->is_open());
}

BOOST_AUTO_TEST_CASE(the_stream_with_most_unread_is_the_one_to_suspend) {
  make_window(packet_size);
  auto const one = std::make_shared<suspendable_stream>();
  auto const two = std::make_shared<suspendable_stream>();
  auto const first = make_stream(one);
  auto const second = make_stream(two);
  auto const cannot_be_suspended = make_stream();
  packet_for(*first);
  for (int i = 0; i != 2; ++i) packet_for(*second);
  for (int i = 0; i != 3; ++i) packet_for(*cannot_be_suspended);
  BOOST_TEST(window->fullest() == two);
  second->leave_window();
  BOOST_TEST(window->fullest() == one);
}

BOOST_AUTO_TEST_CASE(a_stream_with_a_small_part_of_the_window_is_not_suspended) {
  make_window(16 * packet_size);
  auto const one = std::make_shared<suspendable_stream>();
  auto const stream = make_stream(one);
  packet_for(*stream);
  BOOST_TEST(!window->fullest());
  packet_for(*stream);
  BOOST_TEST(window->fullest() == one);
}

BOOST_AUTO_TEST_SUITE_END()
