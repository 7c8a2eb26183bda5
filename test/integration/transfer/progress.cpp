#include "fixture/errors.hpp"
#include "fixture/file_transfer_session.hpp"

#include <boost/test/unit_test.hpp>

#include <algorithm>
#include <optional>
#include <vector>

namespace {

namespace asio = boost::asio;
using fixture::data;
using fixture::hole;
using fixture::layout;
using fixture::length_of;
using fixture::mebibyte;
using fixture::mixed;
using fixture::transfer;
using libvirt_asio::transfer_options;
using libvirt_asio::transfer_progress;

BOOST_FIXTURE_TEST_SUITE(progress, fixture::file_transfer_session)

BOOST_AUTO_TEST_CASE(progress_grows_and_ends_with_everything) {
  layout const contents{data(96 * mebibyte), hole(64 * mebibyte)};
  auto const volume = make_volume("volume", contents);
  std::vector<transfer_progress> told;
  transfer_options options;
  options.progress = [&](transfer_progress const& progress) { told.push_back(progress); };
  auto const received = download(volume, "copy", options);
  fixture::check_error(received.error, {});
  BOOST_REQUIRE(!told.empty());
  auto const done = [](transfer_progress const& progress) { return progress.data + progress.holes; };
  BOOST_TEST(std::ranges::is_sorted(told, {}, done));
  for (auto const& progress : told) BOOST_TEST(progress.total == length_of(contents));
  BOOST_TEST(told.back().data == 96 * mebibyte);
  BOOST_TEST(told.back().holes == 64 * mebibyte);
  BOOST_TEST(told.back().rate > 0);
  BOOST_TEST(told.back().time_left.count() == 0);
  BOOST_TEST(received.value.duration.count() > 0);
}

BOOST_AUTO_TEST_CASE(an_upload_tells_of_its_end) {
  auto const path = make_file("file", mixed);
  auto const volume = make_empty_volume("volume", length_of(mixed));
  std::optional<transfer_progress> last;
  transfer_options options;
  options.progress = [&](transfer_progress const& progress) { last = progress; };
  fixture::check_error(upload(path, volume, options).error, {});
  BOOST_REQUIRE(last.has_value());
  BOOST_TEST(last->data == 3 * mebibyte);
  BOOST_TEST(last->holes == 5 * mebibyte);
}

BOOST_AUTO_TEST_CASE(a_transfer_cancelled_by_its_progress_callback_ends) {
  auto const volume = make_volume("volume", {data(256 * mebibyte)});
  transfer started;
  transfer_options options;
  options.progress = [&](transfer_progress const&) { started.cancel(); };
  libvirt_asio::async_download(connection, volume.get(), file("copy"), options, started.token());
  auto const& ended = run_to_end(started);
  if (ended.error) {
    fixture::check_error(ended.error, asio::error::operation_aborted);
    check_no_file("copy");
  } else {
    check_downloaded("volume", "copy");
  }
}

BOOST_AUTO_TEST_SUITE_END()

}  // namespace
