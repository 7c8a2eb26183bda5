// Copyright (c) 2026 The libvirt-asio authors
// Distributed under the Boost Software License, Version 1.0.

#include "stream/read_machine.hpp"

#include "unit/support/print.hpp"

#include <boost/asio/error.hpp>
#include <boost/test/unit_test.hpp>

namespace {

namespace asio = boost::asio;
using libvirt_asio::client_errc;
using libvirt_asio::errc;
using libvirt_asio::error_code;
using libvirt_asio::stream_state;
using libvirt_asio::detail::io_result;
using libvirt_asio::detail::io_status;
using libvirt_asio::detail::read_machine;
using libvirt_asio::detail::reason_for_no_data;
using libvirt_asio::detail::stream_actions;
using libvirt_asio::detail::stream_condition;
using libvirt_asio::detail::stream_kind;

io_result const would_block{};
io_result const failure{io_status::failed, 0, errc::rpc};

struct fixture {
  fixture() { stream.state = stream_state::open; }

  void be_receiving() {
    stream_actions ignored;
    machine.start_receiving(1, ignored);
  }

  read_machine machine;
  stream_condition stream;
  stream_actions to_do;
};

}  // namespace

BOOST_FIXTURE_TEST_SUITE(read_machine_test, fixture)

BOOST_AUTO_TEST_CASE(a_read_is_known_by_its_identity_while_it_is_outstanding) {
  machine.start_waiting(1);
  BOOST_TEST(machine.is(1));
  BOOST_TEST(!machine.is(2));
  machine.end(asio::error::operation_aborted, to_do);
  BOOST_TEST(!machine.is(1));
}

BOOST_AUTO_TEST_CASE(a_stream_is_refused_that_is_not_open_or_at_its_end) {
  BOOST_TEST(!machine.refusal(1, stream));
  stream.end_of_stream = true;
  BOOST_TEST((machine.refusal(1, stream) == error_code(asio::error::eof)));
  stream.state = stream_state::closed;
  BOOST_TEST((machine.refusal(1, stream) == error_code(client_errc::not_open)));
}

BOOST_AUTO_TEST_CASE(a_stream_that_is_suspended_is_read_only_by_who_waits) {
  stream.native = stream_condition::presence::suspended;
  BOOST_TEST(!machine.refusal(1, stream));
  BOOST_TEST((machine.refusal_at_once(1, stream) == error_code(asio::error::would_block)));
}

BOOST_AUTO_TEST_CASE(a_read_that_waits_receives_when_it_is_woken) {
  machine.start_waiting(1);
  machine.wake(to_do);
  BOOST_TEST(to_do.receive);
  BOOST_TEST(machine.is_receiving());
}

BOOST_AUTO_TEST_CASE(nobody_is_woken_who_does_not_wait) {
  machine.wake(to_do);
  be_receiving();
  machine.wake(to_do);
  BOOST_TEST(!to_do.receive);
}

BOOST_AUTO_TEST_CASE(a_receive_that_would_block_waits) {
  be_receiving();
  BOOST_TEST((machine.received(would_block, stream, to_do) == read_machine::outcome::waits));
  BOOST_TEST(machine.is_waiting());
}

BOOST_AUTO_TEST_CASE(a_failure_completes_the_read_with_its_error) {
  be_receiving();
  BOOST_TEST((machine.received(failure, stream, to_do) == read_machine::outcome::failed));
  BOOST_TEST_REQUIRE(to_do.complete_read.has_value());
  BOOST_TEST(to_do.complete_read->error == errc::rpc);
}

BOOST_AUTO_TEST_CASE(a_read_without_data_ends_with_the_reason_for_that) {
  be_receiving();
  stream.connection_lost = true;
  BOOST_TEST((machine.received(would_block, stream, to_do) == read_machine::outcome::completed));
  BOOST_TEST_REQUIRE(to_do.complete_read.has_value());
  BOOST_TEST(to_do.complete_read->error == client_errc::connection_lost);
}

BOOST_AUTO_TEST_CASE(there_is_no_reason_for_no_data_while_the_stream_is_well) {
  BOOST_TEST(!reason_for_no_data(stream));
  stream.aborted_by_libvirt = true;
  BOOST_TEST(reason_for_no_data(stream) == client_errc::stream_aborted);
  stream.connection_lost = true;
  BOOST_TEST(reason_for_no_data(stream) == client_errc::connection_lost);
}

BOOST_AUTO_TEST_CASE(a_read_that_does_not_wait_gives_the_reason_for_no_data) {
  machine.start_at_once();
  stream.connection_lost = true;
  auto const seen = machine.received_at_once(would_block, stream);
  BOOST_TEST((seen.status == io_status::failed));
  BOOST_TEST(seen.error == client_errc::connection_lost);
  BOOST_TEST(!machine.is_outstanding());
}

BOOST_AUTO_TEST_CASE(a_read_ended_while_it_receives_is_over_when_libvirt_is_back) {
  be_receiving();
  machine.end(asio::error::operation_aborted, to_do);
  BOOST_TEST(!to_do.complete_read);
  static_cast<void>(machine.received(would_block, stream, to_do));
  BOOST_TEST_REQUIRE(to_do.complete_read.has_value());
  BOOST_TEST(to_do.complete_read->error == asio::error::operation_aborted);
}

BOOST_AUTO_TEST_SUITE_END()
