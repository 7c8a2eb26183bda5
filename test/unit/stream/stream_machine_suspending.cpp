// Copyright (c) 2026 The libvirt-asio authors
// Distributed under the Boost Software License, Version 1.0.

#include "unit/support/print.hpp"
#include "unit/support/stream_machine.hpp"

#include <boost/asio/error.hpp>
#include <boost/test/unit_test.hpp>

namespace {

namespace asio = boost::asio;
using namespace unit::stream_machines;
using libvirt_asio::client_errc;
using libvirt_asio::errc;
using libvirt_asio::error_code;
using libvirt_asio::stream_state;
using libvirt_asio::detail::stream_kind;

}  // namespace

BOOST_AUTO_TEST_SUITE(stream_machine_suspending_test)

BOOST_AUTO_TEST_CASE(a_stream_that_is_used_is_not_suspended) {
  for (auto machine : {receiving(), waiting_to_read(), queued_to_write(), sending(), with_unfinished_send(),
                       waiting_for(readable), failed(), open_machine(stream_kind::file), stream_machine()})
    BOOST_TEST(!machine.suspend());
}

BOOST_AUTO_TEST_CASE(a_stream_that_has_ended_or_lost_its_connection_is_not_suspended) {
  auto ended = receiving();
  static_cast<void>(ended.received(end_of_stream));
  BOOST_TEST(!ended.suspend());
  auto lost = open_machine();
  static_cast<void>(lost.connection_lost());
  BOOST_TEST(!lost.suspend());
  auto aborting = open_machine();
  static_cast<void>(aborting.start_abort());
  BOOST_TEST(!aborting.suspend());
}

BOOST_AUTO_TEST_CASE(a_suspended_stream_is_opened_again_for_a_read) {
  auto machine = aside();
  BOOST_TEST(machine.state() == stream_state::open);
  auto const read = machine.start_read(10);
  BOOST_TEST(read.resume);
  BOOST_TEST(!read.receive);
  BOOST_TEST(machine.waits_for_data());
  BOOST_TEST(machine.resumed({}).receive);
  BOOST_TEST(asks_for(machine.received(would_block), readable));
}

BOOST_AUTO_TEST_CASE(a_suspended_stream_is_opened_again_for_a_read_at_once_which_gets_nothing_yet) {
  auto machine = aside();
  libvirt_asio::detail::stream_actions to_do;
  BOOST_TEST(machine.start_immediate_read(10, to_do) == asio::error::would_block);
  BOOST_TEST(to_do.resume);
  BOOST_TEST(!machine.resumed({}).receive);
  BOOST_TEST(machine.start_immediate_read(10) == error_code());
}

BOOST_AUTO_TEST_CASE(a_suspended_stream_is_opened_again_for_a_wait) {
  auto machine = aside();
  auto const wait = machine.start_wait(readable);
  BOOST_TEST(wait.resume);
  BOOST_TEST(!wait.update_events);
  BOOST_TEST(asks_for(machine.resumed({}), readable));
}

BOOST_AUTO_TEST_CASE(a_stream_is_opened_again_once_for_a_read_and_a_wait) {
  auto machine = returning();
  BOOST_TEST(!machine.start_wait(readable).resume);
}

BOOST_AUTO_TEST_CASE(a_read_that_does_not_wait_finds_nothing_in_a_suspended_stream) {
  auto machine = aside();
  BOOST_TEST(machine.start_immediate_read(1) == asio::error::would_block);
}

BOOST_AUTO_TEST_CASE(a_late_event_of_the_stream_given_up_is_nothing_to_the_next) {
  auto machine = returning();
  BOOST_TEST(does_nothing(machine.event(readable)));
}

BOOST_AUTO_TEST_CASE(a_read_is_cancelled_while_its_stream_is_opened_again_and_the_next_one_reads) {
  auto machine = returning();
  BOOST_TEST(completes(machine.cancel_read().complete_read, aborted));
  BOOST_TEST(!machine.start_read(10).resume);
  BOOST_TEST(machine.resumed({}).receive);
}

BOOST_AUTO_TEST_CASE(a_stream_that_cannot_be_opened_again_has_failed) {
  auto machine = returning();
  BOOST_TEST(completes(machine.resumed(errc::no_storage_vol).complete_read, errc::no_storage_vol));
  BOOST_TEST(machine.state() == stream_state::failed);
  BOOST_TEST(completes(machine.start_read(1).complete_read, errc::no_storage_vol));
  auto const ended = machine.start_abort();
  BOOST_TEST(!ended.abort);
  BOOST_TEST((ended.complete_end == error_code()));
}

BOOST_AUTO_TEST_CASE(a_suspended_stream_ends_without_libvirt) {
  auto finished = aside();
  auto const finish = finished.start_finish();
  BOOST_TEST(!finish.finish);
  BOOST_TEST((finish.complete_end == error_code()));
  BOOST_TEST(finished.state() == stream_state::finished);
  auto given_up = aside();
  auto const abort = given_up.start_abort();
  BOOST_TEST(!abort.abort);
  BOOST_TEST((abort.complete_end == error_code()));
  BOOST_TEST(given_up.state() == stream_state::aborted);
}

BOOST_AUTO_TEST_CASE(an_abort_waits_for_a_stream_that_is_being_opened_again) {
  auto machine = returning();
  auto const started = machine.start_abort();
  BOOST_TEST(completes(started.complete_read, aborted));
  BOOST_TEST(!started.abort);
  BOOST_TEST(!started.complete_end);
  BOOST_TEST(machine.resumed({}).abort);
}

BOOST_AUTO_TEST_CASE(an_abort_of_a_stream_that_could_not_be_opened_again_completes) {
  auto machine = returning();
  static_cast<void>(machine.start_abort());
  auto const resumed = machine.resumed(errc::no_storage_vol);
  BOOST_TEST(!resumed.abort);
  BOOST_TEST((resumed.complete_end == error_code()));
}

BOOST_AUTO_TEST_CASE(the_end_of_a_part_opens_the_next_one_for_the_read_that_met_it) {
  auto machine = receiving();
  BOOST_TEST(does_nothing(machine.part_ended()));
  auto const next = machine.received(would_block);
  BOOST_TEST(next.resume);
  BOOST_TEST(!next.complete_read);
  BOOST_TEST(!next.update_events);
}

BOOST_AUTO_TEST_CASE(the_end_of_a_part_ends_a_write_that_waits_for_its_turn) {
  auto machine = receiving();
  BOOST_TEST(machine.start_write(1).send);
  BOOST_TEST(completes(machine.part_ended().complete_write, client_errc::not_supported));
  BOOST_TEST(!machine.begin_send());
}

BOOST_AUTO_TEST_CASE(the_rest_of_a_write_is_not_sent_to_the_next_part) {
  auto machine = receiving();
  BOOST_TEST(machine.start_write(10, 4).send);
  BOOST_TEST(machine.begin_send());
  BOOST_TEST(does_nothing(machine.part_ended()));
  auto const sent = machine.sent(bytes(4));
  BOOST_TEST(!sent.send);
  BOOST_TEST(completes(sent.complete_write, client_errc::not_supported, 4));
}

BOOST_AUTO_TEST_CASE(a_stream_of_libvirt_s_is_awaited_until_it_is_open_or_given_up) {
  stream_machine machine;
  BOOST_TEST(!machine.awaits_opening());
  BOOST_TEST(!machine.start_open());
  BOOST_TEST(machine.awaits_opening());
  static_cast<void>(machine.opened(stream_kind::daemon));
  BOOST_TEST(!machine.awaits_opening());

  auto another = returning();
  BOOST_TEST(another.awaits_opening());
  static_cast<void>(another.close());
  BOOST_TEST(!another.awaits_opening());
}

BOOST_AUTO_TEST_CASE(a_suspended_stream_cannot_be_read_when_its_connection_is_lost) {
  auto machine = aside();
  static_cast<void>(machine.connection_lost());
  BOOST_TEST(completes(machine.start_read(1).complete_read, client_errc::connection_lost));
}

BOOST_AUTO_TEST_CASE(a_read_of_a_stream_being_opened_again_ends_when_that_fails_for_the_lost_connection) {
  auto machine = returning();
  BOOST_TEST(does_nothing(machine.connection_lost()));
  BOOST_TEST(completes(machine.resumed(errc::rpc).complete_read, errc::rpc));
}

BOOST_AUTO_TEST_CASE(a_suspended_stream_takes_no_write) {
  auto machine = aside();
  auto const write = machine.start_write(1);
  BOOST_TEST(completes(write.complete_write, client_errc::not_supported));
  BOOST_TEST(!write.send);
}

BOOST_AUTO_TEST_SUITE_END()
