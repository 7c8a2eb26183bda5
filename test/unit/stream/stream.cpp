// Copyright (c) 2026 The libvirt-asio authors
// Distributed under the Boost Software License, Version 1.0.

// Streams of libvirt's test driver: cancellation, adoption, and objects that were moved from.

#include <libvirt-asio/libvirt-asio.hpp>

#include "unit/support/picture_session.hpp"
#include "unit/support/print.hpp"

#include <boost/asio/any_io_executor.hpp>
#include <boost/asio/bind_cancellation_slot.hpp>
#include <boost/asio/cancellation_signal.hpp>
#include <boost/test/unit_test.hpp>

#include <atomic>
#include <memory>
#include <type_traits>
#include <utility>

namespace {

namespace asio = boost::asio;
using libvirt_asio::client_errc;
using libvirt_asio::errc;
using libvirt_asio::error_code;
using libvirt_asio::stream;
using libvirt_asio::stream_state;
using libvirt_asio::system_error;

constexpr auto aborted = asio::error::operation_aborted;
constexpr auto terminal = asio::cancellation_type::terminal;
constexpr int repetitions = 50;

// What a stream is made of inside is the library's own business.
static_assert(!std::is_constructible_v<stream, asio::any_io_executor,
                                       std::shared_ptr<libvirt_asio::detail::connection_service>>);

struct stream_fixture : unit::picture_session {
  /// That the caller's reference to a stream of libvirt's is still the caller's when adopting it throws.
  void check_not_adopted(virStreamPtr native, error_code expected) {
    BOOST_TEST_REQUIRE(native != nullptr);
    BOOST_CHECK_EXCEPTION(stream(conn, native), system_error,
                          [&](system_error const& thrown) { return thrown.code() == expected; });
    BOOST_TEST(::virStreamRef(native) == 0);
    BOOST_TEST(::virStreamFree(native) == 0);
    BOOST_TEST(::virStreamFree(native) == 0);
  }
};

int fail_to_open(virStreamPtr) {
  return -1;
}

}  // namespace

BOOST_FIXTURE_TEST_SUITE(stream_test, stream_fixture)

// --- Cancelling --------------------------------------------------------------------------------------------

BOOST_AUTO_TEST_CASE(a_late_cancellation_of_an_opening_that_failed_does_not_end_the_next) {
  for (int repetition = 0; repetition != repetitions; ++repetition) {
    asio::cancellation_signal signal;
    picture.async_open(fail_to_open, asio::bind_cancellation_slot(signal.slot(), handler()));
    BOOST_TEST(result() == errc::operation_failed);
    libvirt_asio::async_open_screenshot(picture, guest.get(), handler());
    signal.emit(terminal);
    BOOST_TEST(!result());
    picture.close();
  }
}

BOOST_AUTO_TEST_CASE(a_late_cancellation_of_an_opening_does_not_end_the_next) {
  for (int repetition = 0; repetition != repetitions; ++repetition) {
    asio::cancellation_signal signal;
    libvirt_asio::async_open_screenshot(picture, guest.get(),
                                        asio::bind_cancellation_slot(signal.slot(), handler()));
    BOOST_TEST(!result());
    picture.close();
    libvirt_asio::async_open_screenshot(picture, guest.get(), handler());
    signal.emit(terminal);
    BOOST_TEST(!result());
    picture.close();
  }
}

BOOST_AUTO_TEST_CASE(cancel_ends_an_opening_that_waits_for_a_worker) {
  auto const workers_may_leave = occupy_workers();
  libvirt_asio::async_open_screenshot(picture, guest.get(), handler());
  picture.cancel();
  BOOST_TEST(result() == aborted);
  BOOST_TEST(picture.state() == stream_state::closed);
  workers_may_leave->open();
  open_picture();
}

BOOST_AUTO_TEST_CASE(the_function_of_an_opening_that_was_cancelled_before_its_turn_is_not_called) {
  auto const workers_may_leave = occupy_workers();
  auto const called = std::make_shared<std::atomic<bool>>(false);
  picture.async_open(
      [called](virStreamPtr) {
        *called = true;
        return -1;
      },
      handler());
  picture.cancel();
  BOOST_TEST(result() == aborted);
  workers_may_leave->open();
  // Waits for what is queued.
  conn.async_close(handler());
  BOOST_TEST(!result());
  BOOST_TEST(!*called);
}

BOOST_AUTO_TEST_CASE(a_stream_ends_when_the_other_context_of_its_connection_is_destroyed) {
  auto others = std::make_unique<asio::io_context>(1);
  libvirt_asio::connection other{*others};
  libvirt_asio::domain found;
  auto const run_other = [&] {
    others->restart();
    while (!error) others->run_one();
    return *std::exchange(error, std::nullopt);
  };
  other.async_open("test:///default", handler());
  BOOST_REQUIRE(!run_other());
  auto const find = [](virConnectPtr native) { return ::virDomainLookupByName(native, "test"); };
  other.async_call(find, [&](error_code completed_with, libvirt_asio::domain result) {
    error = completed_with;
    found = std::move(result);
  });
  BOOST_REQUIRE(!run_other());
  stream here{context.get_executor(), other};
  libvirt_asio::async_open_screenshot(here, found.get(), handler());
  BOOST_REQUIRE(!result());
  here.async_wait(libvirt_asio::stream_events::error, handler());
  others.reset();
  BOOST_TEST(result() == aborted);
  BOOST_TEST(here.state() == stream_state::closed);
}

BOOST_AUTO_TEST_CASE(cancel_of_a_connection_leaves_its_streams_alone) {
  open_picture();
  conn.cancel();
  BOOST_TEST(picture.is_open());
}

// --- Adopting ----------------------------------------------------------------------------------------------

BOOST_AUTO_TEST_CASE(a_stream_that_a_closed_connection_cannot_adopt_stays_the_callers) {
  auto* const native = ::virStreamNew(conn.native_handle(), VIR_STREAM_NONBLOCK);
  conn.close();
  check_not_adopted(native, client_errc::not_open);
}

// libvirt knows no events of a stream that nothing has opened.
BOOST_AUTO_TEST_CASE(a_stream_without_events_cannot_be_adopted_and_stays_the_callers) {
  check_not_adopted(::virStreamNew(conn.native_handle(), VIR_STREAM_NONBLOCK), errc::no_support);
}

// --- Moved from --------------------------------------------------------------------------------------------

BOOST_AUTO_TEST_CASE(a_stream_that_was_moved_from_is_one_that_was_never_opened) {
  open_picture();
  stream const moved = std::move(picture);
  BOOST_TEST(moved.is_open());
  BOOST_TEST(picture.state() == stream_state::closed);
  BOOST_TEST(picture.native_handle() == nullptr);
  BOOST_TEST(picture.last_error().code == 0);
  picture.cancel();
  picture.close();
  char byte = 0;
  picture.async_read_some(asio::buffer(&byte, 1), handler());
  BOOST_TEST(result() == client_errc::not_open);
  BOOST_TEST(moved.is_open());
}

BOOST_AUTO_TEST_CASE(a_stream_that_was_moved_from_can_be_opened_again) {
  open_picture();
  stream const moved = std::move(picture);
  open_picture();
  BOOST_TEST(picture.native_handle() != moved.native_handle());
}

BOOST_AUTO_TEST_SUITE_END()
