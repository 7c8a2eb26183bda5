#include "fixture/errors.hpp"
#include "fixture/file_transfer_session.hpp"

#include <boost/test/unit_test.hpp>

namespace {

namespace asio = boost::asio;
using fixture::data;
using fixture::difference;
using fixture::four_ranges;
using fixture::hole;
using fixture::layout;
using fixture::length_of;
using fixture::mebibyte;
using fixture::part_of;
using fixture::with_streams;

BOOST_FIXTURE_TEST_SUITE(cancellation, fixture::file_transfer_session)

BOOST_AUTO_TEST_CASE(a_download_can_be_cancelled_in_every_state) {
  auto const volume = make_volume("volume", {data(2 * mebibyte), hole(mebibyte), data(mebibyte)});
  std::size_t cancelled = 0;
  for (bool reached_end = false; !reached_end; ++cancelled) {
    auto started = start_download(volume, "copy");
    context.restart();
    for (std::size_t handlers = 0; handlers != cancelled && !started.ended(); ++handlers) context.run_one();
    reached_end = started.ended();
    started.cancel();
    auto const& ended = run_to_end(started);
    BOOST_TEST_CONTEXT("cancelled after " << cancelled << " handlers") {
      if (ended.error) {
        fixture::check_error(ended.error, asio::error::operation_aborted);
        check_no_file("copy");
      } else {
        check_downloaded("volume", "copy");
        std::filesystem::remove(file("copy"));
      }
    }
  }
  BOOST_TEST(cancelled > 10U);
}

BOOST_AUTO_TEST_CASE(an_upload_can_be_cancelled_in_every_state) {
  layout const contents{data(4 * mebibyte)};
  auto const volume = make_volume("volume", {data(length_of(contents))});
  auto const path = make_file("file", contents);
  std::size_t cancelled = 0;
  for (bool reached_end = false; !reached_end; ++cancelled) {
    auto started = start_upload(path, volume);
    context.restart();
    for (std::size_t handlers = 0; handlers != cancelled && !started.ended(); ++handlers) context.run_one();
    reached_end = started.ended();
    started.cancel();
    auto const& ended = run_to_end(started);
    if (ended.error) fixture::check_error(ended.error, asio::error::operation_aborted);
    if (!ended.error) BOOST_TEST(difference(volume_file("volume"), path) == "");
  }
  BOOST_TEST(cancelled > 10U);
}

BOOST_AUTO_TEST_CASE(a_download_of_several_streams_cancelled_in_the_middle_leaves_no_file) {
  auto const volume = make_volume("volume", {data(2 * four_ranges)});
  auto started = start_download(volume, "copy", with_streams(4));
  run_until_written(part_of(file("copy")), 8 * mebibyte);
  started.cancel();
  fixture::check_error(run_to_end(started).error, asio::error::operation_aborted);
  check_no_file("copy");
}

BOOST_AUTO_TEST_CASE(a_download_is_cancelled_while_the_daemon_does_not_answer) {
  auto const volume = make_volume("volume", {data(2 * four_ranges)});
  auto started = start_download(volume, "copy");
  run_until_written(part_of(file("copy")), 8 * mebibyte);
  {
    test_support::frozen_daemon const frozen{host.daemon()};
    started.cancel();
    fixture::check_error(run_to_end(started).error, asio::error::operation_aborted);
    check_no_file("copy");
  }
}

BOOST_AUTO_TEST_CASE(an_upload_is_cancelled_while_the_daemon_does_not_answer) {
  auto const path = make_file("file", {data(four_ranges)});
  auto const volume = make_empty_volume("volume", four_ranges);
  auto started = start_upload(path, volume);
  run_until_written(volume_file("volume"), 4 * mebibyte);
  {
    test_support::frozen_daemon const frozen{host.daemon()};
    started.cancel();
    fixture::check_error(run_to_end(started).error, asio::error::operation_aborted);
  }
}

BOOST_AUTO_TEST_CASE(a_cancelled_download_can_be_started_anew_at_once) {
  auto const volume = make_volume("volume", {data(four_ranges)});
  auto started = start_download(volume, "copy");
  run_until_written(part_of(file("copy")), 8 * mebibyte);
  started.cancel();
  fixture::check_error(run_to_end(started).error, asio::error::operation_aborted);
  fixture::check_error(download(volume, "copy").error, {});
  check_downloaded("volume", "copy");
}

BOOST_AUTO_TEST_SUITE_END()

}  // namespace
