// Copyright (c) 2026 The libvirt-asio authors
// Distributed under the Boost Software License, Version 1.0.

#include "stream/ending_machine.hpp"

#include "unit/support/print.hpp"

#include <boost/asio/error.hpp>
#include <boost/test/unit_test.hpp>

namespace {

namespace asio = boost::asio;
using libvirt_asio::errc;
using libvirt_asio::error_code;
using libvirt_asio::stream_state;
using libvirt_asio::detail::ending_machine;
using libvirt_asio::detail::stream_actions;
using libvirt_asio::detail::stream_condition;

using ending = ending_machine::ending;

struct fixture {
  fixture() { stream.state = stream_state::finishing; }

  stream_actions begin_if_due() {
    stream_actions to_do;
    machine.begin_if_due(stream, to_do);
    return to_do;
  }
  stream_actions ended(error_code error) {
    stream_actions to_do;
    machine.ended(error, stream, to_do);
    return to_do;
  }

  ending_machine machine;
  stream_condition stream;
};

}  // namespace

BOOST_FIXTURE_TEST_SUITE(ending_machine_test, fixture)

BOOST_AUTO_TEST_CASE(nothing_begins_that_was_not_started) {
  auto const done = begin_if_due();
  BOOST_TEST(!done.finish);
  BOOST_TEST(!done.abort);
  BOOST_TEST(!machine.is_outstanding());
}

BOOST_AUTO_TEST_CASE(a_finish_begins_once_and_completes_when_libvirt_has_finished) {
  machine.start(1, ending::finish);
  BOOST_TEST(machine.is(1));
  BOOST_TEST(!machine.is(2));
  BOOST_TEST(begin_if_due().finish);
  BOOST_TEST(!begin_if_due().finish);
  BOOST_TEST((ended({}).complete_end == error_code()));
  BOOST_TEST(stream.state == stream_state::finished);
  BOOST_TEST(!machine.is(1));
}

BOOST_AUTO_TEST_CASE(a_finish_that_libvirt_refuses_fails_the_stream) {
  machine.start(1, ending::finish);
  begin_if_due();
  BOOST_TEST((ended(errc::rpc).complete_end == error_code(errc::rpc)));
  BOOST_TEST(stream.state == stream_state::failed);
  BOOST_TEST(stream.error == errc::rpc);
}

BOOST_AUTO_TEST_CASE(an_abort_that_libvirt_refuses_leaves_the_stream_aborted) {
  stream.state = stream_state::aborted;
  machine.start(1, ending::abort);
  BOOST_TEST(begin_if_due().abort);
  BOOST_TEST((ended(errc::rpc).complete_end == error_code(errc::rpc)));
  BOOST_TEST(stream.state == stream_state::aborted);
}

BOOST_AUTO_TEST_CASE(a_finish_given_up_still_ends_the_stream) {
  machine.start(1, ending::finish);
  begin_if_due();
  stream_actions to_do;
  machine.end(asio::error::operation_aborted, to_do);
  BOOST_TEST((to_do.complete_end == error_code(asio::error::operation_aborted)));
  BOOST_TEST(!machine.is(1));
  BOOST_TEST(!ended({}).complete_end);
  BOOST_TEST(stream.state == stream_state::finished);
}

BOOST_AUTO_TEST_CASE(a_failure_ends_a_finish_that_has_not_begun) {
  machine.start(1, ending::finish);
  stream_actions to_do;
  BOOST_TEST(machine.give_up_finish(errc::rpc, to_do));
  BOOST_TEST((to_do.complete_end == error_code(errc::rpc)));
  BOOST_TEST(!begin_if_due().finish);
}

BOOST_AUTO_TEST_CASE(a_failure_leaves_a_finish_to_libvirt_that_has_begun) {
  machine.start(1, ending::finish);
  begin_if_due();
  stream_actions to_do;
  BOOST_TEST(!machine.give_up_finish(errc::rpc, to_do));
  BOOST_TEST(!to_do.complete_end);
  BOOST_TEST(machine.is(1));
}

BOOST_AUTO_TEST_CASE(a_stream_that_is_suspended_ends_without_libvirt) {
  stream.native = stream_condition::presence::suspended;
  machine.start(1, ending::finish);
  auto const done = begin_if_due();
  BOOST_TEST(!done.finish);
  BOOST_TEST((done.complete_end == error_code()));
  BOOST_TEST(stream.state == stream_state::finished);
}

BOOST_AUTO_TEST_SUITE_END()
