// Copyright (c) 2026 The libvirt-asio authors
// Distributed under the Boost Software License, Version 1.0.

#include "stream/write_machine.hpp"

#include "unit/support/print.hpp"

#include <boost/asio/error.hpp>
#include <boost/test/unit_test.hpp>

#include <cstdint>

namespace {

namespace asio = boost::asio;
using libvirt_asio::client_errc;
using libvirt_asio::error_code;
using libvirt_asio::stream_state;
using libvirt_asio::detail::io_result;
using libvirt_asio::detail::io_status;
using libvirt_asio::detail::stream_actions;
using libvirt_asio::detail::stream_condition;
using libvirt_asio::detail::write_machine;

constexpr std::uint64_t size = 10'000;
constexpr std::uint64_t packet = 6'000;

struct fixture {
  fixture() { stream.state = stream_state::open; }

  void be_sending() {
    stream_actions ignored;
    machine.start(1, size, packet, ignored);
    BOOST_TEST_REQUIRE(machine.begin_send());
  }

  write_machine machine;
  stream_condition stream;
  stream_actions to_do;
};

}  // namespace

BOOST_FIXTURE_TEST_SUITE(write_machine_test, fixture)

BOOST_AUTO_TEST_CASE(a_write_is_known_by_its_identity_while_it_is_outstanding) {
  machine.start(1, size, packet, to_do);
  BOOST_TEST(to_do.send);
  BOOST_TEST(machine.is(1));
  BOOST_TEST(!machine.is(2));
  machine.cancel(true, to_do);
  BOOST_TEST(!machine.is(1));
}

BOOST_AUTO_TEST_CASE(a_write_is_refused_when_the_connection_is_lost) {
  BOOST_TEST(!machine.refusal(1, stream));
  stream.connection_lost = true;
  BOOST_TEST((machine.refusal(1, stream) == error_code(client_errc::connection_lost)));
}

BOOST_AUTO_TEST_CASE(a_write_that_has_ended_is_not_sent) {
  machine.start(1, size, packet, to_do);
  machine.end(client_errc::connection_lost, to_do);
  BOOST_TEST(!to_do.send);
  BOOST_TEST(!machine.begin_send());
}

BOOST_AUTO_TEST_CASE(a_large_write_goes_on_with_the_next_packet) {
  be_sending();
  machine.data_copied(to_do);
  BOOST_TEST(!to_do.complete_write);
  machine.sent({io_status::transferred, packet, {}}, stream, to_do);
  BOOST_TEST(to_do.send);
  BOOST_TEST(machine.written() == packet);
}

BOOST_AUTO_TEST_CASE(a_large_write_is_complete_when_its_last_packet_is_copied) {
  be_sending();
  machine.sent({io_status::transferred, packet, {}}, stream, to_do);
  BOOST_TEST_REQUIRE(machine.begin_send());
  machine.data_copied(to_do);
  BOOST_TEST_REQUIRE(to_do.complete_write.has_value());
  BOOST_TEST(to_do.complete_write->bytes == size);
  BOOST_TEST(machine.has_unfinished_send());
  BOOST_TEST(machine.is_in_libvirt());
}

BOOST_AUTO_TEST_CASE(total_cancellation_ends_only_a_write_of_which_nothing_is_sent) {
  be_sending();
  machine.cancel(false, to_do);
  machine.sent({io_status::transferred, packet, {}}, stream, to_do);
  machine.cancel(false, to_do);
  BOOST_TEST(machine.is(1));
  write_machine other;
  other.start(1, size, packet, to_do);
  other.cancel(false, to_do);
  BOOST_TEST(!other.is(1));
}

BOOST_AUTO_TEST_CASE(a_write_without_room_waits_and_is_sent_when_it_is_woken) {
  be_sending();
  machine.sent({}, stream, to_do);
  BOOST_TEST(machine.is_waiting());
  BOOST_TEST(!to_do.send);
  machine.wake(to_do);
  BOOST_TEST(to_do.send);
}

BOOST_AUTO_TEST_SUITE_END()
