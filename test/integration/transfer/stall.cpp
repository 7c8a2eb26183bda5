#include "fixture/daemon_breaking_session.hpp"
#include "fixture/errors.hpp"
#include "fixture/file_transfer_session.hpp"

#include <boost/asio/error.hpp>
#include <boost/test/unit_test.hpp>

#include <chrono>
#include <optional>
#include <utility>

namespace {

namespace asio = boost::asio;
using namespace std::chrono_literals;
using fixture::data;
using fixture::four_ranges;
using test_support::frozen_daemon;
using fixture::mebibyte;
using libvirt_asio::close_reason;
using libvirt_asio::error_code;
using clock_type = std::chrono::steady_clock;

constexpr auto stall_timeout = 2s;
constexpr std::uint64_t large = 4 * four_ranges;

libvirt_asio::transfer_options impatient(unsigned streams = 0) {
  auto options = fixture::with_streams(streams);
  options.stall_timeout = stall_timeout;
  return options;
}

/// Transfers whose daemon freezes in their midst. Cut off with streams open, libvirtd 11.3 may lock up when
/// it goes on.
struct stall_fixture : fixture::daemon_breaking_session<fixture::file_transfer_session> {
  /// The options of a transfer that freezes the daemon when it first tells of progress.
  libvirt_asio::transfer_options freezing(unsigned streams = 0) {
    auto options = impatient(streams);
    options.progress = [this](libvirt_asio::transfer_progress const&) {
      if (!std::exchange(froze, true)) frozen.emplace(host.daemon());
    };
    return options;
  }

  void check_timed_out(fixture::ended_transfer const& ended) {
    BOOST_CHECK_MESSAGE(frozen.has_value(), "it ended before the daemon froze");
    frozen.reset();
    fixture::check_error(ended.error, asio::error::timed_out);
  }

  std::optional<frozen_daemon> frozen;
  bool froze = false;
};

BOOST_FIXTURE_TEST_SUITE(stall, stall_fixture)

BOOST_AUTO_TEST_CASE(a_download_from_a_daemon_that_freezes_times_out_and_leaves_no_file) {
  auto const volume = make_volume("volume", {data(large)});
  check_timed_out(download(volume, "copy", freezing()));
  check_no_file("copy");
}

BOOST_AUTO_TEST_CASE(a_download_in_four_ranges_times_out_too) {
  auto const volume = make_volume("volume", {data(large)});
  check_timed_out(download(volume, "copy", freezing(4)));
  check_no_file("copy");
}

BOOST_AUTO_TEST_CASE(what_a_resumable_download_has_by_then_is_kept) {
  auto const volume = make_volume("volume", {data(large)});
  auto options = freezing();
  options.resume = true;
  check_timed_out(download(volume, "copy", options));
  BOOST_TEST(std::filesystem::exists(fixture::part_of(file("copy"))));
}

BOOST_AUTO_TEST_CASE(an_upload_to_a_daemon_that_freezes_times_out) {
  auto const path = make_file("file", {data(large)});
  auto const volume = make_empty_volume("volume", large);
  check_timed_out(upload(path, volume, freezing()));
}

BOOST_AUTO_TEST_CASE(an_upload_in_four_ranges_times_out_too) {
  auto const path = make_file("file", {data(large)});
  auto const volume = make_empty_volume("volume", large);
  check_timed_out(upload(path, volume, freezing(4)));
}

BOOST_AUTO_TEST_CASE(a_transfer_that_the_daemon_never_begins_times_out) {
  auto const volume = make_volume("volume", {data(mebibyte)});
  frozen.emplace(host.daemon());
  check_timed_out(download(volume, "copy", impatient()));
  check_no_file("copy");
}

BOOST_AUTO_TEST_CASE(the_connection_is_lost_with_the_transfer) {
  auto const volume = make_volume("volume", {data(large)});
  std::optional<error_code> told;
  connection.async_wait_closed([&](error_code error, close_reason) { told = error; });
  check_timed_out(download(volume, "copy", freezing()));
  run_until([&] { return told.has_value(); });
  fixture::check_error(*told, {});
}

// The timeout runs out in the meantime.
BOOST_AUTO_TEST_CASE(without_a_timeout_the_transfer_waits_for_the_daemon) {
  auto const volume = make_volume("volume", {data(large)});
  auto options = freezing();
  options.stall_timeout = {};
  auto started = start_download(volume, "copy", options);
  run_until([&] { return frozen.has_value(); });
  asio::steady_timer timer(context, 2 * stall_timeout);
  bool waited = false;
  timer.async_wait([&](error_code) { waited = true; });
  run_until([&] { return waited; });
  BOOST_TEST(!started.ended());
  frozen.reset();
  fixture::check_error(run_to_end(started).error, {});
}

// A user's function that takes its time is not the daemon's.
BOOST_AUTO_TEST_CASE(a_slow_progress_function_is_no_stall) {
  auto const volume = make_volume("volume", {data(large)});
  auto options = impatient();
  options.progress = [called = false](libvirt_asio::transfer_progress const&) mutable {
    if (std::exchange(called, true)) return;
    auto const until = clock_type::now() + 2 * stall_timeout;
    while (clock_type::now() < until) {
    }
  };
  fixture::check_error(download(volume, "copy", options).error, {});
}

BOOST_AUTO_TEST_SUITE_END()

}  // namespace
