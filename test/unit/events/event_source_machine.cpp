// Copyright (c) 2026 The libvirt-asio authors
// Distributed under the Boost Software License, Version 1.0.

#include "events/event_source_machine.hpp"

#include "events/event_source.hpp"

#include "unit/support/print.hpp"

#include <boost/test/unit_test.hpp>

#include <vector>

namespace {

using libvirt_asio::errc;
using libvirt_asio::error_code;
using libvirt_asio::detail::event_source_machine;
using libvirt_asio::detail::event_subscriber;

using actions = event_source_machine::actions;

struct subscriber final : event_subscriber {
  void joined(error_code, libvirt_asio::error_info const&) override {}
  void event(libvirt_asio::detail::event_value&&) override {}
};

struct event_source_machine_fixture {
  actions join(subscriber const& who) {
    actions to_do;
    machine.join(&who, to_do);
    return to_do;
  }
  actions leave(subscriber const& who) {
    actions to_do;
    machine.leave(&who, to_do);
    return to_do;
  }
  actions registered(error_code error = {}) {
    actions to_do;
    machine.registered(error, to_do);
    return to_do;
  }
  actions deregistered() {
    actions to_do;
    machine.deregistered(to_do);
    return to_do;
  }

  static void check_nothing_to_do(actions const& to_do) {
    BOOST_TEST(!to_do.start_registering);
    BOOST_TEST(!to_do.start_deregistering);
    BOOST_TEST(to_do.tell.empty());
  }

  static void check_told(actions const& to_do, std::vector<event_subscriber const*> const& expected) {
    BOOST_TEST(to_do.tell == expected, boost::test_tools::per_element());
  }

  event_source_machine machine;
  subscriber first, second;
};

BOOST_FIXTURE_TEST_SUITE(event_source_machine_test, event_source_machine_fixture)

BOOST_AUTO_TEST_CASE(the_first_subscriber_has_libvirt_asked) {
  auto const joined = join(first);
  BOOST_TEST(joined.start_registering);
  BOOST_TEST(joined.tell.empty());
  auto const done = registered();
  check_told(done, {&first});
  BOOST_TEST(!done.error);
}

BOOST_AUTO_TEST_CASE(one_that_joins_meanwhile_waits_for_the_same_answer) {
  join(first);
  check_nothing_to_do(join(second));
  check_told(registered(), {&first, &second});
}

BOOST_AUTO_TEST_CASE(one_that_joins_later_is_told_at_once) {
  join(first);
  registered();
  auto const joined = join(second);
  BOOST_TEST(!joined.start_registering);
  check_told(joined, {&second});
}

BOOST_AUTO_TEST_CASE(a_refusal_is_told_to_all_who_wait_and_the_next_asks_again) {
  join(first);
  join(second);
  auto const refused = registered(errc::no_support);
  check_told(refused, {&first, &second});
  BOOST_TEST(refused.error == errc::no_support);
  BOOST_TEST(join(first).start_registering);
}

BOOST_AUTO_TEST_CASE(the_last_to_leave_has_libvirt_send_no_more) {
  join(first);
  join(second);
  registered();
  check_nothing_to_do(leave(first));
  BOOST_TEST(leave(second).start_deregistering);
  check_nothing_to_do(deregistered());
}

BOOST_AUTO_TEST_CASE(what_is_not_wanted_any_more_when_libvirt_answers_is_taken_back) {
  join(first);
  check_nothing_to_do(leave(first));
  auto const done = registered();
  BOOST_TEST(done.start_deregistering);
  BOOST_TEST(done.tell.empty());
}

BOOST_AUTO_TEST_CASE(one_that_joins_while_it_is_taken_back_has_libvirt_asked_again_after_that) {
  join(first);
  registered();
  leave(first);
  check_nothing_to_do(join(second));
  BOOST_TEST(deregistered().start_registering);
  check_told(registered(), {&second});
}

BOOST_AUTO_TEST_CASE(one_that_left_before_a_refusal_is_not_told) {
  join(first);
  join(second);
  leave(first);
  check_told(registered(errc::no_support), {&second});
}

BOOST_AUTO_TEST_SUITE_END()

}  // namespace
