// Copyright (c) 2026 The libvirt-asio authors
// Distributed under the Boost Software License, Version 1.0.

#include "stream/resumption.hpp"

#include <boost/test/unit_test.hpp>

#include <cstdint>
#include <memory>

namespace {

using libvirt_asio::error_code;
using libvirt_asio::error_info;
using libvirt_asio::detail::io_result;
using libvirt_asio::detail::io_status;
using libvirt_asio::detail::resumption;
using libvirt_asio::detail::stream_opener;

constexpr std::uint64_t length = 1'000;
constexpr std::size_t window = 400;

/// Opens something of that length.
class opener final : public stream_opener {
 public:
  error_code open(virStreamPtr, error_info&) override { return {}; }
  [[nodiscard]] bool can_continue() const override { return true; }
  [[nodiscard]] bool ends_at(std::uint64_t position) const override { return position >= length; }
};

io_result bytes(std::uint64_t size) {
  return {io_status::transferred, size, {}};
}

io_result const end_of_stream{io_status::end, 0, {}};

struct fixture {
  fixture() { resumed.prepare(std::make_shared<opener>()); }

  /// Suspended twice: it goes on by parts.
  void be_slow() {
    resumed.suspended();
    static_cast<void>(resumed.next_part(window));
    resumed.suspended();
  }

  resumption resumed;
};

}  // namespace

BOOST_FIXTURE_TEST_SUITE(resumption_test, fixture)

BOOST_AUTO_TEST_CASE(only_what_has_an_opener_goes_on) {
  resumption never;
  BOOST_TEST(!never.is_possible());
  BOOST_TEST(!never.follow(end_of_stream));
  BOOST_TEST(resumed.is_possible());
}

BOOST_AUTO_TEST_CASE(the_next_part_begins_where_the_reader_is_and_goes_to_the_end) {
  BOOST_TEST(!resumed.follow(bytes(100)));
  BOOST_TEST(!resumed.follow(bytes(50)));
  resumed.suspended();
  auto const part = resumed.next_part(window);
  BOOST_TEST(part.position == 150U);
  BOOST_TEST(part.length == 0U);
}

BOOST_AUTO_TEST_CASE(what_was_suspended_again_goes_on_by_parts_of_half_a_window) {
  be_slow();
  BOOST_TEST(resumed.next_part(window).length == window / 2);
}

BOOST_AUTO_TEST_CASE(the_end_of_a_part_is_not_the_end) {
  be_slow();
  static_cast<void>(resumed.next_part(window));
  BOOST_TEST(!resumed.follow(bytes(window / 2)));
  BOOST_TEST(resumed.follow(end_of_stream));
}

BOOST_AUTO_TEST_CASE(an_end_before_that_of_the_part_is_the_end) {
  be_slow();
  static_cast<void>(resumed.next_part(window));
  BOOST_TEST(!resumed.follow(bytes(window / 2 - 1)));
  BOOST_TEST(!resumed.follow(end_of_stream));
}

BOOST_AUTO_TEST_CASE(the_end_of_the_last_part_is_the_end) {
  static_cast<void>(resumed.follow(bytes(length - window / 2)));
  be_slow();
  static_cast<void>(resumed.next_part(window));
  BOOST_TEST(!resumed.follow(bytes(window / 2)));
  BOOST_TEST(!resumed.follow(end_of_stream));
}

BOOST_AUTO_TEST_CASE(the_end_of_what_was_never_suspended_is_the_end) {
  BOOST_TEST(!resumed.follow(bytes(10)));
  BOOST_TEST(!resumed.follow(end_of_stream));
}

BOOST_AUTO_TEST_SUITE_END()
