#include "fixture/errors.hpp"
#include "fixture/file_transfer_session.hpp"

#include <boost/test/unit_test.hpp>

namespace {

using fixture::allocated;
using fixture::data;
using fixture::difference;
using fixture::four_ranges;
using fixture::gibibyte;
using fixture::hole;
using fixture::layout;
using fixture::layout_of;
using fixture::length_of;
using fixture::mebibyte;
using fixture::mixed;
using fixture::text_of;
using fixture::with_streams;
using libvirt_asio::transfer_options;

struct round_trip_fixture : fixture::file_transfer_session {
  void check_round_trip(layout const& contents) {
    auto const path = make_file("file", contents);
    auto const volume = make_empty_volume("volume", length_of(contents));
    auto const sent = upload(path, volume);
    fixture::check_error(sent.error, {});
    BOOST_TEST(sent.value.data + sent.value.holes == length_of(contents));
    BOOST_TEST(difference(volume_file("volume"), path) == "");
    BOOST_TEST(text_of(layout_of(volume_file("volume"))) == text_of(layout_of(path)));
    auto const received = download(volume, "copy");
    fixture::check_error(received.error, {});
    BOOST_TEST(received.value.data + received.value.holes == length_of(contents));
    check_downloaded("volume", "copy");
    BOOST_TEST(text_of(layout_of(file("copy"))) == text_of(layout_of(path)));
    BOOST_TEST(allocated(file("copy")) <= allocated(path));
  }

  void check_streams(unsigned streams, unsigned sent_on, unsigned received_on) {
    transfer_options options;
    options.streams = streams;
    auto const path = make_file("file", {data(four_ranges + 12'345)});
    auto const volume = make_empty_volume("volume", four_ranges + 12'345);
    auto const sent = upload(path, volume, options);
    fixture::check_error(sent.error, {});
    BOOST_TEST(sent.value.streams == sent_on);
    BOOST_TEST(difference(volume_file("volume"), path) == "");
    auto const received = download(volume, "copy", options);
    fixture::check_error(received.error, {});
    BOOST_TEST(received.value.streams == received_on);
    check_downloaded("volume", "copy");
  }
};

transfer_options not_sparse() {
  transfer_options options;
  options.sparse = false;
  return options;
}

BOOST_FIXTURE_TEST_SUITE(round_trip, round_trip_fixture)

BOOST_AUTO_TEST_CASE(data_goes_up_and_comes_down) {
  check_round_trip({data(3 * mebibyte)});
}

BOOST_AUTO_TEST_CASE(sizes_that_are_no_multiple_of_anything_go_up_and_come_down) {
  check_round_trip({data(2 * mebibyte + 1)});
}

BOOST_AUTO_TEST_CASE(one_byte_goes_up_and_comes_down) {
  check_round_trip({data(1)});
}

BOOST_AUTO_TEST_CASE(holes_at_both_ends_are_recreated) {
  check_round_trip(mixed);
}

BOOST_AUTO_TEST_CASE(data_at_both_ends_keeps_its_hole) {
  check_round_trip({data(65'536), hole(mebibyte), data(65'536)});
}

BOOST_AUTO_TEST_CASE(a_file_that_is_all_hole_is_recreated) {
  check_round_trip({hole(16 * mebibyte)});
}

BOOST_AUTO_TEST_CASE(a_hole_over_4_gib_is_recreated) {
  check_round_trip({data(65'536), hole(5 * gibibyte), data(65'536)});
}

BOOST_AUTO_TEST_CASE(an_empty_file_and_volume_go_up_and_come_down) {
  check_round_trip({});
}

BOOST_AUTO_TEST_CASE(an_upload_takes_one_stream_and_a_download_two_unless_told_otherwise) {
  check_streams(transfer_options{}.streams, 1, 2);
}

BOOST_AUTO_TEST_CASE(one_stream_is_enough) {
  check_streams(1, 1, 1);
}

BOOST_AUTO_TEST_CASE(two_streams_share_a_volume) {
  check_streams(2, 2, 2);
}

BOOST_AUTO_TEST_CASE(three_streams_share_a_volume) {
  check_streams(3, 3, 3);
}

BOOST_AUTO_TEST_CASE(four_streams_share_a_volume) {
  check_streams(4, 4, 4);
}

BOOST_AUTO_TEST_CASE(holes_across_the_ranges_of_several_streams_are_recreated) {
  layout const contents{data(mebibyte), hole(100 * mebibyte), data(mebibyte), hole(26 * mebibyte)};
  auto const volume = make_volume("volume", contents);
  auto const received = download(volume, "copy", with_streams(4));
  fixture::check_error(received.error, {});
  BOOST_TEST(received.value.streams == 4U);
  BOOST_TEST(received.value.data == 2 * mebibyte);
  BOOST_TEST(received.value.holes == 126 * mebibyte);
  check_downloaded("volume", "copy");
  BOOST_TEST(text_of(layout_of(file("copy"))) == text_of(contents));
}

BOOST_AUTO_TEST_CASE(holes_are_filled_with_zeros_unless_sparse) {
  auto const volume = make_volume("volume", mixed);
  auto const received = download(volume, "copy", not_sparse());
  fixture::check_error(received.error, {});
  BOOST_TEST(received.value.data == length_of(mixed));
  BOOST_TEST(received.value.holes == 0U);
  check_downloaded("volume", "copy");
}

BOOST_AUTO_TEST_SUITE_END()

}  // namespace
