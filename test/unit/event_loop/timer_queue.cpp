// Copyright (c) 2026 The libvirt-asio authors
// Distributed under the Boost Software License, Version 1.0.

#include "event_loop/timer_queue.hpp"

#include "connection/receive_window.hpp"

#include "unit/support/socket_pair.hpp"

#include <boost/test/unit_test.hpp>

#include <algorithm>
#include <chrono>
#include <memory>
#include <numeric>
#include <vector>

namespace {

using libvirt_asio::detail::socket_shutdown;
using libvirt_asio::detail::timer_queue;
using namespace std::chrono_literals;

timer_queue::time_point const start{1h};

void ignore(int, void*) {}

/// A queue whose time stands still between its rounds.
struct fixture {
  void add(int id, int interval, std::chrono::milliseconds at = 0ms) {
    timers.add(id, interval, &ignore, nullptr, nullptr, start + at);
  }

  /// The timers that a round at this time fires, in order.
  std::vector<int> round(std::chrono::milliseconds at) {
    timers.begin_round(start + at);
    std::vector<int> fired;
    while (auto const due = timers.next_due()) fired.push_back(due->id);
    return fired;
  }

  timer_queue timers;
};

using ids = std::vector<int>;

struct silent_observer : libvirt_asio::detail::timeout_observer {
  void timeout_updated(int) noexcept override {}
};

}  // namespace

BOOST_FIXTURE_TEST_SUITE(timer_queue_test, fixture)

BOOST_AUTO_TEST_CASE(a_timer_has_the_observer_it_was_given) {
  add(1, -1);
  add(2, -1);
  auto const observer = std::make_shared<silent_observer>();
  timers.observe(1, observer);
  timers.observe(3, observer);
  BOOST_TEST(*timers.update(1, 0, start) == observer);
  BOOST_TEST(*timers.update(2, 0, start) == nullptr);
  BOOST_TEST(timers.update(3, 0, start) == nullptr);
}

BOOST_AUTO_TEST_CASE(an_observer_goes_with_its_timer) {
  add(1, -1);
  auto observer = std::make_shared<silent_observer>();
  std::weak_ptr<silent_observer> const watched = observer;
  timers.observe(1, std::move(observer));
  timers.remove(1);
  BOOST_TEST(watched.expired());
}

BOOST_AUTO_TEST_CASE(a_timer_is_silent_from_when_on_a_shutdown_is_expected) {
  unit::socket_pair const socket;
  auto const shutdown = std::make_shared<socket_shutdown>(socket.fd());
  add(1, 10);
  add(2, 10);
  timers.set_keepalive(1, shutdown, nullptr);
  BOOST_TEST(round(10ms) == (ids{1, 2}), boost::test_tools::per_element());
  shutdown->later();
  BOOST_TEST(round(20ms) == (ids{2}), boost::test_tools::per_element());
  timers.update(1, 5, start + 20ms);
  BOOST_TEST(round(30ms) == (ids{2}), boost::test_tools::per_element());
  timers.update(1, 0, start + 30ms);
  BOOST_TEST(round(40ms) == (ids{2}), boost::test_tools::per_element());
  shutdown->closed();
}

BOOST_AUTO_TEST_CASE(a_timer_of_keepalive_messages_comes_with_the_admission_of_its_connection) {
  unit::socket_pair const socket;
  auto const shutdown = std::make_shared<socket_shutdown>(socket.fd());
  auto const window = std::make_shared<libvirt_asio::detail::receive_window>(0);
  add(1, 10);
  add(2, 20);
  timers.set_keepalive(1, shutdown, window);
  timers.begin_round(start + 20ms);
  BOOST_TEST(timers.next_due()->admission == window);
  BOOST_TEST(timers.next_due()->admission == nullptr);
  shutdown->closed();
}

BOOST_AUTO_TEST_CASE(timers_fire_in_the_order_of_their_deadlines) {
  add(1, 30);
  add(2, 10);
  add(3, 20);
  BOOST_TEST(round(30ms) == (ids{2, 3, 1}), boost::test_tools::per_element());
}

BOOST_AUTO_TEST_CASE(timers_with_one_deadline_fire_in_the_order_in_which_they_were_added) {
  for (int id : {3, 1, 2}) add(id, 10);
  BOOST_TEST(round(10ms) == (ids{3, 1, 2}), boost::test_tools::per_element());
}

BOOST_AUTO_TEST_CASE(a_timer_does_not_fire_before_its_deadline) {
  add(1, 10);
  BOOST_TEST(round(9ms).empty());
  BOOST_TEST(round(10ms).size() == 1U);
}

BOOST_AUTO_TEST_CASE(a_timer_repeats_from_the_time_it_fired) {
  add(1, 10);
  BOOST_TEST(round(13ms).size() == 1U);
  BOOST_TEST(round(22ms).empty());
  BOOST_TEST(round(23ms).size() == 1U);
  BOOST_TEST(round(100ms).size() == 1U);
}

BOOST_AUTO_TEST_CASE(a_timer_of_0_fires_once_in_every_round) {
  add(1, 0);
  add(2, 0);
  for (int i = 0; i != 3; ++i) BOOST_TEST(round(0ms) == (ids{1, 2}), boost::test_tools::per_element());
}

BOOST_AUTO_TEST_CASE(timers_of_0_fire_before_those_with_a_deadline) {
  add(1, 10);
  add(2, 0);
  BOOST_TEST(round(10ms) == (ids{2, 1}), boost::test_tools::per_element());
}

BOOST_AUTO_TEST_CASE(a_negative_interval_disables) {
  add(1, -1);
  BOOST_TEST(!timers.has_immediate());
  BOOST_TEST(!timers.next_deadline());
  BOOST_TEST(round(1h).empty());
  BOOST_TEST(!timers.empty());
}

BOOST_AUTO_TEST_CASE(a_timer_is_switched_between_0_and_off) {
  add(1, -1);
  for (int i = 0; i != 3; ++i) {
    BOOST_TEST(timers.update(1, 0, start));
    BOOST_TEST(timers.has_immediate());
    BOOST_TEST(round(0ms).size() == 1U);
    BOOST_TEST(timers.update(1, -1, start));
    BOOST_TEST(!timers.has_immediate());
    BOOST_TEST(round(0ms).empty());
  }
}

BOOST_AUTO_TEST_CASE(a_timer_is_switched_between_0_and_a_deadline) {
  add(1, 0);
  BOOST_TEST(timers.update(1, 10, start));
  BOOST_TEST(!timers.has_immediate());
  BOOST_TEST(round(9ms).empty());
  BOOST_TEST(timers.update(1, 0, start));
  BOOST_TEST(!timers.next_deadline());
  BOOST_TEST(round(9ms).size() == 1U);
}

BOOST_AUTO_TEST_CASE(an_update_counts_from_its_own_time) {
  add(1, 10);
  BOOST_TEST(timers.update(1, 10, start + 5ms));
  BOOST_TEST(round(14ms).empty());
  BOOST_TEST(round(15ms).size() == 1U);
}

BOOST_AUTO_TEST_CASE(a_timer_added_in_a_round_waits_for_the_next) {
  add(1, 0);
  timers.begin_round(start);
  BOOST_TEST(timers.next_due()->id == 1);
  add(2, 0);
  BOOST_TEST(!timers.next_due());
  BOOST_TEST(round(0ms).size() == 2U);
}

BOOST_AUTO_TEST_CASE(a_timer_switched_off_and_on_in_a_round_fires_once_in_it) {
  add(1, 0);
  timers.begin_round(start);
  BOOST_TEST(timers.next_due()->id == 1);
  timers.update(1, -1, start);
  timers.update(1, 0, start);
  BOOST_TEST(!timers.next_due());
}

BOOST_AUTO_TEST_CASE(a_timer_removed_in_a_round_does_not_fire) {
  add(1, 0);
  add(2, 0);
  add(3, 10);
  timers.begin_round(start + 10ms);
  BOOST_TEST(timers.next_due()->id == 1);
  BOOST_TEST(timers.remove(2).has_value());
  BOOST_TEST(timers.remove(3).has_value());
  BOOST_TEST(!timers.next_due());
}

BOOST_AUTO_TEST_CASE(a_timer_switched_off_in_a_round_does_not_fire) {
  add(1, 0);
  add(2, 0);
  add(3, 10);
  timers.begin_round(start + 10ms);
  BOOST_TEST(timers.next_due()->id == 1);
  timers.update(2, -1, start);
  timers.update(3, -1, start);
  BOOST_TEST(!timers.next_due());
}

BOOST_AUTO_TEST_CASE(a_timer_may_remove_itself_in_a_round) {
  add(1, 0);
  add(2, 0);
  timers.begin_round(start);
  timers.remove(timers.next_due()->id);
  BOOST_TEST(timers.next_due()->id == 2);
  BOOST_TEST(round(0ms) == ids{2}, boost::test_tools::per_element());
}

BOOST_AUTO_TEST_CASE(a_round_that_is_broken_off_leaves_its_timers_due) {
  add(1, 0);
  add(2, 0);
  timers.begin_round(start);
  static_cast<void>(timers.next_due());
  timers.update(1, -1, start);
  BOOST_TEST(timers.has_immediate());
  BOOST_TEST(round(0ms) == ids{2}, boost::test_tools::per_element());
}

BOOST_AUTO_TEST_CASE(the_next_deadline_is_that_of_the_first_timer) {
  BOOST_TEST(!timers.next_deadline());
  add(1, 20);
  add(2, 10);
  BOOST_TEST((timers.next_deadline() == start + 10ms));
  timers.remove(2);
  BOOST_TEST((timers.next_deadline() == start + 20ms));
  timers.update(1, 0, start);
  BOOST_TEST(!timers.next_deadline());
}

BOOST_AUTO_TEST_CASE(a_timer_that_is_not_there_is_neither_updated_nor_removed) {
  BOOST_TEST(!timers.update(1, 0, start));
  BOOST_TEST(!timers.remove(1));
  BOOST_TEST(!timers.remove_any());
  BOOST_TEST(timers.empty());
}

BOOST_AUTO_TEST_CASE(removing_tells_what_must_be_freed) {
  int opaque = 0;
  auto const free = [](void* freed) { ++*static_cast<int*>(freed); };
  timers.add(1, 0, &ignore, &opaque, free, start);
  (*timers.remove(1))();
  BOOST_TEST(opaque == 1);
  timers.add(2, 10, &ignore, &opaque, free, start);
  (*timers.remove_any())();
  BOOST_TEST(opaque == 2);
  BOOST_TEST(timers.empty());
}

BOOST_AUTO_TEST_CASE(a_due_timer_comes_with_its_callback_and_opaque) {
  int opaque = 0;
  auto const callback = [](int id, void* counted) { *static_cast<int*>(counted) = id; };
  timers.add(7, 0, callback, &opaque, nullptr, start);
  timers.begin_round(start);
  auto const due = timers.next_due();
  due->callback(due->id, due->opaque);
  BOOST_TEST(opaque == 7);
}

BOOST_AUTO_TEST_CASE(ten_thousand_timers_fire_in_order) {
  constexpr int count = 10'000;
  for (int id = 0; id != count; ++id) add(id, 1 + id * 7919 % count);
  auto const fired = round(std::chrono::milliseconds(count));
  ids expected(count);
  std::iota(expected.begin(), expected.end(), 0);
  std::sort(expected.begin(), expected.end(),
            [](int a, int b) { return a * 7919 % count < b * 7919 % count; });
  BOOST_TEST((fired == expected));
}

BOOST_AUTO_TEST_SUITE_END()
