// Copyright (c) 2026 The libvirt-asio authors
// Distributed under the Boost Software License, Version 1.0.

// Streams of libvirt's test driver: cancellation, adoption, and objects that were moved from.

#include <libvirt-asio/libvirt-asio.hpp>

#include "unit/support/print.hpp"

#include <boost/asio/any_io_executor.hpp>
#include <boost/asio/bind_cancellation_slot.hpp>
#include <boost/asio/cancellation_signal.hpp>
#include <boost/asio/detached.hpp>
#include <boost/asio/io_context.hpp>
#include <boost/test/unit_test.hpp>

#include <future>
#include <memory>
#include <optional>
#include <type_traits>
#include <utility>

namespace {

namespace asio = boost::asio;
using libvirt_asio::client_errc;
using libvirt_asio::connection;
using libvirt_asio::domain;
using libvirt_asio::errc;
using libvirt_asio::error_code;
using libvirt_asio::stream;
using libvirt_asio::stream_state;
using libvirt_asio::system_error;

constexpr auto aborted = asio::error::operation_aborted;
constexpr auto terminal = asio::cancellation_type::terminal;
constexpr int repetitions = 50;
// Of one connection.
constexpr int calls_at_once = 16;

// What a stream is made of inside is the library's own business.
static_assert(!std::is_constructible_v<stream, asio::any_io_executor,
                                       std::shared_ptr<libvirt_asio::detail::connection_service>>);

struct stream_fixture {
  auto handler() {
    return [this](error_code completed_with, auto const&...) { error = completed_with; };
  }

  stream_fixture() {
    conn.async_open("test:///default", handler());
    BOOST_REQUIRE(!result());
    auto const find = [](virConnectPtr native) { return ::virDomainLookupByName(native, "test"); };
    conn.async_call(find, [this](error_code completed_with, domain found) {
      error = completed_with;
      guest = std::move(found);
    });
    BOOST_REQUIRE(!result());
  }

  /// Runs the context until an operation has completed.
  error_code result() {
    context.restart();
    while (!error) context.run_one();
    return *std::exchange(error, std::nullopt);
  }

  void open_picture() {
    libvirt_asio::async_open_screenshot(picture, guest.get(), handler());
    BOOST_TEST(!result());
    BOOST_TEST(picture.is_open());
  }

  /// That the caller's reference to a stream of libvirt's is still the caller's when adopting it throws.
  void check_not_adopted(virStreamPtr native, error_code expected) {
    BOOST_TEST_REQUIRE(native != nullptr);
    BOOST_CHECK_EXCEPTION(stream(conn, native), system_error,
                          [&](system_error const& thrown) { return thrown.code() == expected; });
    BOOST_TEST(::virStreamRef(native) == 0);
    BOOST_TEST(::virStreamFree(native) == 0);
    BOOST_TEST(::virStreamFree(native) == 0);
  }

  asio::io_context context{1};
  libvirt_asio::event_loop loop{context};
  connection conn{context};
  domain guest;
  stream picture{conn};
  std::optional<error_code> error;
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
  std::promise<void> may_end;
  auto const until = may_end.get_future().share();
  for (int call = 0; call != calls_at_once; ++call)
    conn.async_call([until](virConnectPtr) { until.wait(); }, asio::detached);
  libvirt_asio::async_open_screenshot(picture, guest.get(), handler());
  picture.cancel();
  BOOST_TEST(result() == aborted);
  BOOST_TEST(picture.state() == stream_state::closed);
  may_end.set_value();
  open_picture();
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
