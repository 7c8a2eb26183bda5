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

}  // namespace

BOOST_AUTO_TEST_SUITE(stream_machine_losing_the_connection_test)

BOOST_AUTO_TEST_CASE(what_libvirt_has_queued_can_be_read_after_the_connection_is_lost) {
  auto machine = open_machine();
  BOOST_TEST(does_nothing(machine.connection_lost()));
  BOOST_TEST(machine.start_read(10).receive);
  BOOST_TEST(completes(machine.received(bytes(6)).complete_read, {}, 6));
  BOOST_TEST(machine.start_read(10).receive);
  BOOST_TEST(completes(machine.received(would_block).complete_read, client_errc::connection_lost));
}

BOOST_AUTO_TEST_CASE(losing_the_connection_ends_what_is_outstanding) {
  auto machine = waiting_to_read();
  static_cast<void>(machine.start_write(1));
  static_cast<void>(machine.start_wait(readable));
  auto const lost = machine.connection_lost();
  BOOST_TEST(lost.receive);
  BOOST_TEST(completes(lost.complete_write, client_errc::connection_lost));
  BOOST_TEST(completes(lost.complete_wait, {}, readable));
  BOOST_TEST(completes(machine.received(would_block).complete_read, client_errc::connection_lost));
}

BOOST_AUTO_TEST_CASE(losing_the_connection_leaves_a_write_being_sent_to_libvirt) {
  auto machine = sending();
  BOOST_TEST(!machine.connection_lost().complete_write);
  BOOST_TEST(completes(machine.sent(failure).complete_write, errc::rpc));
}

BOOST_AUTO_TEST_CASE(writes_fail_after_the_connection_is_lost) {
  auto machine = open_machine();
  static_cast<void>(machine.connection_lost());
  BOOST_TEST(completes(machine.start_write(1).complete_write, client_errc::connection_lost));
}

BOOST_AUTO_TEST_CASE(waits_complete_after_the_connection_is_lost) {
  for (auto const events : {readable, writable, hangup, stream_events::error}) {
    auto machine = open_machine();
    static_cast<void>(machine.connection_lost());
    BOOST_TEST(completes(machine.start_wait(events).complete_wait, {}, events));
  }
}

BOOST_AUTO_TEST_CASE(a_stream_whose_connection_was_lost_can_be_aborted) {
  auto machine = open_machine();
  static_cast<void>(machine.connection_lost());
  BOOST_TEST(machine.start_abort().abort);
}

BOOST_AUTO_TEST_SUITE_END()
