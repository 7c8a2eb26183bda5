#include "fixture/errors.hpp"
#include "fixture/file_transfer_session.hpp"

#include <boost/test/unit_test.hpp>

namespace {

using fixture::allocated;
using fixture::data;
using fixture::difference;
using fixture::hole;
using fixture::length_of;
using fixture::mebibyte;
using fixture::mixed;

BOOST_FIXTURE_TEST_SUITE(old_contents, fixture::file_transfer_session)

BOOST_AUTO_TEST_CASE(holes_replace_what_the_volume_held) {
  auto const volume = make_volume("volume", {data(length_of(mixed))});
  auto const path = make_file("file", mixed);
  auto const sent = upload(path, volume);
  fixture::check_error(sent.error, {});
  BOOST_TEST(sent.value.holes == 5 * mebibyte);
  BOOST_TEST(difference(volume_file("volume"), path) == "");
  BOOST_TEST(allocated(volume_file("volume")) <= allocated(path) + 4096);
}

BOOST_AUTO_TEST_CASE(a_file_that_is_all_hole_replaces_what_the_volume_held) {
  auto const volume = make_volume("volume", {data(2 * mebibyte)});
  auto const path = make_file("file", {hole(2 * mebibyte)});
  fixture::check_error(upload(path, volume).error, {});
  BOOST_TEST(difference(volume_file("volume"), path) == "");
}

BOOST_AUTO_TEST_CASE(an_existing_file_is_replaced) {
  auto const volume = make_volume("volume", {data(mebibyte)});
  make_file("copy", {data(3 * mebibyte)});
  fixture::check_error(download(volume, "copy").error, {});
  check_downloaded("volume", "copy");
}

BOOST_AUTO_TEST_SUITE_END()

}  // namespace
