// Copyright (c) 2026 The libvirt-asio authors
// Distributed under the Boost Software License, Version 1.0.

#include "stream/interest_machine.hpp"

#include "unit/support/print.hpp"

#include <boost/asio/error.hpp>
#include <boost/test/unit_test.hpp>

namespace {

namespace asio = boost::asio;
using libvirt_asio::client_errc;
using libvirt_asio::stream_events;
using libvirt_asio::stream_state;
using libvirt_asio::detail::interest_machine;
using libvirt_asio::detail::stream_actions;
using libvirt_asio::detail::stream_condition;
using libvirt_asio::detail::stream_kind;

constexpr auto readable = stream_events::readable;
constexpr auto writable = stream_events::writable;
constexpr interest_machine::demand nothing{};
constexpr interest_machine::demand data{.data = true};

struct fixture {
  fixture() {
    stream.state = stream_state::open;
    stream.kind = stream_kind::descriptor;
  }

  stream_actions ask_for_more(interest_machine::demand wanted) {
    stream_actions asked;
    machine.ask_for_more(stream, wanted, asked);
    return asked;
  }
  stream_actions updated(interest_machine::demand wanted) {
    stream_actions asked;
    machine.updated(stream, wanted, asked);
    return asked;
  }

  interest_machine machine;
  stream_condition stream;
  stream_actions to_do;
};

}  // namespace

BOOST_FIXTURE_TEST_SUITE(interest_machine_test, fixture)

BOOST_AUTO_TEST_CASE(a_wait_is_known_by_its_identity_while_it_is_outstanding) {
  machine.start_wait(1, readable);
  BOOST_TEST(machine.is(1));
  BOOST_TEST(!machine.is(2));
  machine.end(asio::error::operation_aborted, to_do);
  BOOST_TEST(!machine.is(1));
}

BOOST_AUTO_TEST_CASE(a_wait_is_told_of_what_it_waits_for_only) {
  machine.start_wait(1, readable);
  machine.tell(writable, to_do);
  BOOST_TEST(!to_do.complete_wait);
  machine.tell(readable | writable, to_do);
  BOOST_TEST_REQUIRE(to_do.complete_wait.has_value());
  BOOST_TEST((to_do.complete_wait->events == readable));
}

BOOST_AUTO_TEST_CASE(a_loss_answers_a_wait_at_once) {
  BOOST_TEST(!machine.answer(readable, stream, true));
  stream.connection_lost = true;
  auto const answer = machine.answer(readable, stream, true);
  BOOST_TEST_REQUIRE(answer.has_value());
  BOOST_TEST((answer->events == readable));
}

BOOST_AUTO_TEST_CASE(a_second_wait_is_refused) {
  machine.start_wait(1, readable);
  auto const answer = machine.answer(writable, stream, true);
  BOOST_TEST_REQUIRE(answer.has_value());
  BOOST_TEST(answer->error == client_errc::operation_in_progress);
}

BOOST_AUTO_TEST_CASE(events_that_are_asked_for_are_not_asked_for_again) {
  BOOST_TEST((ask_for_more(data).update_events == readable));
  static_cast<void>(updated(data));
  BOOST_TEST(!ask_for_more(data).update_events);
}

BOOST_AUTO_TEST_CASE(what_is_wanted_during_an_update_is_asked_for_after_it) {
  static_cast<void>(ask_for_more(data));
  machine.start_wait(1, writable);
  BOOST_TEST(!ask_for_more(data).update_events);
  BOOST_TEST((updated(data).update_events == (readable | writable)));
}

BOOST_AUTO_TEST_CASE(events_that_nobody_wants_are_turned_off_when_they_come) {
  static_cast<void>(ask_for_more(data));
  static_cast<void>(updated(nothing));
  machine.reported_in_vain(readable, stream, nothing, to_do);
  BOOST_TEST((to_do.update_events == stream_events::none));
}

BOOST_AUTO_TEST_CASE(a_stream_of_a_daemon_is_never_asked_to_be_writable) {
  stream.kind = stream_kind::daemon;
  machine.start_wait(1, writable);
  BOOST_TEST(!ask_for_more(nothing).update_events);
}

BOOST_AUTO_TEST_CASE(another_stream_of_libvirts_is_asked_anew) {
  static_cast<void>(ask_for_more(data));
  static_cast<void>(updated(data));
  machine.forget();
  BOOST_TEST((ask_for_more(data).update_events == readable));
}

BOOST_AUTO_TEST_SUITE_END()
