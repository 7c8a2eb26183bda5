// Volumes that are copied to other volumes of the same daemon.

#include "fixture/errors.hpp"
#include "fixture/file_transfer_session.hpp"

#include <boost/test/unit_test.hpp>

#include <optional>
#include <stdexcept>

namespace {

namespace asio = boost::asio;
using fixture::allocated;
using fixture::bytes_of;
using fixture::data;
using fixture::difference;
using fixture::ended_transfer;
using fixture::four_ranges;
using fixture::hole;
using fixture::layout;
using fixture::layout_of;
using fixture::length_of;
using fixture::mebibyte;
using fixture::mixed;
using fixture::text_of;
using fixture::transfer;
using fixture::with_range;
using fixture::with_streams;
using libvirt_asio::client_errc;
using libvirt_asio::storage_vol;

struct copies_fixture : fixture::file_transfer_session {
  copies_fixture() {
    run_only([this]() -> asio::awaitable<void> { co_await other.async_open(host.uri()); });
  }

  ~copies_fixture() {
    run_only([this]() -> asio::awaitable<void> { co_await other.async_close(); });
  }

  transfer start_copy(libvirt_asio::transfer_options options = {}) {
    transfer started;
    libvirt_asio::async_copy(connection, source.get(), other, target.get(), std::move(options), started.token());
    return started;
  }

  ended_transfer copy(libvirt_asio::transfer_options options = {}) {
    auto started = start_copy(std::move(options));
    return run_to_end(started);
  }

  void make_volumes(layout const& of_source, layout const& of_target) {
    source = make_volume("source", of_source, 1);
    make_volume("target", of_target, 2);
    target = find_volume("target", other);
  }

  void check_copied(ended_transfer const& ended) const {
    fixture::check_error(ended.error, {});
    BOOST_TEST(difference(volume_file("source"), volume_file("target")) == "");
  }

  libvirt_asio::connection other{context};
  storage_vol source;
  storage_vol target;
};

BOOST_FIXTURE_TEST_SUITE(copies, copies_fixture)

BOOST_AUTO_TEST_CASE(a_volume_is_copied_to_one_of_another_connection) {
  make_volumes({data(5 * mebibyte + 3)}, {hole(5 * mebibyte + 3)});
  auto const ended = copy();
  check_copied(ended);
  BOOST_TEST(ended.value.data == 5 * mebibyte + 3);
  BOOST_TEST(ended.value.holes == 0U);
  BOOST_TEST(ended.value.streams == 1U);
}

BOOST_AUTO_TEST_CASE(a_volume_is_copied_within_a_connection) {
  make_volumes({data(mebibyte)}, {hole(mebibyte)});
  target = find_volume("target");
  transfer started;
  libvirt_asio::async_copy(connection, source.get(), connection, target.get(), started.token());
  check_copied(run_to_end(started));
}

BOOST_AUTO_TEST_CASE(holes_are_kept) {
  make_volumes(mixed, {hole(length_of(mixed))});
  auto const ended = copy();
  check_copied(ended);
  BOOST_TEST(ended.value.data == 3 * mebibyte);
  BOOST_TEST(ended.value.holes == 5 * mebibyte);
  BOOST_TEST(text_of(layout_of(volume_file("target"))) == text_of(mixed));
}

BOOST_AUTO_TEST_CASE(holes_take_the_place_of_old_contents) {
  make_volumes(mixed, {data(length_of(mixed))});
  check_copied(copy());
  BOOST_TEST(allocated(volume_file("target")) <= 3 * mebibyte + 65'536);
}

BOOST_AUTO_TEST_CASE(holes_are_zeros_where_the_target_is_larger) {
  make_volumes(mixed, {data(length_of(mixed) + mebibyte)});
  auto const behind = bytes_of(volume_file("target"), length_of(mixed));
  fixture::check_error(copy().error, {});
  BOOST_CHECK(bytes_of(volume_file("target"), 0, length_of(mixed)) == bytes_of(volume_file("source")));
  BOOST_CHECK(bytes_of(volume_file("target"), length_of(mixed)) == behind);
}

BOOST_AUTO_TEST_CASE(holes_are_zeros_when_nobody_wants_them) {
  make_volumes(mixed, {hole(length_of(mixed))});
  auto options = with_streams(1);
  options.sparse = false;
  auto const ended = copy(options);
  check_copied(ended);
  BOOST_TEST(ended.value.data == length_of(mixed));
  BOOST_TEST(allocated(volume_file("target")) >= length_of(mixed));
}

BOOST_AUTO_TEST_CASE(ranges_are_copied_in_parallel) {
  make_volumes({data(four_ranges + 5)}, {hole(four_ranges + 5)});
  auto const ended = copy(with_streams(4));
  check_copied(ended);
  BOOST_TEST(ended.value.streams == 4U);
}

BOOST_AUTO_TEST_CASE(a_part_goes_to_the_same_place) {
  make_volumes({data(4 * mebibyte)}, {data(4 * mebibyte)});
  auto expected = bytes_of(volume_file("target"));
  expected.replace(mebibyte + 1, 2 * mebibyte, bytes_of(volume_file("source"), mebibyte + 1, 2 * mebibyte));
  fixture::check_error(copy(with_range(mebibyte + 1, 2 * mebibyte)).error, {});
  BOOST_CHECK(bytes_of(volume_file("target")) == expected);
}

BOOST_AUTO_TEST_CASE(nothing_is_copied_of_an_empty_volume) {
  make_volumes({}, {data(mebibyte)});
  auto const before = bytes_of(volume_file("target"));
  auto const ended = copy();
  fixture::check_error(ended.error, {});
  BOOST_TEST(ended.value.data == 0U);
  BOOST_CHECK(bytes_of(volume_file("target")) == before);
}

BOOST_AUTO_TEST_CASE(a_target_that_is_too_small_is_left_alone) {
  make_volumes({data(mebibyte + 1)}, {hole(mebibyte)});
  fixture::check_error(copy().error, client_errc::volume_too_small);
  BOOST_TEST(allocated(volume_file("target")) == 0U);
}

BOOST_AUTO_TEST_CASE(a_volume_is_not_copied_to_itself) {
  make_volumes(mixed, {});
  auto const before = bytes_of(volume_file("source"));
  target = find_volume("source", other);
  fixture::check_error(copy().error, asio::error::invalid_argument);
  BOOST_CHECK(bytes_of(volume_file("source")) == before);
}

BOOST_AUTO_TEST_CASE(old_contents_are_left_where_the_source_cannot_be_opened) {
  make_volumes(mixed, {data(length_of(mixed))});
  auto const before = bytes_of(volume_file("target"));
  std::filesystem::remove(volume_file("source"));
  BOOST_TEST(copy().error.failed());
  BOOST_CHECK(bytes_of(volume_file("target")) == before);
}

BOOST_AUTO_TEST_CASE(a_range_beyond_the_source_is_an_error) {
  make_volumes({data(mebibyte)}, {hole(2 * mebibyte)});
  fixture::check_error(copy(with_range(mebibyte, 1)).error, client_errc::range_beyond_volume);
  BOOST_TEST(allocated(volume_file("target")) == 0U);
}

BOOST_AUTO_TEST_CASE(a_source_that_was_removed_is_libvirts_error) {
  make_volumes({data(mebibyte)}, {hole(mebibyte)});
  std::filesystem::remove(volume_file("source"));
  auto const error = copy().error;
  BOOST_TEST((error.category() == libvirt_asio::libvirt_category()));
  BOOST_TEST(error.message().find(volume_file("source").string()) != std::string::npos, error.message());
}

BOOST_AUTO_TEST_CASE(a_source_that_shrinks_meanwhile_is_an_error) {
  make_volumes({data(2 * four_ranges)}, {hole(2 * four_ranges)});
  auto started = start_copy();
  run_until_written(volume_file("target"), 8 * mebibyte);
  std::filesystem::resize_file(volume_file("source"), mebibyte);
  fixture::check_error(run_to_end(started).error, client_errc::source_too_short);
}

BOOST_AUTO_TEST_CASE(progress_is_told_up_to_the_end) {
  make_volumes(mixed, {hole(length_of(mixed))});
  libvirt_asio::transfer_progress last;
  libvirt_asio::transfer_options options;
  options.progress = [&](libvirt_asio::transfer_progress const& so_far) { last = so_far; };
  check_copied(copy(options));
  BOOST_TEST(last.total == length_of(mixed));
  BOOST_TEST(last.data + last.holes == length_of(mixed));
}

BOOST_AUTO_TEST_CASE(what_the_progress_function_throws_ends_it) {
  make_volumes({data(mebibyte)}, {hole(mebibyte)});
  libvirt_asio::transfer_options options;
  options.progress = [](libvirt_asio::transfer_progress const&) {
    throw libvirt_asio::system_error(asio::error::access_denied);
  };
  fixture::check_error(copy(options).error, asio::error::access_denied);
}

BOOST_AUTO_TEST_CASE(a_copy_can_be_cancelled_in_every_state) {
  make_volumes({data(4 * mebibyte)}, {hole(4 * mebibyte)});
  std::size_t cancelled = 0;
  for (bool reached_end = false; !reached_end; ++cancelled) {
    auto started = start_copy();
    context.restart();
    for (std::size_t handlers = 0; handlers != cancelled && !started.ended(); ++handlers) context.run_one();
    reached_end = started.ended();
    started.cancel();
    auto const& ended = run_to_end(started);
    if (ended.error)
      fixture::check_error(ended.error, asio::error::operation_aborted);
    else
      check_copied(ended);
  }
  BOOST_TEST(cancelled > 10U);
}

BOOST_AUTO_TEST_CASE(closing_either_connection_ends_it) {
  make_volumes({data(2 * four_ranges)}, {hole(2 * four_ranges)});
  for (auto* const closed : {&other, &connection}) {
    auto started = start_copy();
    run_until_written(volume_file("target"), 8 * mebibyte);
    source.reset();
    target.reset();
    closed->close();
    fixture::check_error(run_to_end(started).error, asio::error::operation_aborted);
    run_only([&]() -> asio::awaitable<void> { co_await closed->async_open(host.uri()); });
    source = find_volume("source");
    target = find_volume("target", other);
    std::filesystem::resize_file(volume_file("target"), 0);
    std::filesystem::resize_file(volume_file("target"), 2 * four_ranges);
  }
}

BOOST_AUTO_TEST_SUITE_END()

}  // namespace
