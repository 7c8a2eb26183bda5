// Copyright (c) 2026 The libvirt-asio authors
// Distributed under the Boost Software License, Version 1.0.

#include "unit/support/print.hpp"
#include "unit/support/stream_machine.hpp"

#include <boost/test/unit_test.hpp>

namespace {

using namespace unit::stream_machines;
using libvirt_asio::client_errc;
using libvirt_asio::error_code;
using libvirt_asio::stream_state;
using libvirt_asio::detail::stream_kind;

}  // namespace

BOOST_AUTO_TEST_SUITE(stream_machine_opening_test)

BOOST_AUTO_TEST_CASE(a_new_stream_is_closed_and_refuses_every_operation) {
  stream_machine machine;
  BOOST_TEST(machine.state() == stream_state::closed);
  BOOST_TEST(completes(machine.start_read(1).complete_read, client_errc::not_open));
  BOOST_TEST(completes(machine.start_write(1).complete_write, client_errc::not_open));
  BOOST_TEST(completes(machine.start_wait(readable).complete_wait, client_errc::not_open, none));
  BOOST_TEST(*machine.start_finish().complete_end == client_errc::not_open);
  BOOST_TEST(*machine.start_abort().complete_end == client_errc::not_open);
  BOOST_TEST(machine.start_immediate_read(1) == client_errc::not_open);
  BOOST_TEST(machine.start_immediate_write(1) == client_errc::not_open);
}

BOOST_AUTO_TEST_CASE(a_stream_being_opened_cannot_be_opened_nor_used) {
  stream_machine machine;
  BOOST_TEST(!machine.start_open());
  BOOST_TEST(machine.state() == stream_state::opening);
  BOOST_TEST(machine.start_open() == client_errc::already_open);
  BOOST_TEST(completes(machine.start_read(1).complete_read, client_errc::not_open));
  BOOST_TEST(*machine.start_abort().complete_end == client_errc::not_open);
}

BOOST_AUTO_TEST_CASE(an_open_stream_cannot_be_opened) {
  auto machine = open_machine(stream_kind::file);
  BOOST_TEST(machine.state() == stream_state::open);
  BOOST_TEST((machine.kind() == stream_kind::file));
  BOOST_TEST(machine.start_open() == client_errc::already_open);
}

BOOST_AUTO_TEST_CASE(a_stream_that_failed_to_open_can_be_opened_again) {
  stream_machine machine;
  BOOST_TEST(!machine.start_open());
  machine.open_failed();
  BOOST_TEST(machine.state() == stream_state::closed);
  BOOST_TEST(!machine.start_open());
}

BOOST_AUTO_TEST_CASE(cancelling_all_ends_an_opening) {
  stream_machine machine;
  BOOST_TEST(!machine.start_open());
  BOOST_TEST((machine.cancel_all().complete_open == error_code(aborted)));
  BOOST_TEST(machine.state() == stream_state::closed);
  BOOST_TEST(!machine.opened(stream_kind::daemon).complete_open);
  BOOST_TEST(machine.state() == stream_state::closed);
}

BOOST_AUTO_TEST_CASE(a_late_cancellation_of_an_opening_leaves_the_open_stream_alone) {
  auto machine = open_machine();
  auto const done = machine.cancel_open();
  BOOST_TEST(does_nothing(done));
  BOOST_TEST(!done.complete_open);
  BOOST_TEST(machine.state() == stream_state::open);
}

BOOST_AUTO_TEST_SUITE_END()
