// Copyright (c) 2026 The libvirt-asio authors
// Distributed under the Boost Software License, Version 1.0.

#include "transfer/byte_ranges.hpp"

#include <boost/test/unit_test.hpp>

#include <cstdint>
#include <vector>

namespace {

using libvirt_asio::byte_range;
using libvirt_asio::detail::split;

constexpr std::uint64_t mebibyte = std::uint64_t{1} << 20;

// Each range begins where the one before it ends, and all of them are the whole.
void check_complete(byte_range whole, std::vector<byte_range> const& ranges) {
  auto position = whole.offset;
  for (auto const& range : ranges) {
    BOOST_TEST(range.offset == position);
    position += range.length;
  }
  BOOST_TEST(position == whole.offset + whole.length);
}

}  // namespace

BOOST_AUTO_TEST_SUITE(byte_ranges_test)

BOOST_AUTO_TEST_CASE(nothing_is_one_empty_range) {
  auto const ranges = split({7, 0}, 4);
  BOOST_REQUIRE(ranges.size() == 1U);
  BOOST_TEST(ranges[0].offset == 7U);
  BOOST_TEST(ranges[0].length == 0U);
}

BOOST_AUTO_TEST_CASE(less_than_two_smallest_ranges_is_not_cut) {
  BOOST_TEST(split({0, 32 * mebibyte - 1}, 4).size() == 1U);
  BOOST_TEST(split({0, 32 * mebibyte}, 4).size() == 2U);
}

BOOST_AUTO_TEST_CASE(there_are_no_more_ranges_than_wanted) {
  for (unsigned wanted = 1; wanted != 6; ++wanted)
    BOOST_TEST(split({0, 1024 * mebibyte}, wanted).size() == wanted);
}

BOOST_AUTO_TEST_CASE(no_range_wanted_gives_one) {
  BOOST_TEST(split({0, 1024 * mebibyte}, 0).size() == 1U);
}

BOOST_AUTO_TEST_CASE(the_ranges_cover_the_whole_without_a_gap) {
  for (std::uint64_t const length : {1 * mebibyte, 64 * mebibyte, 64 * mebibyte + 1, 100 * mebibyte - 1})
    for (unsigned wanted = 1; wanted != 8; ++wanted)
      check_complete({12'345, length}, split({12'345, length}, wanted));
}

BOOST_AUTO_TEST_CASE(ranges_are_cut_at_whole_mebibytes) {
  auto const ranges = split({0, 100 * mebibyte + 1}, 3);
  BOOST_REQUIRE(ranges.size() == 3U);
  for (std::size_t range = 0; range + 1 != ranges.size(); ++range)
    BOOST_TEST(ranges[range].length % mebibyte == 0U);
}

BOOST_AUTO_TEST_CASE(ranges_are_about_equally_long) {
  for (auto const& range : split({0, 1000 * mebibyte + 17}, 7)) {
    BOOST_TEST(range.length > 135 * mebibyte);
    BOOST_TEST(range.length <= 143 * mebibyte);
  }
}

BOOST_AUTO_TEST_SUITE_END()
