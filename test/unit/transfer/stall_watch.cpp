// Copyright (c) 2026 The libvirt-asio authors
// Distributed under the Boost Software License, Version 1.0.

#include "transfer/stall_watch.hpp"

#include <boost/test/unit_test.hpp>

namespace {

using libvirt_asio::detail::stall_watch;

struct stall_watch_fixture {
  /// Returns whether one of so many ticks finds it stalled.
  bool stalls_within(int ticks) {
    bool stalled = false;
    while (ticks-- != 0) stalled = watch.tick() || stalled;
    return stalled;
  }

  stall_watch watch;
};

// The first tick may come at any time after the beginning.
constexpr int ticks_until_stall = stall_watch::ticks_in_timeout + 1;

}  // namespace

BOOST_FIXTURE_TEST_SUITE(stall_watch_test, stall_watch_fixture)

BOOST_AUTO_TEST_CASE(what_waits_for_nothing_never_stalls) {
  BOOST_TEST(!stalls_within(100));
  watch.begin();
  watch.end();
  BOOST_TEST(!stalls_within(100));
}

BOOST_AUTO_TEST_CASE(a_step_that_does_not_end_stalls_when_the_timeout_has_passed) {
  watch.begin();
  BOOST_TEST(!stalls_within(ticks_until_stall - 1));
  BOOST_TEST(watch.tick());
}

BOOST_AUTO_TEST_CASE(it_stays_stalled) {
  watch.begin();
  BOOST_TEST(stalls_within(ticks_until_stall));
  BOOST_TEST(watch.tick());
}

BOOST_AUTO_TEST_CASE(each_step_that_ends_is_progress) {
  watch.begin();
  watch.begin();
  BOOST_TEST(!stalls_within(ticks_until_stall - 1));
  watch.end();
  BOOST_TEST(!stalls_within(ticks_until_stall - 1));
  BOOST_TEST(watch.tick());
}

BOOST_AUTO_TEST_CASE(a_step_that_begins_beside_another_is_no_progress) {
  watch.begin();
  BOOST_TEST(!stalls_within(ticks_until_stall - 1));
  watch.begin();
  BOOST_TEST(watch.tick());
}

BOOST_AUTO_TEST_CASE(the_time_between_two_steps_does_not_count) {
  watch.begin();
  watch.end();
  BOOST_TEST(!stalls_within(100));
  watch.begin();
  BOOST_TEST(!stalls_within(ticks_until_stall - 1));
  BOOST_TEST(watch.tick());
}

BOOST_AUTO_TEST_CASE(a_step_lasts_as_long_as_its_scope) {
  {
    stall_watch::step const step(watch);
    BOOST_TEST(stalls_within(ticks_until_stall));
  }
  BOOST_TEST(!stalls_within(100));
}

BOOST_AUTO_TEST_SUITE_END()
