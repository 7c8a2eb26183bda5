#include "fixture/errors.hpp"
#include "fixture/file_transfer_session.hpp"

#include <boost/test/unit_test.hpp>

namespace {

using fixture::allocated;
using fixture::bytes_of;
using fixture::data;
using fixture::hole;
using fixture::layout_of;
using fixture::length_of;
using fixture::mebibyte;
using fixture::mixed;
using fixture::text_of;
using fixture::with_range;
using libvirt_asio::client_errc;

BOOST_FIXTURE_TEST_SUITE(ranges, fixture::file_transfer_session)

BOOST_AUTO_TEST_CASE(a_part_of_a_volume_is_downloaded) {
  auto const volume = make_volume("volume", {data(3 * mebibyte)});
  auto const received = download(volume, "copy", with_range(1'000'001, 1'500'003));
  fixture::check_error(received.error, {});
  BOOST_TEST(received.value.data == 1'500'003U);
  BOOST_CHECK(bytes_of(file("copy")) == bytes_of(volume_file("volume"), 1'000'001, 1'500'003));
}

BOOST_AUTO_TEST_CASE(a_part_with_holes_is_downloaded) {
  auto const volume = make_volume("volume", mixed);
  auto const received = download(volume, "copy", with_range(2 * mebibyte, 3 * mebibyte));
  fixture::check_error(received.error, {});
  BOOST_CHECK(bytes_of(file("copy")) == bytes_of(volume_file("volume"), 2 * mebibyte, 3 * mebibyte));
  BOOST_TEST(text_of(layout_of(file("copy"))) == text_of({data(mebibyte), hole(2 * mebibyte)}));
}

BOOST_AUTO_TEST_CASE(an_offset_alone_downloads_up_to_the_end) {
  auto const volume = make_volume("volume", {data(mebibyte)});
  fixture::check_error(download(volume, "copy", with_range(mebibyte - 5, 0)).error, {});
  BOOST_CHECK(bytes_of(file("copy")) == bytes_of(volume_file("volume"), mebibyte - 5));
}

BOOST_AUTO_TEST_CASE(a_part_that_the_volume_does_not_have_is_refused) {
  auto const volume = make_volume("volume", {data(mebibyte)});
  fixture::check_error(download(volume, "copy", with_range(mebibyte - 5, 6)).error, client_errc::range_beyond_volume);
  fixture::check_error(download(volume, "copy", with_range(mebibyte + 1, 0)).error, client_errc::range_beyond_volume);
  check_no_file("copy");
}

BOOST_AUTO_TEST_CASE(a_part_of_a_volume_is_uploaded_and_the_rest_left_alone) {
  auto const volume = make_volume("volume", {data(3 * mebibyte)});
  auto expected = bytes_of(volume_file("volume"));
  auto const path = make_file("file", {data(2 * mebibyte)});
  auto const sent = upload(path, volume, with_range(1'000'001, 500'003));
  fixture::check_error(sent.error, {});
  BOOST_TEST(sent.value.data == 500'003U);
  expected.replace(1'000'001, 500'003, bytes_of(path, 0, 500'003));
  BOOST_CHECK(bytes_of(volume_file("volume")) == expected);
}

BOOST_AUTO_TEST_CASE(a_sparse_file_uploaded_to_a_part_leaves_the_rest_alone) {
  auto const volume = make_volume("volume", {data(10 * mebibyte)});
  auto expected = bytes_of(volume_file("volume"));
  auto const path = make_file("file", mixed);
  fixture::check_error(upload(path, volume, with_range(mebibyte, 0)).error, {});
  expected.replace(mebibyte, length_of(mixed), bytes_of(path));
  BOOST_CHECK(bytes_of(volume_file("volume")) == expected);
}

BOOST_AUTO_TEST_CASE(a_sparse_file_shorter_than_the_volume_leaves_the_rest_alone) {
  auto const volume = make_volume("volume", {data(10 * mebibyte)});
  auto expected = bytes_of(volume_file("volume"));
  auto const path = make_file("file", mixed);
  fixture::check_error(upload(path, volume).error, {});
  expected.replace(0, length_of(mixed), bytes_of(path));
  BOOST_CHECK(bytes_of(volume_file("volume")) == expected);
}

BOOST_AUTO_TEST_CASE(the_beginning_of_a_sparse_file_leaves_the_rest_of_a_growing_volume_alone) {
  auto const volume = make_empty_volume("volume", 8 * mebibyte, "qcow2");
  fixture::write_sparse_file(volume_file("volume"), {data(8 * mebibyte)}, 1);
  auto expected = bytes_of(volume_file("volume"));
  auto const path = make_file("file", mixed);
  fixture::check_error(upload(path, volume, with_range(0, 2 * mebibyte)).error, {});
  expected.replace(0, 2 * mebibyte, bytes_of(path, 0, 2 * mebibyte));
  BOOST_CHECK(bytes_of(volume_file("volume")) == expected);
}

BOOST_AUTO_TEST_CASE(more_than_the_file_has_is_refused) {
  auto const volume = make_empty_volume("volume", mebibyte);
  auto const path = make_file("file", {data(1000)});
  fixture::check_error(upload(path, volume, with_range(0, 1001)).error, client_errc::source_too_short);
  BOOST_TEST(allocated(volume_file("volume")) == 0U);
}

BOOST_AUTO_TEST_SUITE_END()

}  // namespace
