// Copyright (c) 2026 The libvirt-asio authors
// Distributed under the Boost Software License, Version 1.0.

#include "unit/support/print.hpp"
#include "unit/support/stream_machine.hpp"

#include <boost/test/unit_test.hpp>

namespace {

using namespace unit::stream_machines;
using libvirt_asio::stream_state;

}  // namespace

BOOST_AUTO_TEST_SUITE(stream_machine_cancelling_test)

BOOST_AUTO_TEST_CASE(cancelling_all_ends_what_is_outstanding_and_leaves_the_stream_open) {
  auto machine = waiting_to_read();
  static_cast<void>(machine.start_write(write_size));
  static_cast<void>(machine.start_wait(readable));
  auto const done = machine.cancel_all();
  BOOST_TEST(completes(done.complete_read, aborted));
  BOOST_TEST(completes(done.complete_write, aborted));
  BOOST_TEST(completes(done.complete_wait, aborted, none));
  BOOST_TEST(machine.state() == stream_state::open);
}

BOOST_AUTO_TEST_CASE(a_late_cancellation_reaches_no_operation_that_is_outstanding) {
  constexpr libvirt_asio::detail::operation_id finished = 99;
  auto machine = waiting_to_read();
  static_cast<void>(machine.start_write(write_size));
  static_cast<void>(machine.start_wait(readable));
  BOOST_TEST(does_nothing(machine.cancel(finished, true)));
  auto finishing = open_machine();
  static_cast<void>(finishing.start_finish());
  BOOST_TEST(does_nothing(finishing.cancel(finished, true)));
}

BOOST_AUTO_TEST_CASE(a_cancellation_of_what_has_finished_does_nothing) {
  auto machine = receiving();
  static_cast<void>(machine.received(bytes(1)));
  BOOST_TEST(does_nothing(machine.cancel_read()));
  BOOST_TEST(does_nothing(machine.cancel_write(true)));
  BOOST_TEST(does_nothing(machine.cancel_wait()));
  BOOST_TEST(does_nothing(machine.cancel_end()));
}

BOOST_AUTO_TEST_SUITE_END()
