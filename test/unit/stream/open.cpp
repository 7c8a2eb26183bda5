// Copyright (c) 2026 The libvirt-asio authors
// Distributed under the Boost Software License, Version 1.0.

#include <libvirt-asio/libvirt-asio.hpp>

#include "unit/support/picture_session.hpp"
#include "unit/support/print.hpp"

#include <boost/asio/bind_cancellation_slot.hpp>
#include <boost/asio/bind_executor.hpp>
#include <boost/asio/cancellation_signal.hpp>
#include <boost/asio/deferred.hpp>
#include <boost/asio/strand.hpp>
#include <boost/test/unit_test.hpp>

#include <memory>
#include <string>
#include <utility>

namespace {

namespace asio = boost::asio;
using libvirt_asio::byte_range;
using libvirt_asio::download_options;
using libvirt_asio::errc;
using libvirt_asio::error_code;
using libvirt_asio::stream;
using libvirt_asio::stream_state;
using libvirt_asio::upload_options;

struct open_fixture : unit::picture_session {
  auto screenshot_handler() {
    return [this](error_code completed_with, std::string type) {
      error = completed_with;
      mime_type = std::move(type);
    };
  }

  void check_opened() {
    BOOST_TEST(!result());
    BOOST_TEST(mime_type == "image/png");
  }

  /// Cancels a screenshot while it waits for a worker thread, as other calls have all that there are.
  void check_cancelled(asio::cancellation_type type, bool expected) {
    auto const workers_may_leave = occupy_workers();
    asio::cancellation_signal signal;
    libvirt_asio::async_open_screenshot(picture, guest.get(),
                                        asio::bind_cancellation_slot(signal.slot(), screenshot_handler()));
    signal.emit(type);
    workers_may_leave->open();
    BOOST_TEST((result() == asio::error::operation_aborted) == expected);
    BOOST_TEST((mime_type == "") == expected);
  }

  /// Opens something with a null pointer for the libvirt object: libvirt's own error shows that it was asked.
  template <class Open>
  void check_asks_libvirt(Open open) {
    stream target{conn};
    open(target);
    BOOST_TEST(result() == errc::invalid_storage_vol);
  }

  std::string mime_type;
};

}  // namespace

BOOST_FIXTURE_TEST_SUITE(open_test, open_fixture)

BOOST_AUTO_TEST_CASE(partial_cancellation_ends_a_screenshot) {
  check_cancelled(asio::cancellation_type::partial, true);
}

BOOST_AUTO_TEST_CASE(terminal_cancellation_ends_a_screenshot) {
  check_cancelled(asio::cancellation_type::terminal, true);
}

BOOST_AUTO_TEST_CASE(total_cancellation_does_not_end_a_screenshot) {
  check_cancelled(asio::cancellation_type::total, false);
}

BOOST_AUTO_TEST_CASE(a_deferred_screenshot_does_not_need_the_stream_object) {
  auto opening = libvirt_asio::async_open_screenshot(picture, guest.get(), asio::deferred);
  auto moved = std::make_unique<stream>(std::move(picture));
  std::move(opening)(screenshot_handler());
  check_opened();
  BOOST_TEST((moved->state() == stream_state::open));
}

BOOST_AUTO_TEST_CASE(a_screenshot_completes_on_the_executor_of_its_handler) {
  auto const strand = asio::make_strand(context);
  bool on_strand = false;
  auto on_opened = [&, inner = screenshot_handler()](error_code completed_with, std::string type) mutable {
    on_strand = strand.running_in_this_thread();
    inner(completed_with, std::move(type));
  };
  libvirt_asio::async_open_screenshot(picture, guest.get(), asio::bind_executor(strand, on_opened));
  check_opened();
  BOOST_TEST(on_strand);
}

BOOST_AUTO_TEST_CASE(a_failed_screenshot_has_no_mime_type) {
  libvirt_asio::async_open_screenshot(picture, nullptr, screenshot_handler());
  BOOST_TEST(result() == errc::invalid_domain);
  BOOST_TEST(mime_type == "");
}

BOOST_AUTO_TEST_CASE(a_download_takes_options_a_range_or_neither) {
  check_asks_libvirt([&](stream& target) { libvirt_asio::async_open_download(target, nullptr, handler()); });
  check_asks_libvirt([&](stream& target) {
    libvirt_asio::async_open_download(target, nullptr, byte_range{.offset = 1, .length = 1}, handler());
  });
  check_asks_libvirt([&](stream& target) {
    libvirt_asio::async_open_download(target, nullptr, download_options{.sparse = true}, handler());
  });
  check_asks_libvirt([&](stream& target) { libvirt_asio::async_open_download(target, nullptr, {}, handler()); });
}

BOOST_AUTO_TEST_CASE(an_upload_takes_options_a_range_or_neither) {
  check_asks_libvirt([&](stream& target) { libvirt_asio::async_open_upload(target, nullptr, handler()); });
  check_asks_libvirt([&](stream& target) {
    libvirt_asio::async_open_upload(target, nullptr, byte_range{.offset = 1, .length = 1}, handler());
  });
  check_asks_libvirt([&](stream& target) {
    libvirt_asio::async_open_upload(target, nullptr, upload_options{.sparse = true}, handler());
  });
  check_asks_libvirt([&](stream& target) { libvirt_asio::async_open_upload(target, nullptr, {}, handler()); });
}

BOOST_AUTO_TEST_CASE(tokens_can_be_left_out) {
  auto all = libvirt_asio::async_open_download(picture, nullptr);
  auto part = libvirt_asio::async_open_download(picture, nullptr, byte_range{.offset = 1});
  std::move(all)(handler());
  BOOST_TEST(result() == errc::invalid_storage_vol);
  std::move(part)(handler());
  BOOST_TEST(result() == errc::invalid_storage_vol);
}

BOOST_AUTO_TEST_SUITE_END()
