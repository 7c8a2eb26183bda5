// Copyright (c) 2026 The libvirt-asio authors
// Distributed under the Boost Software License, Version 1.0.

#include "transfer/upload_plan.hpp"

#include <libvirt-asio/error.hpp>

#include "unit/support/print.hpp"

#include <boost/test/unit_test.hpp>

#include <limits>
#include <optional>

namespace {

using namespace libvirt_asio;
using namespace libvirt_asio::detail;

constexpr source_facts dense{.length = 1'000};
constexpr source_facts sparse{.length = 65'536, .has_holes = true};
constexpr source_facts unknown{};
constexpr bool wants_holes = true;

constexpr volume_size raw(std::uint64_t capacity, std::uint64_t allocation = 0) {
  return {.physical = capacity, .capacity = capacity, .allocation = allocation, .raw = true};
}

constexpr volume_size qcow2{.physical = 500, .capacity = 800, .allocation = 500, .raw = false};

error_code error_of(source_facts const& source, volume_size const& target, byte_range wanted) {
  try {
    static_cast<void>(plan_upload(source, target, wanted, wants_holes));
    return {};
  } catch (system_error const& error) {
    return error.code();
  }
}

}  // namespace

BOOST_AUTO_TEST_SUITE(upload_plan_test)

BOOST_AUTO_TEST_CASE(the_whole_source_is_written_if_nothing_else_is_wanted) {
  auto const plan = plan_upload(dense, raw(1'500), {}, wants_holes);
  BOOST_TEST(plan.whole.offset == 0U);
  BOOST_TEST(plan.whole.length == 1'000U);
  BOOST_TEST(!plan.is_open_ended);
  BOOST_TEST(plan.limit == 1'500U);
}

BOOST_AUTO_TEST_CASE(no_more_than_what_is_wanted_is_written) {
  auto const plan = plan_upload(dense, raw(1'500), {200, 300}, wants_holes);
  BOOST_TEST(plan.whole.offset == 200U);
  BOOST_TEST(plan.whole.length == 300U);
}

BOOST_AUTO_TEST_CASE(the_source_must_have_what_is_wanted) {
  BOOST_TEST(error_of(dense, raw(5'000), {0, 1'001}) == client_errc::source_too_short);
  BOOST_TEST(error_of(dense, raw(5'000), {0, 1'000}) == error_code());
}

BOOST_AUTO_TEST_CASE(a_raw_volume_must_have_room) {
  BOOST_TEST(error_of(dense, raw(999), {}) == client_errc::volume_too_small);
  BOOST_TEST(error_of(dense, raw(1'000), {1, 0}) == client_errc::volume_too_small);
  BOOST_TEST(error_of(dense, raw(1'000), {2'000, 1}) == client_errc::volume_too_small);
  BOOST_TEST(error_of(dense, raw(1'000), {std::numeric_limits<std::uint64_t>::max(), 1}) ==
             client_errc::volume_too_small);
  BOOST_TEST(error_of(dense, raw(1'000), {}) == error_code());
}

BOOST_AUTO_TEST_CASE(an_image_of_another_format_grows) {
  BOOST_TEST(error_of(dense, qcow2, {}) == error_code());
}

BOOST_AUTO_TEST_CASE(a_source_of_unknown_length_has_an_open_end_unless_a_length_is_wanted) {
  auto const open_ended = plan_upload(unknown, raw(1'500), {100, 0}, wants_holes);
  BOOST_TEST(open_ended.is_open_ended);
  BOOST_TEST(open_ended.whole.offset == 100U);
  BOOST_TEST(open_ended.whole.length == 0U);
  auto const bounded = plan_upload(unknown, raw(1'500), {100, 50}, wants_holes);
  BOOST_TEST(!bounded.is_open_ended);
  BOOST_TEST(bounded.whole.length == 50U);
  BOOST_TEST(error_of(unknown, raw(1'500), {1'501, 0}) == client_errc::volume_too_small);
}

BOOST_AUTO_TEST_CASE(holes_are_sent_if_the_source_has_some_and_covers_the_volume) {
  constexpr source_facts without{.length = 65'536};
  BOOST_TEST(plan_upload(sparse, raw(65'536), {}, wants_holes).holes);
  BOOST_TEST(plan_upload(sparse, raw(65'536), {0, 65'536}, wants_holes).holes);
  BOOST_TEST(!plan_upload(without, raw(65'536), {}, wants_holes).holes);
  BOOST_TEST(!plan_upload(sparse, raw(65'537), {}, wants_holes).holes);
  BOOST_TEST(!plan_upload(sparse, raw(65'536), {1, 65'535}, wants_holes).holes);
  BOOST_TEST(!plan_upload(sparse, raw(65'536), {}, !wants_holes).holes);
}

BOOST_AUTO_TEST_CASE(little_is_written_as_it_is) {
  constexpr source_facts little{.length = 65'535, .has_holes = true};
  BOOST_TEST(!plan_upload(little, raw(65'535), {}, wants_holes).holes);
}

BOOST_AUTO_TEST_CASE(a_whole_image_of_another_format_covers_the_volume) {
  BOOST_TEST(plan_upload(sparse, qcow2, {}, wants_holes).holes);
  BOOST_TEST(!plan_upload(sparse, qcow2, {0, 65'536}, wants_holes).holes);
}

BOOST_AUTO_TEST_CASE(contents_are_replaced_where_anything_is_allocated) {
  BOOST_TEST(!plan_upload(sparse, raw(65'536), {}, wants_holes).replaces_contents);
  BOOST_TEST(plan_upload(sparse, raw(65'536, 1), {}, wants_holes).replaces_contents);
}

BOOST_AUTO_TEST_SUITE_END()
