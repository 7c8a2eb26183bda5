// Copyright (c) 2026 The libvirt-asio authors
// Distributed under the Boost Software License, Version 1.0.

#include "connection/receive_window.hpp"
#include "connection/stream_backlog.hpp"
#include "worker/bounded_queue.hpp"

#include "unit/support/function_task.hpp"
#include "unit/support/socket_pair.hpp"

#include <boost/test/unit_test.hpp>

#include <atomic>
#include <latch>
#include <memory>
#include <string>
#include <utility>

namespace {

using libvirt_asio::detail::bounded_queue;
using libvirt_asio::detail::receive_window;
using libvirt_asio::detail::stream_backlog;
using libvirt_asio::detail::suspendable;

constexpr std::size_t packet_size = 8'192;
constexpr int pieces_of_large_packet = 4;
constexpr std::size_t volume_packet = receive_window::volume_packet;

/// Leaves the window when it is suspended.
struct suspendable_stream final : suspendable {
  bool suspend() override {
    if (backlog == nullptr || refuses) return false;
    std::exchange(backlog, nullptr)->leave_window();
    suspended = true;
    return true;
  }

  bool refuses = false;
  stream_backlog* backlog = nullptr;
  std::atomic<bool> suspended{false};
};

struct fixture {
  fixture() { socket.write_from_peer(std::string(packet_size, 'x')); }

  void make_window(std::size_t limit) { window = std::make_shared<receive_window>(limit, calls); }

  [[nodiscard]] std::unique_ptr<stream_backlog> make_stream(
      std::shared_ptr<suspendable_stream> const& suspended = nullptr) const {
    auto stream = std::make_unique<stream_backlog>(window);
    if (!suspended) return stream;
    suspended->backlog = stream.get();
    stream->can_be_suspended(suspended);
    return stream;
  }

  /// As the event loop and libvirt do it.
  void packet_for(stream_backlog& stream, int pieces = 1) {
    for (int i = 0; i != pieces; ++i) window->packet_arrives(socket.fd());
    stream.timeout_updated(0);
  }

  /// Once the calls that were submitted have been made.
  bool is_suspended(suspendable_stream const& stream) const {
    std::latch made{1};
    calls->submit(unit::make_task([&] { made.count_down(); }));
    made.wait();
    return stream.suspended;
  }

  unit::socket_pair socket;
  // One at a time, in order.
  std::shared_ptr<bounded_queue> calls = std::make_shared<bounded_queue>(1);
  std::shared_ptr<receive_window> window;
};

/// One stream of a volume, the only one of its window.
struct volume_fixture : fixture {
  void make_window_with_volume(std::size_t packets) {
    make_window(packets * volume_packet);
    stream = make_stream(suspended);
  }

  void packets(int count) {
    for (int i = 0; i != count; ++i) packet_for(*stream);
  }

  void read() const { stream_backlog::own_call const receives(*stream, true); }

  [[nodiscard]] bool is_suspended() const { return fixture::is_suspended(*suspended); }

  std::shared_ptr<suspendable_stream> suspended = std::make_shared<suspendable_stream>();
  std::unique_ptr<stream_backlog> stream;
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

BOOST_AUTO_TEST_CASE(streams_are_suspended_until_the_window_is_not_full_those_with_most_unread_first) {
  make_window(3 * volume_packet);
  auto const one = std::make_shared<suspendable_stream>();
  auto const two = std::make_shared<suspendable_stream>();
  auto const first = make_stream(one);
  auto const second = make_stream(two);
  auto const cannot_be_suspended = make_stream();
  packet_for(*first);
  for (int i = 0; i != 2; ++i) packet_for(*second);
  window->relieve();
  BOOST_TEST(two->suspended);
  BOOST_TEST(!one->suspended);
  packet_for(*cannot_be_suspended, pieces_of_large_packet);
  window->relieve();
  BOOST_TEST(one->suspended);
}

BOOST_AUTO_TEST_CASE(a_stream_with_a_small_part_of_the_window_is_not_suspended) {
  make_window(16 * volume_packet);
  auto const one = std::make_shared<suspendable_stream>();
  auto const stream = make_stream(one);
  auto const cannot_be_suspended = make_stream();
  for (int i = 0; i != 8; ++i) packet_for(*cannot_be_suspended, pieces_of_large_packet);
  packet_for(*stream);
  window->relieve();
  BOOST_TEST(!one->suspended);
  packet_for(*stream);
  window->relieve();
  BOOST_TEST(one->suspended);
}

BOOST_FIXTURE_TEST_CASE(a_packet_of_a_volume_counts_the_same_however_little_of_it_is_in_the_socket, volume_fixture) {
  make_window_with_volume(10);
  packets(1);
  BOOST_TEST(stream->bytes() == volume_packet);
}

BOOST_FIXTURE_TEST_CASE(a_window_that_is_not_full_suspends_no_stream, volume_fixture) {
  make_window_with_volume(2);
  packets(1);
  window->relieve();
  window->relieve_later();
  BOOST_TEST(!is_suspended());
}

BOOST_FIXTURE_TEST_CASE(a_stream_that_nobody_reads_is_suspended_when_keepalive_is_due_again, volume_fixture) {
  make_window_with_volume(1);
  packets(1);
  read();
  window->keepalive_due();
  BOOST_TEST(!is_suspended());
  window->keepalive_due();
  BOOST_TEST(is_suspended());
}

BOOST_FIXTURE_TEST_CASE(a_stream_that_is_read_now_and_then_is_not_suspended, volume_fixture) {
  make_window_with_volume(1);
  packets(1);
  for (int i = 0; i != 3; ++i) {
    read();
    window->keepalive_due();
  }
  BOOST_TEST(!is_suspended());
}

BOOST_FIXTURE_TEST_CASE(a_stream_that_nobody_reads_is_suspended_though_a_read_of_another_waits, volume_fixture) {
  make_window_with_volume(1);
  packets(1);
  window->read_waits();
  window->keepalive_due();
  BOOST_TEST(is_suspended());
  window->read_ends();
}

BOOST_FIXTURE_TEST_CASE(a_stream_is_suspended_when_packets_come_though_the_window_is_full, volume_fixture) {
  make_window_with_volume(2);
  packets(3);
  BOOST_TEST(!is_suspended());
  packets(1);
  BOOST_TEST(is_suspended());
}

BOOST_AUTO_TEST_CASE(a_stream_that_refuses_keeps_no_other_from_being_suspended) {
  make_window(3 * volume_packet);
  auto const one = std::make_shared<suspendable_stream>();
  auto const two = std::make_shared<suspendable_stream>();
  auto const first = make_stream(one);
  auto const second = make_stream(two);
  one->refuses = true;
  for (int i = 0; i != 2; ++i) packet_for(*first);
  packet_for(*second);
  window->relieve();
  BOOST_TEST(!one->suspended);
  BOOST_TEST(two->suspended);
}

BOOST_AUTO_TEST_SUITE_END()
