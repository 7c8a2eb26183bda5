// Copyright (c) 2026 The libvirt-asio authors
// Distributed under the Boost Software License, Version 1.0.

#include "transfer/progress_meter.hpp"

#include <boost/test/unit_test.hpp>

#include <chrono>
#include <optional>
#include <vector>

namespace {

using libvirt_asio::transfer_progress;
using libvirt_asio::detail::progress_meter;
using std::chrono::milliseconds;

struct progress_meter_fixture {
  progress_meter::clock::time_point const start{};
  std::vector<transfer_progress> reports;

  progress_meter make(std::uint64_t total, std::uint64_t done_before = 0) {
    return {total, done_before, [this](transfer_progress const& progress) { reports.push_back(progress); }, start};
  }
};

}  // namespace

BOOST_FIXTURE_TEST_SUITE(progress_meter_test, progress_meter_fixture)

BOOST_AUTO_TEST_CASE(nothing_is_reported_within_a_tenth_of_a_second) {
  auto meter = make(1000);
  meter.add(1, 0, start + milliseconds(50));
  meter.add(1, 0, start + milliseconds(99));
  BOOST_TEST(reports.empty());
}

BOOST_AUTO_TEST_CASE(progress_is_reported_every_tenth_of_a_second) {
  auto meter = make(1000);
  for (int time = 10; time <= 1000; time += 10) meter.add(1, 0, start + milliseconds(time));
  BOOST_TEST(reports.size() == 10U);
}

BOOST_AUTO_TEST_CASE(a_report_adds_up_data_and_holes) {
  auto meter = make(1000);
  meter.add(100, 20, start + milliseconds(10));
  meter.add(100, 30, start + milliseconds(100));
  BOOST_REQUIRE(reports.size() == 1U);
  BOOST_TEST(reports[0].data == 200U);
  BOOST_TEST(reports[0].holes == 50U);
  BOOST_TEST(reports[0].total == 1000U);
}

BOOST_AUTO_TEST_CASE(the_rate_is_that_from_the_beginning_and_gives_the_time_left) {
  auto meter = make(1000);
  meter.add(100, 100, start + milliseconds(500));
  BOOST_REQUIRE(reports.size() == 1U);
  BOOST_TEST(reports[0].rate == 400.0);
  BOOST_TEST(reports[0].time_left.count() == 2.0);
}

BOOST_AUTO_TEST_CASE(bytes_moved_earlier_count_as_done_but_not_for_the_rate) {
  auto meter = make(1000, 500);
  meter.add(100, 0, start + milliseconds(500));
  BOOST_REQUIRE(reports.size() == 1U);
  BOOST_TEST(reports[0].data == 600U);
  BOOST_TEST(reports[0].rate == 200.0);
  BOOST_TEST(reports[0].time_left.count() == 2.0);
}

BOOST_AUTO_TEST_CASE(the_end_is_reported_however_short_the_last_report_is_ago) {
  auto meter = make(100);
  meter.add(100, 0, start + milliseconds(100));
  meter.finish(start + milliseconds(101));
  BOOST_REQUIRE(reports.size() == 2U);
  BOOST_TEST(reports[1].data == 100U);
  BOOST_TEST(reports[1].time_left.count() == 0.0);
}

BOOST_AUTO_TEST_CASE(an_empty_transfer_has_no_rate) {
  auto meter = make(0);
  meter.finish(start);
  BOOST_REQUIRE(reports.size() == 1U);
  BOOST_TEST(reports[0].rate == 0.0);
  BOOST_TEST(reports[0].time_left.count() == 0.0);
}

BOOST_AUTO_TEST_CASE(a_total_that_is_not_known_is_told_at_the_end) {
  progress_meter meter(std::nullopt, 0, [this](transfer_progress const& told) { reports.push_back(told); }, start);
  meter.add(100, 20, start + milliseconds(500));
  meter.finish(start + milliseconds(600));
  BOOST_REQUIRE(reports.size() == 2U);
  BOOST_TEST(reports[0].total == 0U);
  BOOST_TEST(reports[0].rate == 240.0);
  BOOST_TEST(reports[0].time_left.count() == 0.0);
  BOOST_TEST(reports[1].total == 120U);
}

BOOST_AUTO_TEST_CASE(the_result_counts_what_this_transfer_moved) {
  auto meter = make(1000, 500);
  meter.add(100, 20, start + milliseconds(10));
  auto const result = meter.result(3, start + milliseconds(250));
  BOOST_TEST(result.data == 100U);
  BOOST_TEST(result.holes == 20U);
  BOOST_TEST(result.streams == 3U);
  BOOST_TEST((result.duration == milliseconds(250)));
}

BOOST_AUTO_TEST_CASE(nobody_needs_to_listen) {
  progress_meter meter(100, 0, {}, start);
  meter.add(100, 0, start + milliseconds(200));
  meter.finish(start + milliseconds(200));
  BOOST_TEST(meter.result(1, start + milliseconds(200)).data == 100U);
}

BOOST_AUTO_TEST_SUITE_END()
