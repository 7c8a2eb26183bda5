// Copyright (c) 2026 The libvirt-asio authors
// Distributed under the Boost Software License, Version 1.0.

#include "unit/support/print.hpp"
#include "unit/support/stream_machine.hpp"

#include <boost/test/unit_test.hpp>

namespace {

using namespace unit::stream_machines;
using libvirt_asio::client_errc;
using libvirt_asio::stream_events;
using libvirt_asio::detail::stream_kind;

}  // namespace

BOOST_AUTO_TEST_SUITE(stream_machine_waiting_test)

// --- Waiting ------------------------------------------------------------------------------------------------

BOOST_AUTO_TEST_CASE(a_wait_completes_with_the_awaited_part_of_an_event) {
  auto machine = open_machine(stream_kind::descriptor);
  auto const started = machine.start_wait(readable | hangup);
  BOOST_TEST(!started.complete_wait);
  BOOST_TEST(asks_for(started, readable | hangup));
  static_cast<void>(machine.events_updated());
  BOOST_TEST(!machine.event(writable).complete_wait);
  BOOST_TEST(completes(machine.event(readable | writable).complete_wait, {}, readable));
}

BOOST_AUTO_TEST_CASE(a_second_wait_is_refused) {
  auto machine = waiting_for(readable);
  BOOST_TEST(completes(machine.start_wait(readable).complete_wait, client_errc::operation_in_progress, none));
  BOOST_TEST(completes(machine.event(readable).complete_wait, {}, readable));
}

BOOST_AUTO_TEST_CASE(a_wait_for_nothing_completes) {
  auto machine = open_machine();
  auto const started = machine.start_wait(none);
  bool const can_end = started.complete_wait || machine.cancel_wait().complete_wait;
  BOOST_TEST(can_end);
}

BOOST_AUTO_TEST_CASE(a_wait_can_be_cancelled) {
  auto machine = waiting_for(readable);
  BOOST_TEST(completes(machine.cancel_wait().complete_wait, aborted, none));
  BOOST_TEST(does_nothing(machine.cancel_wait()));
}

BOOST_AUTO_TEST_CASE(a_wait_for_data_lets_the_connection_take_it_in) {
  auto machine = open_machine();
  BOOST_TEST(!machine.waits_for_data());
  static_cast<void>(machine.start_wait(readable));
  BOOST_TEST(machine.waits_for_data());
  static_cast<void>(machine.cancel_wait());
  BOOST_TEST(!machine.waits_for_data());
}

BOOST_AUTO_TEST_CASE(the_end_counts_as_readable_and_writable) {
  auto machine = waiting_for(readable);
  static_cast<void>(machine.start_read(1));
  BOOST_TEST(completes(machine.received(end_of_stream).complete_wait, {}, readable));
  BOOST_TEST(completes(machine.start_wait(readable).complete_wait, {}, readable));
}

BOOST_AUTO_TEST_CASE(a_failure_completes_a_wait_of_any_kind) {
  auto machine = waiting_for(hangup);
  static_cast<void>(machine.start_read(1));
  BOOST_TEST(completes(machine.received(failure).complete_wait, {}, hangup));
  BOOST_TEST(completes(machine.start_wait(writable).complete_wait, {}, writable));
}

BOOST_AUTO_TEST_CASE(a_stream_of_a_daemon_is_writable_while_it_sends_nothing) {
  auto machine = open_machine();
  BOOST_TEST(completes(machine.start_wait(writable).complete_wait, {}, writable));
}

BOOST_AUTO_TEST_CASE(a_stream_of_a_daemon_is_writable_once_it_has_sent) {
  auto machine = sending();
  BOOST_TEST(does_nothing(machine.start_wait(writable)));
  BOOST_TEST(completes(machine.sent(bytes(write_size)).complete_wait, {}, writable));

  auto unfinished = with_unfinished_send();
  BOOST_TEST(does_nothing(unfinished.start_wait(writable)));
  BOOST_TEST(completes(unfinished.sent(bytes(10)).complete_wait, {}, writable));
}

BOOST_AUTO_TEST_CASE(an_event_completes_a_wait_and_a_read_together) {
  auto machine = waiting_to_read();
  static_cast<void>(machine.start_wait(readable));
  auto const done = machine.event(readable);
  BOOST_TEST(completes(done.complete_wait, {}, readable));
  BOOST_TEST(done.receive);
}

// --- What is asked of libvirt -------------------------------------------------------------------------------

BOOST_AUTO_TEST_CASE(events_are_asked_for_once_and_stay_on_between_reads) {
  auto machine = waiting_to_read();
  for (int i = 0; i != 3; ++i) {
    BOOST_TEST(!machine.event(readable).update_events);
    BOOST_TEST(!machine.received(bytes(1)).update_events);
    BOOST_TEST(!machine.start_read(10).update_events);
    BOOST_TEST(!machine.received(would_block).update_events);
  }
}

BOOST_AUTO_TEST_CASE(an_event_nobody_needs_turns_the_events_off) {
  auto machine = waiting_to_read();
  static_cast<void>(machine.event(readable));
  static_cast<void>(machine.received(bytes(1)));
  BOOST_TEST(asks_for(machine.event(readable), none));
  BOOST_TEST(does_nothing(machine.events_updated()));
  BOOST_TEST(machine.start_read(10).receive);
  BOOST_TEST(asks_for(machine.received(would_block), readable));
}

// A descriptor whose peer is gone has a hang-up in every round.
BOOST_AUTO_TEST_CASE(a_hangup_nobody_needs_turns_the_events_off) {
  auto machine = waiting_to_read(stream_kind::descriptor);
  static_cast<void>(machine.cancel_read());
  BOOST_TEST(asks_for(machine.event(hangup), none));
}

BOOST_AUTO_TEST_CASE(an_event_needed_again_while_it_is_turned_off_is_asked_for_afterwards) {
  auto machine = waiting_to_read();
  static_cast<void>(machine.cancel_read());
  BOOST_TEST(asks_for(machine.event(readable), none));
  static_cast<void>(machine.start_read(10));
  BOOST_TEST(!machine.received(would_block).update_events);
  BOOST_TEST(asks_for(machine.events_updated(), readable));
}

BOOST_AUTO_TEST_CASE(a_stream_of_a_daemon_is_never_asked_to_be_writable) {
  auto machine = sending();
  BOOST_TEST(!machine.start_wait(writable).update_events);
}

BOOST_AUTO_TEST_CASE(a_stream_of_a_daemon_is_asked_to_be_readable_only_for_who_waits_for_that) {
  auto machine = open_machine();
  for (auto const events : {hangup, stream_events::error, hangup | stream_events::error}) {
    BOOST_TEST(does_nothing(machine.start_wait(events)));
    static_cast<void>(machine.cancel_wait());
  }
  BOOST_TEST(asks_for(machine.start_wait(readable | hangup), readable));
}

BOOST_AUTO_TEST_CASE(a_failure_turns_the_events_off) {
  auto machine = waiting_to_read();
  BOOST_TEST(machine.start_write(1).send);
  BOOST_TEST(machine.begin_send());
  BOOST_TEST(asks_for(machine.sent(failure), none));
  BOOST_TEST(does_nothing(machine.event(readable)));
}

BOOST_AUTO_TEST_CASE(a_failure_while_events_are_being_asked_for_turns_them_off_afterwards) {
  auto machine = open_machine();
  BOOST_TEST(asks_for(machine.start_wait(readable), readable));
  BOOST_TEST(machine.start_read(10).receive);
  BOOST_TEST(!machine.received(failure).update_events);
  BOOST_TEST(asks_for(machine.events_updated(), none));
}

BOOST_AUTO_TEST_CASE(the_end_turns_the_events_off) {
  auto machine = waiting_to_read();
  static_cast<void>(machine.event(readable));
  BOOST_TEST(asks_for(machine.received(end_of_stream), none));

  auto immediate = emptied();
  static_cast<void>(immediate.start_immediate_read(10));
  BOOST_TEST(asks_for(immediate.immediate_read_done(end_of_stream), none));
}

BOOST_AUTO_TEST_CASE(a_stream_that_does_not_wait_asks_for_nothing) {
  auto machine = open_machine(stream_kind::descriptor);
  BOOST_TEST(!machine.start_read(1).update_events);
  BOOST_TEST(!machine.received(bytes(1)).update_events);
  BOOST_TEST(!machine.start_write(1).update_events);
  BOOST_TEST(machine.begin_send());
  BOOST_TEST(!machine.sent(bytes(1)).update_events);
}

BOOST_AUTO_TEST_CASE(events_of_a_stream_that_is_not_open_do_nothing) {
  auto machine = waiting_to_read();
  static_cast<void>(machine.start_abort());
  BOOST_TEST(does_nothing(machine.event(readable | writable | hangup)));
}

BOOST_AUTO_TEST_SUITE_END()
