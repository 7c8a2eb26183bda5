// Copyright (c) 2026 The libvirt-asio authors
// Distributed under the Boost Software License, Version 1.0.

#include "connector/backoff.hpp"

#include "unit/support/print.hpp"

#include <boost/test/unit_test.hpp>

namespace {

using namespace std::chrono_literals;
using libvirt_asio::detail::backoff;

// Without the random part, and with all of it.
constexpr double shortest = 0;
constexpr double longest = 1;

bool is(backoff const& tested, backoff::duration expected) {
  return tested.delay(longest) == expected && tested.delay(shortest) == expected - expected / 2;
}

}  // namespace

BOOST_AUTO_TEST_SUITE(backoff_test)

BOOST_AUTO_TEST_CASE(the_first_attempt_is_made_at_once) {
  backoff const tested(1s, 10s);
  BOOST_TEST(is(tested, 0s));
}

BOOST_AUTO_TEST_CASE(the_time_doubles_with_each_failure_up_to_the_longest) {
  backoff tested(1s, 10s);
  for (auto const expected : {1s, 2s, 4s, 8s, 10s, 10s}) {
    tested.failed();
    BOOST_TEST(is(tested, expected));
  }
}

BOOST_AUTO_TEST_CASE(up_to_half_of_the_time_is_random) {
  backoff tested(1s, 10s);
  tested.failed();
  BOOST_TEST(tested.delay(0.0) == 500ms);
  BOOST_TEST(tested.delay(0.5) == 750ms);
  BOOST_TEST(tested.delay(1.0) == 1s);
}

BOOST_AUTO_TEST_CASE(a_connection_that_was_there_for_long_lets_the_next_attempt_be_made_at_once) {
  backoff tested(1s, 10s);
  tested.failed();
  tested.ended_after(10s);
  BOOST_TEST(is(tested, 0s));
  tested.failed();
  BOOST_TEST(is(tested, 1s));
}

BOOST_AUTO_TEST_CASE(a_connection_that_was_lost_soon_counts_as_a_failure) {
  backoff tested(1s, 10s);
  for (auto const expected : {1s, 2s, 4s}) {
    tested.ended_after(9s);
    BOOST_TEST(is(tested, expected));
  }
}

BOOST_AUTO_TEST_CASE(a_longest_time_below_the_shortest_is_taken_for_that) {
  backoff tested(2s, 1s);
  for (int i = 0; i != 3; ++i) {
    tested.failed();
    BOOST_TEST(is(tested, 2s));
  }
}

BOOST_AUTO_TEST_CASE(times_of_nothing_are_possible) {
  backoff tested(0s, 0s);
  tested.failed();
  tested.ended_after(0s);
  BOOST_TEST(is(tested, 0s));
}

BOOST_AUTO_TEST_CASE(the_longest_time_that_can_be_is_reached_and_not_exceeded) {
  backoff tested(1s, backoff::duration::max());
  for (int i = 0; i != 100; ++i) tested.failed();
  BOOST_TEST(is(tested, backoff::duration::max()));
}

BOOST_AUTO_TEST_SUITE_END()
