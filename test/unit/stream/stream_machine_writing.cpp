// Copyright (c) 2026 The libvirt-asio authors
// Distributed under the Boost Software License, Version 1.0.

#include "unit/support/print.hpp"
#include "unit/support/stream_machine.hpp"

#include <boost/asio/error.hpp>
#include <boost/test/unit_test.hpp>

#include <vector>

namespace {

namespace asio = boost::asio;
using namespace unit::stream_machines;
using libvirt_asio::client_errc;
using libvirt_asio::errc;
using libvirt_asio::stream_events;
using libvirt_asio::stream_state;
using libvirt_asio::detail::stream_kind;

}  // namespace

BOOST_AUTO_TEST_SUITE(stream_machine_writing_test)

BOOST_AUTO_TEST_CASE(a_write_is_sent_and_completes_with_what_was_sent) {
  auto machine = open_machine(stream_kind::descriptor);
  auto const started = machine.start_write(10);
  BOOST_TEST(started.send);
  BOOST_TEST(!started.complete_write);
  BOOST_TEST(machine.begin_send());
  BOOST_TEST(completes(machine.sent(bytes(8)).complete_write, {}, 8));
  BOOST_TEST(machine.start_write(2).send);
}

BOOST_AUTO_TEST_CASE(a_write_completes_when_libvirt_has_copied_its_data) {
  auto machine = sending();
  BOOST_TEST(completes(machine.data_copied().complete_write, {}, write_size));
  BOOST_TEST(does_nothing(machine.data_copied()));
  BOOST_TEST(does_nothing(machine.sent(bytes(10))));
  BOOST_TEST(machine.start_write(2).send);
}

BOOST_AUTO_TEST_CASE(a_small_write_completes_when_it_is_sent) {
  auto machine = sending_little();
  BOOST_TEST(does_nothing(machine.data_copied()));
  BOOST_TEST(completes(machine.start_write(1).complete_write, client_errc::operation_in_progress));
  BOOST_TEST(completes(machine.sent(bytes(1)).complete_write, {}, 1));
  BOOST_TEST(machine.start_write(2).send);
}

BOOST_AUTO_TEST_CASE(a_small_write_reports_that_it_could_not_be_sent) {
  auto machine = sending_little();
  static_cast<void>(machine.data_copied());
  BOOST_TEST(completes(machine.sent(failure).complete_write, errc::rpc));
}

BOOST_AUTO_TEST_CASE(a_small_write_that_libvirt_has_copied_can_be_given_up_at_once) {
  for (auto const& give_up : std::vector<actions (*)(stream_machine&)>{
           [](stream_machine& machine) { return machine.cancel_write(true); },
           [](stream_machine& machine) { return machine.start_abort(); },
           [](stream_machine& machine) { return machine.close(); }}) {
    auto machine = sending_little();
    static_cast<void>(machine.data_copied());
    auto const given_up = give_up(machine);
    BOOST_TEST(completes(given_up.complete_write, aborted, 1));
    BOOST_TEST(!given_up.abort);
    BOOST_TEST(!machine.sent(bytes(1)).complete_write);
  }
}

BOOST_AUTO_TEST_CASE(total_cancellation_leaves_a_small_write_alone) {
  auto machine = sending_little();
  static_cast<void>(machine.data_copied());
  BOOST_TEST(does_nothing(machine.cancel_write(false)));
  BOOST_TEST(completes(machine.sent(bytes(1)).complete_write, {}, 1));
}

BOOST_AUTO_TEST_CASE(a_large_write_is_sent_in_packets_and_completes_when_the_last_is_copied) {
  auto machine = sending_first_of_two_packets();
  BOOST_TEST(does_nothing(machine.data_copied()));
  BOOST_TEST(completes(machine.start_write(1).complete_write, client_errc::operation_in_progress));
  auto const sent = machine.sent(bytes(packet_size));
  BOOST_TEST(sent.send);
  BOOST_TEST(!sent.complete_write);
  BOOST_TEST(machine.written() == packet_size);
  BOOST_TEST(machine.begin_send());
  BOOST_TEST(completes(machine.data_copied().complete_write, {}, write_size));
}

BOOST_AUTO_TEST_CASE(a_packet_that_cannot_be_sent_ends_a_large_write) {
  auto machine = sending_first_of_two_packets();
  static_cast<void>(machine.sent(bytes(packet_size)));
  static_cast<void>(machine.begin_send());
  auto const failed = machine.sent(failure);
  BOOST_TEST(completes(failed.complete_write, errc::rpc, packet_size));
  BOOST_TEST(!failed.send);
}

BOOST_AUTO_TEST_CASE(a_large_write_is_cancelled_at_once_between_two_packets) {
  auto machine = sending_first_of_two_packets();
  static_cast<void>(machine.sent(bytes(packet_size)));
  BOOST_TEST(completes(machine.cancel_write(true).complete_write, aborted, packet_size));
  BOOST_TEST(!machine.begin_send());
}

BOOST_AUTO_TEST_CASE(a_large_write_is_cancelled_at_once_while_a_copied_packet_is_sent) {
  auto machine = sending_first_of_two_packets();
  static_cast<void>(machine.data_copied());
  BOOST_TEST(completes(machine.cancel_write(true).complete_write, aborted, packet_size));
  BOOST_TEST(does_nothing(machine.sent(bytes(packet_size))));
  BOOST_TEST(machine.start_write(1).send);
}

BOOST_AUTO_TEST_CASE(a_large_write_given_up_before_the_copy_ends_with_that_packet) {
  auto machine = sending_first_of_two_packets();
  BOOST_TEST(does_nothing(machine.cancel_write(true)));
  BOOST_TEST(completes(machine.data_copied().complete_write, aborted, packet_size));
  BOOST_TEST(!machine.sent(bytes(packet_size)).send);
}

BOOST_AUTO_TEST_CASE(total_cancellation_leaves_a_large_write_alone_once_a_packet_is_sent) {
  auto machine = sending_first_of_two_packets();
  static_cast<void>(machine.sent(bytes(packet_size)));
  BOOST_TEST(does_nothing(machine.cancel_write(false)));
  BOOST_TEST(machine.begin_send());
}

BOOST_AUTO_TEST_CASE(an_abort_waits_for_the_packet_being_sent_and_no_more_follow) {
  auto machine = sending_first_of_two_packets();
  static_cast<void>(machine.data_copied());
  auto const started = machine.start_abort();
  BOOST_TEST(completes(started.complete_write, aborted, packet_size));
  BOOST_TEST(!started.abort);
  auto const sent = machine.sent(bytes(packet_size));
  BOOST_TEST(sent.abort);
  BOOST_TEST(!sent.send);
}

BOOST_AUTO_TEST_CASE(a_local_stream_takes_what_it_can_of_a_large_write) {
  auto machine = open_machine(stream_kind::descriptor);
  static_cast<void>(machine.start_write(write_size, packet_size));
  static_cast<void>(machine.begin_send());
  auto const sent = machine.sent(bytes(packet_size));
  BOOST_TEST(completes(sent.complete_write, {}, packet_size));
  BOOST_TEST(!sent.send);
}

BOOST_AUTO_TEST_CASE(a_second_write_is_refused) {
  for (auto machine : {queued_to_write(), sending(), waiting_to_write()}) {
    auto const second = machine.start_write(10);
    BOOST_TEST(completes(second.complete_write, client_errc::operation_in_progress));
    BOOST_TEST(!second.send);
    BOOST_TEST(machine.start_immediate_write(1) == client_errc::operation_in_progress);
  }
}

BOOST_AUTO_TEST_CASE(a_read_and_a_write_may_be_outstanding_at_once) {
  auto machine = waiting_to_read();
  BOOST_TEST(machine.start_write(10).send);
  BOOST_TEST(machine.begin_send());
  BOOST_TEST(machine.event(readable).receive);
}

BOOST_AUTO_TEST_CASE(a_write_of_nothing_never_reaches_libvirt) {
  auto machine = open_machine();
  auto const done = machine.start_write(0);
  BOOST_TEST(completes(done.complete_write, {}));
  BOOST_TEST(!done.send);
  BOOST_TEST(!machine.begin_send());
}

BOOST_AUTO_TEST_CASE(an_error_of_a_write_fails_the_stream) {
  auto machine = sending();
  BOOST_TEST(completes(machine.sent(failure).complete_write, errc::rpc));
  BOOST_TEST(machine.state() == stream_state::failed);
}

BOOST_AUTO_TEST_CASE(an_error_of_a_read_ends_a_queued_write) {
  auto machine = queued_to_write();
  static_cast<void>(machine.start_read(1));
  BOOST_TEST(completes(machine.received(failure).complete_write, errc::rpc));
  BOOST_TEST(!machine.begin_send());
}

BOOST_AUTO_TEST_CASE(an_error_of_a_read_leaves_a_write_being_sent_to_libvirt) {
  auto machine = sending();
  static_cast<void>(machine.start_read(1));
  BOOST_TEST(!machine.received(failure).complete_write);
  BOOST_TEST(completes(machine.sent(bytes(10)).complete_write, {}, 10));
}

BOOST_AUTO_TEST_CASE(a_queued_write_is_cancelled_without_being_sent) {
  for (bool const started_too : {false, true}) {
    auto machine = queued_to_write();
    BOOST_TEST(completes(machine.cancel_write(started_too).complete_write, aborted, 0));
    BOOST_TEST(!machine.begin_send());
    BOOST_TEST(machine.start_write(5).send);
  }
}

BOOST_AUTO_TEST_CASE(total_cancellation_leaves_a_write_being_sent_alone) {
  auto machine = sending();
  BOOST_TEST(does_nothing(machine.cancel_write(false)));
  BOOST_TEST(completes(machine.data_copied().complete_write, {}, write_size));
}

BOOST_AUTO_TEST_CASE(a_write_cancelled_before_the_copy_keeps_its_buffer_until_the_copy) {
  auto machine = sending();
  BOOST_TEST(does_nothing(machine.cancel_write(true)));
  BOOST_TEST(completes(machine.data_copied().complete_write, aborted, write_size));
}

BOOST_AUTO_TEST_CASE(a_write_that_libvirt_has_copied_cannot_be_cancelled) {
  auto machine = with_unfinished_send();
  BOOST_TEST(does_nothing(machine.cancel_write(true)));
}

BOOST_AUTO_TEST_CASE(a_cancelled_write_that_is_sent_before_the_copy_is_noticed_completes_as_sent) {
  auto machine = sending();
  static_cast<void>(machine.cancel_write(true));
  BOOST_TEST(completes(machine.sent(bytes(10)).complete_write, {}, 10));
}

BOOST_AUTO_TEST_CASE(a_write_behind_an_unfinished_send_waits_for_it) {
  auto machine = with_unfinished_send();
  auto const next = machine.start_write(20);
  BOOST_TEST(!next.send);
  BOOST_TEST(!machine.begin_send());
  auto const sent = machine.sent(bytes(10));
  BOOST_TEST(sent.send);
  BOOST_TEST(!sent.complete_write);
  BOOST_TEST(machine.begin_send());
  BOOST_TEST(completes(machine.sent(bytes(20)).complete_write, {}, 20));
}

BOOST_AUTO_TEST_CASE(a_write_behind_an_unfinished_send_can_be_cancelled) {
  auto machine = with_unfinished_send();
  static_cast<void>(machine.start_write(20));
  BOOST_TEST(completes(machine.cancel_write(false).complete_write, aborted, 0));
  BOOST_TEST(does_nothing(machine.sent(bytes(10))));
}

BOOST_AUTO_TEST_CASE(an_unfinished_send_that_fails_fails_the_stream_and_the_write_behind_it) {
  auto machine = with_unfinished_send();
  static_cast<void>(machine.start_write(20));
  auto const sent = machine.sent(failure);
  BOOST_TEST(!sent.send);
  BOOST_TEST(completes(sent.complete_write, errc::rpc));
  BOOST_TEST(machine.state() == stream_state::failed);
}

BOOST_AUTO_TEST_CASE(the_copy_of_an_earlier_write_says_nothing_about_the_next) {
  auto machine = with_unfinished_send();
  static_cast<void>(machine.start_write(20));
  static_cast<void>(machine.sent(bytes(10)));
  static_cast<void>(machine.begin_send());
  BOOST_TEST(does_nothing(machine.cancel_write(true)));
  BOOST_TEST(completes(machine.data_copied().complete_write, aborted, 20));
}

BOOST_AUTO_TEST_CASE(an_unfinished_send_that_fails_is_the_error_of_the_next_write) {
  auto machine = with_unfinished_send();
  BOOST_TEST(!machine.sent(failure).complete_write);
  BOOST_TEST(completes(machine.start_write(1).complete_write, errc::rpc));
}

BOOST_AUTO_TEST_CASE(a_write_to_a_full_descriptor_waits_until_it_is_writable) {
  auto machine = sending(stream_kind::descriptor);
  BOOST_TEST(asks_for(machine.sent(would_block), writable));
  static_cast<void>(machine.events_updated());
  BOOST_TEST(!machine.event(readable).send);
  BOOST_TEST(machine.event(writable).send);
  BOOST_TEST(machine.begin_send());
}

BOOST_AUTO_TEST_CASE(a_waiting_write_is_sent_at_error_and_hangup_too) {
  for (auto const trouble : {stream_events::error, stream_events::hangup}) {
    auto machine = waiting_to_write();
    BOOST_TEST(machine.event(trouble).send);
  }
}

BOOST_AUTO_TEST_CASE(a_waiting_write_is_cancelled_with_nothing_sent) {
  auto machine = waiting_to_write();
  BOOST_TEST(completes(machine.cancel_write(false).complete_write, aborted, 0));
  BOOST_TEST(!machine.event(writable).send);
}

BOOST_AUTO_TEST_CASE(only_a_descriptor_has_a_write_that_does_not_wait) {
  auto machine = open_machine(stream_kind::descriptor);
  BOOST_TEST(!machine.start_immediate_write(1));
  BOOST_TEST(completes(machine.start_write(1).complete_write, client_errc::operation_in_progress));
  static_cast<void>(machine.immediate_write_done(bytes(1)));
  BOOST_TEST(machine.start_write(1).send);

  auto daemon = open_machine();
  BOOST_TEST(daemon.start_immediate_write(1) == asio::error::would_block);
}

BOOST_AUTO_TEST_CASE(a_write_that_does_not_wait_tells_that_the_connection_is_lost) {
  auto machine = open_machine();
  static_cast<void>(machine.connection_lost());
  BOOST_TEST(machine.start_immediate_write(1) == client_errc::connection_lost);
}

BOOST_AUTO_TEST_SUITE_END()
