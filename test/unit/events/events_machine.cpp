// Copyright (c) 2026 The libvirt-asio authors
// Distributed under the Boost Software License, Version 1.0.

#include "events/events_machine.hpp"

#include "unit/support/print.hpp"

#include <boost/asio/error.hpp>
#include <boost/test/unit_test.hpp>

#include <optional>
#include <utility>

namespace {

namespace asio = boost::asio;
using libvirt_asio::client_errc;
using libvirt_asio::domain_migration_iteration_event;
using libvirt_asio::errc;
using libvirt_asio::error_code;
using libvirt_asio::detail::event_value;
using libvirt_asio::detail::events_machine;
using libvirt_asio::detail::operation_id;

using actions = events_machine::actions;

constexpr operation_id subscribe_id = 1, next_id = 2, other_next_id = 3;
constexpr auto aborted = asio::error::operation_aborted;

event_value numbered(int number) {
  return libvirt_asio::detail::make_event_value(domain_migration_iteration_event{{}, number});
}

/// 0 for none.
int number_of(event_value const& event) {
  auto const* const found = libvirt_asio::detail::event_if<domain_migration_iteration_event>(event);
  return found ? found->iteration : 0;
}

/// A machine, and what each function wants to be done as its result.
struct events_machine_fixture {
  template <class Function>
  static actions collected(Function function) {
    actions to_do;
    function(to_do);
    return to_do;
  }

  actions joined(error_code error = {}) {
    return collected([&](actions& to_do) { machine.joined(error, to_do); });
  }
  actions arrived(int number) {
    return collected([&](actions& to_do) { machine.arrived(numbered(number), to_do); });
  }
  actions lose_connection() {
    return collected([&](actions& to_do) { machine.connection_lost(to_do); });
  }
  actions close() {
    return collected([&](actions& to_do) { machine.close(to_do); });
  }
  actions cancel(operation_id id) {
    return collected([&](actions& to_do) { machine.cancel(id, to_do); });
  }
  actions cancel_all() {
    return collected([&](actions& to_do) { machine.cancel_all(to_do); });
  }

  void be_subscribing(std::size_t capacity = 100, std::size_t types = 1) {
    BOOST_TEST_REQUIRE(!machine.start_subscribe(subscribe_id, capacity, types));
  }
  void be_subscribed(std::size_t capacity = 100) {
    be_subscribing(capacity);
    BOOST_TEST_REQUIRE(joined().complete_subscribe.has_value());
  }

  void check_next_is(int number) {
    auto const next = machine.next_at_once();
    BOOST_TEST(!next.error);
    BOOST_TEST(number_of(next.event) == number);
  }
  void check_next_fails(error_code error) { BOOST_TEST(machine.next_at_once().error == error); }

  static void check_next_completed(actions const& to_do, error_code error) {
    BOOST_TEST_REQUIRE(to_do.complete_next.has_value());
    BOOST_TEST(to_do.complete_next->error == error);
  }

  events_machine machine;
};

BOOST_FIXTURE_TEST_SUITE(events_machine_test, events_machine_fixture)

// --- Subscribing -------------------------------------------------------------------------------------------

BOOST_AUTO_TEST_CASE(it_is_subscribed_when_libvirt_has_been_asked_for_all_types) {
  be_subscribing(100, 2);
  BOOST_TEST(!joined().complete_subscribe);
  BOOST_TEST(*joined().complete_subscribe == error_code());
}

BOOST_AUTO_TEST_CASE(one_type_that_is_refused_fails_it_and_gives_up_the_others) {
  be_subscribing(100, 2);
  joined();
  auto const refused = joined(errc::no_support);
  BOOST_TEST(*refused.complete_subscribe == errc::no_support);
  BOOST_TEST(refused.leave);
  BOOST_TEST(machine.has_ended());
  BOOST_TEST(!joined().complete_subscribe);
  check_next_fails(client_errc::not_open);
}

BOOST_AUTO_TEST_CASE(it_is_subscribed_once) {
  be_subscribing();
  BOOST_TEST(*machine.start_subscribe(next_id, 1, 1) == client_errc::already_open);
  joined();
  BOOST_TEST(*machine.start_subscribe(next_id, 1, 1) == client_errc::already_open);
}

BOOST_AUTO_TEST_CASE(a_cancelled_subscription_gives_up_all_and_hears_nothing_late) {
  be_subscribing();
  auto const cancelled = cancel(subscribe_id);
  BOOST_TEST(*cancelled.complete_subscribe == aborted);
  BOOST_TEST(cancelled.leave);
  BOOST_TEST(!joined().complete_subscribe);
}

BOOST_AUTO_TEST_CASE(one_that_is_subscribed_cannot_be_cancelled_any_more) {
  be_subscribed();
  auto const cancelled = cancel(subscribe_id);
  BOOST_TEST(!cancelled.complete_subscribe);
  BOOST_TEST(!cancelled.leave);
}

// --- Events ------------------------------------------------------------------------------------------------

BOOST_AUTO_TEST_CASE(events_are_taken_in_their_order) {
  be_subscribed();
  for (int const number : {1, 2, 3}) BOOST_TEST(!arrived(number).complete_next);
  for (int const number : {1, 2, 3}) check_next_is(number);
  check_next_fails(asio::error::would_block);
}

BOOST_AUTO_TEST_CASE(an_event_that_is_there_completes_the_operation_at_once) {
  be_subscribed();
  arrived(7);
  auto const next = machine.start_next(next_id);
  BOOST_TEST_REQUIRE(next.has_value());
  BOOST_TEST(number_of(next->event) == 7);
}

BOOST_AUTO_TEST_CASE(an_event_completes_the_operation_that_waits) {
  be_subscribed();
  BOOST_TEST(!machine.start_next(next_id));
  auto const first = arrived(7);
  check_next_completed(first, {});
  BOOST_TEST(number_of(first.complete_next->event) == 7);
  BOOST_TEST(!arrived(8).complete_next);
  check_next_is(8);
}

BOOST_AUTO_TEST_CASE(events_of_a_type_come_while_libvirt_is_asked_for_others) {
  be_subscribing(100, 2);
  joined();
  arrived(1);
  check_next_is(1);
}

BOOST_AUTO_TEST_CASE(a_second_operation_is_refused) {
  be_subscribed();
  BOOST_TEST(!machine.start_next(next_id));
  BOOST_TEST(machine.start_next(other_next_id)->error == client_errc::operation_in_progress);
  check_next_fails(client_errc::operation_in_progress);
}

BOOST_AUTO_TEST_CASE(one_that_was_never_subscribed_is_not_open) {
  check_next_fails(client_errc::not_open);
  BOOST_TEST(machine.start_next(next_id)->error == client_errc::not_open);
}

BOOST_AUTO_TEST_CASE(a_cancelled_operation_takes_no_event_with_it) {
  be_subscribed();
  BOOST_TEST(!machine.start_next(next_id));
  check_next_completed(cancel(next_id), aborted);
  arrived(1);
  check_next_is(1);
}

BOOST_AUTO_TEST_CASE(a_late_cancellation_ends_nothing) {
  be_subscribed();
  BOOST_TEST(!machine.start_next(next_id));
  arrived(1);
  BOOST_TEST(!machine.start_next(other_next_id));
  BOOST_TEST(!cancel(next_id).complete_next);
}

BOOST_AUTO_TEST_CASE(cancelling_all_ends_what_is_outstanding) {
  be_subscribing();
  BOOST_TEST(!machine.start_next(next_id));
  auto const cancelled = cancel_all();
  check_next_completed(cancelled, aborted);
  BOOST_TEST(*cancelled.complete_subscribe == aborted);
}

// --- Losses ------------------------------------------------------------------------------------------------

BOOST_AUTO_TEST_CASE(a_loss_is_told_once_before_what_is_left) {
  be_subscribed(2);
  for (int const number : {1, 2, 3, 4, 5}) arrived(number);
  check_next_fails(client_errc::events_lost);
  BOOST_TEST(machine.lost() == 3U);
  check_next_is(4);
  check_next_is(5);
  check_next_fails(asio::error::would_block);
  BOOST_TEST(machine.lost() == 3U);
}

BOOST_AUTO_TEST_CASE(each_loss_is_told_by_itself) {
  be_subscribed(1);
  for (int const number : {1, 2}) arrived(number);
  check_next_fails(client_errc::events_lost);
  for (int const number : {3, 4}) arrived(number);
  check_next_fails(client_errc::events_lost);
  BOOST_TEST(machine.lost() == 2U);
  check_next_is(4);
}

BOOST_AUTO_TEST_CASE(the_oldest_event_is_given_back_to_be_destroyed) {
  be_subscribed(1);
  arrived(1);
  BOOST_TEST(number_of(arrived(2).dropped) == 1);
}

// --- The end -----------------------------------------------------------------------------------------------

BOOST_AUTO_TEST_CASE(what_is_in_the_queue_comes_before_the_loss_of_the_connection) {
  be_subscribed();
  arrived(1);
  BOOST_TEST(lose_connection().leave);
  check_next_is(1);
  check_next_fails(client_errc::connection_lost);
  check_next_fails(client_errc::connection_lost);
}

BOOST_AUTO_TEST_CASE(an_operation_that_waits_is_ended_by_the_loss_of_the_connection) {
  be_subscribed();
  BOOST_TEST(!machine.start_next(next_id));
  check_next_completed(lose_connection(), client_errc::connection_lost);
}

BOOST_AUTO_TEST_CASE(a_connection_lost_while_libvirt_is_asked_is_told_after_its_answer) {
  be_subscribing();
  BOOST_TEST(!lose_connection().leave);
  auto const done = joined();
  BOOST_TEST(*done.complete_subscribe == error_code());
  BOOST_TEST(done.leave);
  check_next_fails(client_errc::connection_lost);
}

BOOST_AUTO_TEST_CASE(what_is_in_the_queue_comes_before_the_end_by_closing) {
  be_subscribed();
  arrived(1);
  BOOST_TEST(close().leave);
  check_next_is(1);
  check_next_fails(aborted);
}

BOOST_AUTO_TEST_CASE(closing_ends_what_is_outstanding) {
  be_subscribing();
  BOOST_TEST(!machine.start_next(next_id));
  auto const closed = close();
  BOOST_TEST(*closed.complete_subscribe == aborted);
  check_next_completed(closed, aborted);
}

BOOST_AUTO_TEST_CASE(one_that_was_never_subscribed_ends_by_closing_too) {
  close();
  BOOST_TEST(machine.has_ended());
}

BOOST_AUTO_TEST_CASE(an_event_after_the_end_is_only_destroyed) {
  be_subscribed();
  close();
  BOOST_TEST(number_of(arrived(1).dropped) == 1);
  check_next_fails(aborted);
}

BOOST_AUTO_TEST_CASE(one_that_was_closed_in_that_moment_is_not_subscribed) {
  close();
  BOOST_TEST(*machine.start_subscribe(subscribe_id, 1, 1) == aborted);
}

BOOST_AUTO_TEST_CASE(a_loss_before_it_is_subscribed_is_nothing_to_it) {
  lose_connection();
  be_subscribed();
  check_next_fails(asio::error::would_block);
}

BOOST_AUTO_TEST_CASE(a_loss_after_the_end_changes_nothing) {
  be_subscribed();
  close();
  lose_connection();
  check_next_fails(aborted);
}

BOOST_AUTO_TEST_SUITE_END()

}  // namespace
