// Copyright (c) 2026 The libvirt-asio authors
// Distributed under the Boost Software License, Version 1.0.

#include "unit/support/print.hpp"
#include "unit/support/stream_machine.hpp"

#include <boost/test/unit_test.hpp>

namespace {

using namespace unit::stream_machines;
using libvirt_asio::client_errc;
using libvirt_asio::errc;
using libvirt_asio::error_code;
using libvirt_asio::stream_state;

}  // namespace

BOOST_AUTO_TEST_SUITE(stream_machine_ending_test)

// --- Finishing and aborting ---------------------------------------------------------------------------------

BOOST_AUTO_TEST_CASE(finish_succeeds_once_libvirt_says_so) {
  auto machine = open_machine();
  auto const started = machine.start_finish();
  BOOST_TEST(started.finish);
  BOOST_TEST(!started.complete_end);
  BOOST_TEST(machine.state() == stream_state::finishing);
  auto const ended = machine.ended({});
  BOOST_TEST(*ended.complete_end == error_code());
  BOOST_TEST(machine.state() == stream_state::finished);
  BOOST_TEST(completes(machine.start_read(1).complete_read, client_errc::not_open));
}

BOOST_AUTO_TEST_CASE(finish_that_libvirt_refuses_fails_the_stream) {
  auto machine = open_machine();
  static_cast<void>(machine.start_finish());
  BOOST_TEST(*machine.ended(errc::rpc).complete_end == errc::rpc);
  BOOST_TEST(machine.state() == stream_state::failed);
}

BOOST_AUTO_TEST_CASE(finish_is_refused_with_a_write_outstanding) {
  for (auto machine : {queued_to_write(), sending(), waiting_to_write()}) {
    auto const done = machine.start_finish();
    BOOST_TEST(*done.complete_end == client_errc::operation_in_progress);
    BOOST_TEST(!done.finish);
    BOOST_TEST(machine.state() == stream_state::open);
  }
}

BOOST_AUTO_TEST_CASE(finish_waits_for_an_unfinished_send) {
  auto machine = with_unfinished_send();
  auto const started = machine.start_finish();
  BOOST_TEST(!started.finish);
  BOOST_TEST(!started.complete_end);
  BOOST_TEST(machine.sent(bytes(10)).finish);
}

BOOST_AUTO_TEST_CASE(finish_behind_an_unfinished_send_that_fails_gives_its_error) {
  auto machine = with_unfinished_send();
  static_cast<void>(machine.start_finish());
  auto const sent = machine.sent(failure);
  BOOST_TEST(!sent.finish);
  BOOST_TEST(*sent.complete_end == errc::rpc);
  BOOST_TEST(machine.state() == stream_state::failed);
}

BOOST_AUTO_TEST_CASE(finish_ends_a_waiting_read_and_wait) {
  auto machine = waiting_to_read();
  static_cast<void>(machine.start_wait(readable));
  auto const started = machine.start_finish();
  BOOST_TEST(completes(started.complete_read, aborted));
  BOOST_TEST(completes(started.complete_wait, aborted, none));
  BOOST_TEST(machine.events_updated().finish);
}

BOOST_AUTO_TEST_CASE(a_stream_to_be_finished_is_told_of_no_more_events) {
  auto machine = waiting_to_read();
  auto const started = machine.start_finish();
  BOOST_TEST(asks_for(started, none));
  BOOST_TEST(!started.finish);
  BOOST_TEST(does_nothing(machine.event(readable)));
  BOOST_TEST(machine.events_updated().finish);
}

BOOST_AUTO_TEST_CASE(finish_waits_for_a_read_that_receives) {
  auto machine = receiving();
  BOOST_TEST(does_nothing(machine.start_finish()));
  auto const received = machine.received(bytes(4));
  BOOST_TEST(completes(received.complete_read, {}, 4));
  BOOST_TEST(received.finish);
}

BOOST_AUTO_TEST_CASE(the_end_waits_for_libvirt_to_return_from_an_update_of_events) {
  auto machine = receiving();
  BOOST_TEST(machine.received(would_block).update_events.has_value());
  auto const started = machine.start_finish();
  BOOST_TEST(completes(started.complete_read, aborted));
  BOOST_TEST(!started.finish);
  auto const updated = machine.events_updated();
  BOOST_TEST(asks_for(updated, none));
  BOOST_TEST(!updated.finish);
  BOOST_TEST(machine.events_updated().finish);
}

BOOST_AUTO_TEST_CASE(finish_can_be_given_up_and_then_only_be_aborted) {
  auto machine = open_machine();
  static_cast<void>(machine.start_finish());
  BOOST_TEST(*machine.cancel_end().complete_end == aborted);
  BOOST_TEST(machine.state() == stream_state::finishing);
  BOOST_TEST(completes(machine.start_read(1).complete_read, client_errc::not_open));
  BOOST_TEST(*machine.start_finish().complete_end == client_errc::not_open);
  auto const abort = machine.start_abort();
  BOOST_TEST(!abort.complete_end);
  BOOST_TEST(!abort.abort);
  BOOST_TEST(machine.state() == stream_state::aborted);
  BOOST_TEST(machine.ended({}).complete_end.has_value());
  BOOST_TEST(machine.state() == stream_state::aborted);
}

BOOST_AUTO_TEST_CASE(finish_given_up_still_ends_the_stream) {
  auto machine = open_machine();
  static_cast<void>(machine.start_finish());
  static_cast<void>(machine.cancel_end());
  BOOST_TEST(!machine.ended({}).complete_end);
  BOOST_TEST(machine.state() == stream_state::finished);
}

BOOST_AUTO_TEST_CASE(a_second_end_is_refused) {
  auto finishing = open_machine();
  static_cast<void>(finishing.start_finish());
  BOOST_TEST(*finishing.start_finish().complete_end == client_errc::not_open);
  BOOST_TEST(*finishing.start_abort().complete_end == client_errc::operation_in_progress);
  BOOST_TEST(finishing.state() == stream_state::finishing);
}

BOOST_AUTO_TEST_CASE(abort_ends_what_is_outstanding) {
  auto machine = waiting_to_read();
  static_cast<void>(machine.start_write(1));
  static_cast<void>(machine.start_wait(readable));
  auto const started = machine.start_abort();
  BOOST_TEST(completes(started.complete_read, aborted));
  BOOST_TEST(completes(started.complete_write, aborted, 0));
  BOOST_TEST(completes(started.complete_wait, aborted, none));
  BOOST_TEST(started.abort);
  BOOST_TEST(machine.state() == stream_state::aborted);
  BOOST_TEST(*machine.ended({}).complete_end == error_code());
}

BOOST_AUTO_TEST_CASE(abort_waits_for_a_send_that_still_needs_its_buffer) {
  auto machine = sending();
  BOOST_TEST(does_nothing(machine.start_abort()));
  BOOST_TEST(completes(machine.data_copied().complete_write, aborted, write_size));
  BOOST_TEST(machine.sent(bytes(10)).abort);
}

BOOST_AUTO_TEST_CASE(abort_waits_for_a_read_that_receives) {
  auto machine = receiving();
  BOOST_TEST(does_nothing(machine.start_abort()));
  auto const received = machine.received(would_block);
  BOOST_TEST(completes(received.complete_read, aborted));
  BOOST_TEST(received.abort);
}

BOOST_AUTO_TEST_CASE(abort_of_a_finish_that_waits_replaces_it) {
  auto machine = with_unfinished_send();
  static_cast<void>(machine.start_finish());
  static_cast<void>(machine.cancel_end());
  BOOST_TEST(does_nothing(machine.start_abort()));
  auto const sent = machine.sent(bytes(10));
  BOOST_TEST(sent.abort);
  BOOST_TEST(!sent.finish);
}

BOOST_AUTO_TEST_CASE(a_failed_stream_can_be_aborted) {
  auto machine = failed();
  BOOST_TEST(machine.start_abort().abort);
  BOOST_TEST(machine.state() == stream_state::aborted);
}

BOOST_AUTO_TEST_CASE(a_stream_that_has_ended_can_not_be_ended_again) {
  auto finished = open_machine();
  static_cast<void>(finished.start_finish());
  static_cast<void>(finished.ended({}));
  BOOST_TEST(*finished.start_finish().complete_end == client_errc::not_open);
  BOOST_TEST(*finished.start_abort().complete_end == client_errc::not_open);

  auto aborted_stream = open_machine();
  static_cast<void>(aborted_stream.start_abort());
  static_cast<void>(aborted_stream.ended({}));
  BOOST_TEST(*aborted_stream.start_abort().complete_end == client_errc::not_open);
}

BOOST_AUTO_TEST_CASE(a_stream_at_its_end_can_be_finished) {
  auto machine = receiving();
  static_cast<void>(machine.received(end_of_stream));
  BOOST_TEST(machine.start_finish().finish);
}

// --- Closing ------------------------------------------------------------------------------------------------

BOOST_AUTO_TEST_CASE(close_ends_whatever_is_outstanding) {
  auto machine = waiting_to_read();
  static_cast<void>(machine.start_write(1));
  static_cast<void>(machine.start_wait(readable));
  auto const closed = machine.close();
  BOOST_TEST(completes(closed.complete_read, aborted));
  BOOST_TEST(completes(closed.complete_write, aborted, 0));
  BOOST_TEST(completes(closed.complete_wait, aborted, none));
  BOOST_TEST(machine.state() == stream_state::closed);
}

BOOST_AUTO_TEST_CASE(close_leaves_operations_that_libvirt_works_on_their_buffers) {
  auto reading = receiving();
  BOOST_TEST(!reading.close().complete_read);
  BOOST_TEST(completes(reading.received(would_block).complete_read, aborted));

  auto writing = sending();
  BOOST_TEST(!writing.close().complete_write);
  BOOST_TEST(completes(writing.data_copied().complete_write, aborted, write_size));
}

BOOST_AUTO_TEST_CASE(close_leaves_an_unfinished_send_to_libvirt) {
  auto machine = with_unfinished_send();
  BOOST_TEST(does_nothing(machine.close()));
  BOOST_TEST(does_nothing(machine.sent(bytes(10))));
}

BOOST_AUTO_TEST_CASE(close_ends_a_finish_and_an_abort) {
  auto finishing = open_machine();
  static_cast<void>(finishing.start_finish());
  BOOST_TEST(*finishing.close().complete_end == aborted);
  BOOST_TEST(!finishing.ended({}).complete_end);
  BOOST_TEST(finishing.state() == stream_state::closed);

  auto aborting = open_machine();
  static_cast<void>(aborting.start_abort());
  BOOST_TEST(*aborting.close().complete_end == aborted);
}

BOOST_AUTO_TEST_CASE(close_of_an_opening_failed_or_closed_stream_has_nothing_to_end) {
  stream_machine opening;
  static_cast<void>(opening.start_open());
  for (auto machine : {opening, failed(), stream_machine()}) {
    BOOST_TEST(does_nothing(machine.close()));
    BOOST_TEST(machine.state() == stream_state::closed);
    BOOST_TEST(completes(machine.start_read(1).complete_read, client_errc::not_open));
  }
}

BOOST_AUTO_TEST_SUITE_END()
