// Copyright (c) 2026 The libvirt-asio authors
// Distributed under the Boost Software License, Version 1.0.

#include "unit/support/print.hpp"
#include "unit/support/stream_machine.hpp"

#include <boost/test/unit_test.hpp>

namespace {

using namespace unit::stream_machines;
using libvirt_asio::client_errc;
using libvirt_asio::errc;
using libvirt_asio::stream_events;
using libvirt_asio::stream_state;
using libvirt_asio::detail::io_status;
using libvirt_asio::detail::stream_kind;

}  // namespace

BOOST_AUTO_TEST_SUITE(stream_machine_reading_test)

BOOST_AUTO_TEST_CASE(a_read_receives_before_it_waits) {
  auto machine = open_machine();
  auto const started = machine.start_read(10);
  BOOST_TEST(started.receive);
  BOOST_TEST(!started.complete_read);
  BOOST_TEST(completes(machine.received(bytes(7)).complete_read, {}, 7));
}

BOOST_AUTO_TEST_CASE(a_hole_is_told_from_data) {
  auto machine = receiving();
  auto const hole = machine.received(a_hole);
  BOOST_TEST(completes(hole.complete_read, {}, 1'000));
  BOOST_TEST(hole.complete_read->hole);
  static_cast<void>(machine.start_read(10));
  BOOST_TEST(!machine.received(bytes(1)).complete_read->hole);
}

BOOST_AUTO_TEST_CASE(events_are_asked_for_again_after_a_hole) {
  auto machine = waiting_to_read();
  static_cast<void>(machine.event(readable));
  BOOST_TEST(asks_for(machine.received(a_hole), readable));
  BOOST_TEST(does_nothing(machine.events_updated()));
}

BOOST_AUTO_TEST_CASE(events_that_were_not_asked_for_need_no_asking_again_after_a_hole) {
  auto machine = receiving();
  BOOST_TEST(!machine.received(a_hole).update_events);
}

BOOST_AUTO_TEST_CASE(events_are_asked_for_again_after_a_hole_when_an_update_under_way_is_done) {
  auto machine = receiving();
  BOOST_TEST(asks_for(machine.start_wait(readable), readable));
  BOOST_TEST(!machine.received(a_hole).update_events);
  BOOST_TEST(asks_for(machine.events_updated(), readable));
  BOOST_TEST(does_nothing(machine.events_updated()));
}

BOOST_AUTO_TEST_CASE(a_read_that_would_block_waits_and_receives_at_the_event) {
  auto machine = receiving();
  BOOST_TEST(!machine.waits_for_data());
  auto const blocked = machine.received(would_block);
  BOOST_TEST(asks_for(blocked, readable));
  BOOST_TEST(!blocked.complete_read);
  BOOST_TEST(machine.waits_for_data());
  static_cast<void>(machine.events_updated());
  BOOST_TEST(machine.event(readable).receive);
  BOOST_TEST(!machine.waits_for_data());
  BOOST_TEST(completes(machine.received(bytes(3)).complete_read, {}, 3));
}

BOOST_AUTO_TEST_CASE(a_false_event_makes_a_read_wait_on) {
  auto machine = waiting_to_read();
  BOOST_TEST(machine.event(readable).receive);
  BOOST_TEST(does_nothing(machine.received(would_block)));
  BOOST_TEST(machine.event(readable).receive);
}

BOOST_AUTO_TEST_CASE(a_read_after_one_that_left_nothing_waits_for_the_event_at_once) {
  auto machine = emptied();
  BOOST_TEST(does_nothing(machine.start_read(10)));
  BOOST_TEST(machine.waits_for_data());
  BOOST_TEST(machine.event(readable).receive);
  BOOST_TEST(completes(machine.received(bytes(3)).complete_read, {}, 3));
  BOOST_TEST(machine.start_read(10).receive);
}

BOOST_AUTO_TEST_CASE(a_read_after_an_event_that_nobody_waited_for_receives_at_once) {
  auto machine = emptied();
  BOOST_TEST(asks_for(machine.event(readable), none));
  BOOST_TEST(machine.start_read(10).receive);
  static_cast<void>(machine.received(last_bytes(3)));
  static_cast<void>(machine.events_updated());
  BOOST_TEST(machine.start_read(10).receive);
}

BOOST_AUTO_TEST_CASE(a_read_without_readable_events_receives_at_once) {
  auto machine = receiving();
  static_cast<void>(machine.received(last_bytes(3)));
  BOOST_TEST(machine.start_read(10).receive);
}

BOOST_AUTO_TEST_CASE(a_read_that_does_not_wait_can_leave_nothing_too) {
  auto machine = emptied();
  static_cast<void>(machine.start_immediate_read(10));
  static_cast<void>(machine.immediate_read_done(bytes(3)));
  BOOST_TEST(machine.start_read(10).receive);
  static_cast<void>(machine.received(bytes(3)));
  static_cast<void>(machine.start_immediate_read(10));
  static_cast<void>(machine.immediate_read_done(last_bytes(3)));
  BOOST_TEST(does_nothing(machine.start_read(10)));
}

BOOST_AUTO_TEST_CASE(a_read_after_the_connection_is_lost_receives_at_once) {
  auto machine = emptied();
  static_cast<void>(machine.connection_lost());
  BOOST_TEST(machine.start_read(10).receive);
}

BOOST_AUTO_TEST_CASE(a_waiting_read_receives_at_error_and_hangup_too) {
  for (auto const trouble : {stream_events::error, stream_events::hangup}) {
    auto machine = waiting_to_read(stream_kind::descriptor);
    BOOST_TEST(machine.event(trouble).receive);
  }
}

BOOST_AUTO_TEST_CASE(later_reads_meet_the_end_again_without_receiving) {
  auto machine = receiving();
  BOOST_TEST(completes(machine.received(end_of_stream).complete_read, eof));
  BOOST_TEST(machine.state() == stream_state::open);
  auto const again = machine.start_read(10);
  BOOST_TEST(completes(again.complete_read, eof));
  BOOST_TEST(!again.receive);
  BOOST_TEST(machine.start_immediate_read(1) == eof);
}

BOOST_AUTO_TEST_CASE(an_error_of_a_read_fails_the_stream_for_good) {
  auto machine = receiving();
  BOOST_TEST(completes(machine.received(failure).complete_read, errc::rpc));
  BOOST_TEST(machine.state() == stream_state::failed);
  BOOST_TEST(completes(machine.start_read(1).complete_read, errc::rpc));
  BOOST_TEST(completes(machine.start_write(1).complete_write, errc::rpc));
  BOOST_TEST(*machine.start_finish().complete_end == errc::rpc);
  BOOST_TEST(machine.start_immediate_read(1) == errc::rpc);
  BOOST_TEST(machine.start_immediate_write(1) == errc::rpc);
}

BOOST_AUTO_TEST_CASE(a_second_read_is_refused_and_leaves_the_first_alone) {
  for (auto machine : {receiving(), waiting_to_read()}) {
    auto const second = machine.start_read(10);
    BOOST_TEST(completes(second.complete_read, client_errc::operation_in_progress));
    BOOST_TEST(!second.receive);
    BOOST_TEST(machine.start_immediate_read(1) == client_errc::operation_in_progress);
  }
  auto machine = waiting_to_read();
  static_cast<void>(machine.start_read(10));
  BOOST_TEST(machine.event(readable).receive);
}

BOOST_AUTO_TEST_CASE(a_read_of_nothing_never_reaches_libvirt) {
  auto machine = open_machine();
  auto const done = machine.start_read(0);
  BOOST_TEST(completes(done.complete_read, {}));
  BOOST_TEST(!done.receive);
  BOOST_TEST(machine.start_read(1).receive);
}

BOOST_AUTO_TEST_CASE(a_read_of_nothing_succeeds_at_the_end_too) {
  auto machine = receiving();
  static_cast<void>(machine.received(end_of_stream));
  BOOST_TEST(completes(machine.start_read(0).complete_read, {}));
}

BOOST_AUTO_TEST_CASE(cancelling_a_waiting_read_completes_it_and_the_next_one_reads) {
  auto machine = waiting_to_read();
  BOOST_TEST(completes(machine.cancel_read().complete_read, aborted));
  BOOST_TEST(does_nothing(machine.cancel_read()));
  BOOST_TEST(machine.start_read(10).receive);
}

BOOST_AUTO_TEST_CASE(a_read_cancelled_while_it_receives_gives_the_bytes_it_got) {
  auto machine = receiving();
  BOOST_TEST(does_nothing(machine.cancel_read()));
  BOOST_TEST(completes(machine.received(bytes(5)).complete_read, {}, 5));
}

BOOST_AUTO_TEST_CASE(a_read_cancelled_while_it_receives_nothing_is_aborted) {
  auto machine = receiving();
  static_cast<void>(machine.cancel_read());
  auto const done = machine.received(would_block);
  BOOST_TEST(completes(done.complete_read, aborted));
  BOOST_TEST(!machine.waits_for_data());
}

BOOST_AUTO_TEST_CASE(a_cancelled_read_does_not_cancel_the_next_one) {
  auto machine = receiving();
  static_cast<void>(machine.cancel_read());
  static_cast<void>(machine.received(bytes(5)));
  static_cast<void>(machine.start_read(10));
  BOOST_TEST(!machine.received(would_block).complete_read);
  BOOST_TEST(machine.waits_for_data());
}

BOOST_AUTO_TEST_CASE(a_read_that_does_not_wait_leaves_nothing_behind) {
  auto machine = open_machine();
  BOOST_TEST(!machine.start_immediate_read(1));
  BOOST_TEST(completes(machine.start_read(1).complete_read, client_errc::operation_in_progress));
  BOOST_TEST(does_nothing(machine.immediate_read_done(would_block)));
  BOOST_TEST(!machine.start_immediate_read(1));
  static_cast<void>(machine.immediate_read_done(bytes(1)));
  BOOST_TEST(machine.start_read(1).receive);
}

BOOST_AUTO_TEST_CASE(a_read_that_does_not_wait_remembers_end_and_error) {
  auto ended = open_machine();
  static_cast<void>(ended.start_immediate_read(1));
  static_cast<void>(ended.immediate_read_done(end_of_stream));
  BOOST_TEST(completes(ended.start_read(1).complete_read, eof));

  auto failed = open_machine();
  static_cast<void>(failed.start_immediate_read(1));
  static_cast<void>(failed.immediate_read_done(failure));
  BOOST_TEST(failed.state() == stream_state::failed);
}

// libvirt spins when such a stream has nothing to give.
BOOST_AUTO_TEST_CASE(a_file_is_received_from_once_after_each_event) {
  auto machine = open_machine(stream_kind::file);
  auto const started = machine.start_read(10);
  BOOST_TEST(!started.receive);
  BOOST_TEST(asks_for(started, readable));
  static_cast<void>(machine.events_updated());
  BOOST_TEST(machine.event(readable).receive);
  BOOST_TEST(!machine.event(readable).receive);
  static_cast<void>(machine.events_updated());
  BOOST_TEST(completes(machine.received(bytes(10)).complete_read, {}, 10));
  BOOST_TEST(!machine.start_read(10).receive);
}

BOOST_AUTO_TEST_CASE(a_file_has_no_read_that_does_not_wait) {
  auto machine = open_machine(stream_kind::file);
  BOOST_TEST(machine.start_immediate_read(1) == client_errc::not_supported);
}

BOOST_AUTO_TEST_CASE(an_error_of_a_write_ends_a_waiting_read) {
  auto machine = waiting_to_read();
  static_cast<void>(machine.start_write(1));
  static_cast<void>(machine.begin_send());
  auto const done = machine.sent(failure);
  BOOST_TEST(completes(done.complete_write, errc::rpc));
  BOOST_TEST(completes(done.complete_read, errc::rpc));
}

BOOST_AUTO_TEST_CASE(an_error_of_a_write_ends_a_read_that_receives_nothing) {
  auto machine = receiving();
  static_cast<void>(machine.start_write(1));
  static_cast<void>(machine.begin_send());
  static_cast<void>(machine.sent(failure));
  BOOST_TEST(completes(machine.received(would_block).complete_read, errc::rpc));
}

BOOST_AUTO_TEST_CASE(a_read_that_does_not_wait_tells_that_the_connection_is_lost) {
  auto machine = open_machine();
  static_cast<void>(machine.connection_lost());
  BOOST_TEST(!machine.start_immediate_read(1));
  BOOST_TEST(does_nothing(machine.immediate_read_done(would_block)));
  BOOST_TEST((machine.seen.status == io_status::failed));
  BOOST_TEST(machine.seen.error == client_errc::connection_lost);
  BOOST_TEST(machine.state() == stream_state::open);
}

BOOST_AUTO_TEST_CASE(a_read_that_does_not_wait_tells_that_libvirt_has_aborted_the_stream) {
  auto machine = open_machine(stream_kind::descriptor);
  static_cast<void>(machine.event(stream_events::error));
  BOOST_TEST(!machine.start_immediate_read(1));
  static_cast<void>(machine.immediate_read_done(would_block));
  BOOST_TEST((machine.seen.status == io_status::failed));
  BOOST_TEST(machine.seen.error == client_errc::stream_aborted);
  BOOST_TEST(machine.state() == stream_state::failed);
}

BOOST_AUTO_TEST_CASE(a_read_that_does_not_wait_gives_what_is_queued_before_it_tells_of_the_loss) {
  auto machine = open_machine();
  static_cast<void>(machine.connection_lost());
  BOOST_TEST(!machine.start_immediate_read(10));
  static_cast<void>(machine.immediate_read_done(bytes(4)));
  BOOST_TEST((machine.seen.status == io_status::transferred));
  BOOST_TEST(machine.seen.bytes == 4U);
  BOOST_TEST(!machine.start_immediate_read(10));
  static_cast<void>(machine.immediate_read_done(would_block));
  BOOST_TEST(machine.seen.error == client_errc::connection_lost);
}

BOOST_AUTO_TEST_CASE(a_read_that_does_not_wait_gives_what_is_queued_before_it_tells_of_the_abort) {
  auto machine = open_machine(stream_kind::descriptor);
  static_cast<void>(machine.event(stream_events::error));
  BOOST_TEST(!machine.start_immediate_read(10));
  static_cast<void>(machine.immediate_read_done(bytes(4)));
  BOOST_TEST((machine.seen.status == io_status::transferred));
  BOOST_TEST(machine.state() == stream_state::open);
}

BOOST_AUTO_TEST_CASE(a_read_that_does_not_wait_would_block_while_the_stream_is_well) {
  auto machine = open_machine();
  BOOST_TEST(!machine.start_immediate_read(1));
  static_cast<void>(machine.immediate_read_done(would_block));
  BOOST_TEST((machine.seen.status == io_status::would_block));
}

BOOST_AUTO_TEST_SUITE_END()
