// Transfers between volumes and functions of the user's.

#include "fixture/errors.hpp"
#include "fixture/file_transfer_session.hpp"

#include <boost/asio/post.hpp>
#include <boost/test/unit_test.hpp>

#include <algorithm>
#include <cstring>
#include <filesystem>
#include <memory>
#include <optional>
#include <stdexcept>
#include <string>
#include <utility>
#include <vector>

namespace {

namespace asio = boost::asio;
using fixture::allocated;
using fixture::bytes_of;
using fixture::data;
using fixture::ended_transfer;
using fixture::four_ranges;
using fixture::length_of;
using fixture::mebibyte;
using fixture::mixed;
using fixture::transfer;
using fixture::with_range;
using fixture::with_streams;
using libvirt_asio::client_errc;
using libvirt_asio::storage_vol;
using libvirt_asio::system_error;
using libvirt_asio::transfer_options;

/// What a sink has received, at its place.
struct received {
  std::string bytes;
  std::vector<std::uint64_t> offsets;

  void put(std::uint64_t offset, asio::const_buffer buffer) {
    offsets.push_back(offset);
    if (bytes.size() < offset + buffer.size()) bytes.resize(offset + buffer.size());
    std::memcpy(bytes.data() + offset, buffer.data(), buffer.size());
  }
};

/// Gives what is asked for of a string, but not more than so many bytes at a time.
auto source_of(std::string bytes, std::size_t at_once = std::string::npos) {
  return [bytes = std::move(bytes), at_once](std::uint64_t offset, asio::mutable_buffer buffer) {
    return bytes.copy(static_cast<char*>(buffer.data()), std::min(buffer.size(), at_once), offset);
  };
}

struct functions_fixture : fixture::file_transfer_session {
  template <class Sink>
  ended_transfer download_into(storage_vol const& volume, Sink sink, transfer_options options = {}) {
    transfer started;
    libvirt_asio::async_download(connection, volume.get(), std::move(sink), std::move(options), started.token());
    return run_to_end(started);
  }

  template <class Source>
  ended_transfer upload_from(Source source, storage_vol const& volume, transfer_options options = {}) {
    transfer started;
    libvirt_asio::async_upload(connection, std::move(source), volume.get(), std::move(options), started.token());
    return run_to_end(started);
  }

  auto into(received& all) {
    return [&all](std::uint64_t offset, asio::const_buffer buffer) { all.put(offset, buffer); };
  }
};

BOOST_FIXTURE_TEST_SUITE(functions, functions_fixture)

// --- Sinks -------------------------------------------------------------------------------------------------

BOOST_AUTO_TEST_CASE(a_sink_receives_a_volume_in_order) {
  auto const volume = make_volume("volume", {data(5 * mebibyte + 7)});
  received all;
  auto const ended = download_into(volume, into(all));
  fixture::check_error(ended.error, {});
  BOOST_TEST(ended.value.data == 5 * mebibyte + 7);
  BOOST_TEST(ended.value.streams == 1U);
  BOOST_CHECK(all.bytes == bytes_of(volume_file("volume")));
  BOOST_TEST(std::is_sorted(all.offsets.begin(), all.offsets.end()));
}

BOOST_AUTO_TEST_CASE(a_sink_may_be_a_coroutine) {
  auto const volume = make_volume("volume", {data(3 * mebibyte)});
  received all;
  bool is_busy = false;
  auto const sink = [&](std::uint64_t offset, asio::const_buffer buffer) -> asio::awaitable<void> {
    BOOST_TEST(!std::exchange(is_busy, true));
    co_await asio::post(asio::use_awaitable);
    all.put(offset, buffer);
    is_busy = false;
  };
  fixture::check_error(download_into(volume, sink).error, {});
  BOOST_CHECK(all.bytes == bytes_of(volume_file("volume")));
}

BOOST_AUTO_TEST_CASE(a_sink_is_not_called_for_holes) {
  auto const volume = make_volume("volume", mixed);
  received all;
  std::uint64_t data_bytes = 0;
  auto const sink = [&](std::uint64_t offset, asio::const_buffer buffer) {
    all.put(offset, buffer);
    data_bytes += buffer.size();
  };
  auto const ended = download_into(volume, sink);
  fixture::check_error(ended.error, {});
  BOOST_TEST(data_bytes == 3 * mebibyte);
  BOOST_TEST(ended.value.holes == 5 * mebibyte);
  all.bytes.resize(length_of(mixed));
  BOOST_CHECK(all.bytes == bytes_of(volume_file("volume")));
}

BOOST_AUTO_TEST_CASE(a_sink_receives_zeros_for_holes_when_nobody_wants_these) {
  auto const volume = make_volume("volume", mixed);
  received all;
  transfer_options options;
  options.sparse = false;
  fixture::check_error(download_into(volume, into(all), options).error, {});
  BOOST_CHECK(all.bytes == bytes_of(volume_file("volume")));
}

BOOST_AUTO_TEST_CASE(a_sink_receives_a_part_with_the_volumes_offsets) {
  auto const volume = make_volume("volume", {data(3 * mebibyte)});
  received all;
  fixture::check_error(download_into(volume, into(all), with_range(mebibyte + 1, 1'000)).error, {});
  BOOST_TEST_REQUIRE(!all.offsets.empty());
  BOOST_TEST(all.offsets.front() == mebibyte + 1);
  BOOST_CHECK(all.bytes.substr(mebibyte + 1) == bytes_of(volume_file("volume"), mebibyte + 1, 1'000));
}

BOOST_AUTO_TEST_CASE(a_sink_receives_ranges_in_parallel_if_asked_for) {
  auto const volume = make_volume("volume", {data(four_ranges)});
  received all;
  auto const ended = download_into(volume, into(all), with_streams(4));
  fixture::check_error(ended.error, {});
  BOOST_TEST(ended.value.streams == 4U);
  BOOST_CHECK(all.bytes == bytes_of(volume_file("volume")));
}

BOOST_AUTO_TEST_CASE(what_a_sink_throws_ends_the_download) {
  auto const volume = make_volume("volume", {data(2 * four_ranges)});
  int calls = 0;
  auto const sink = [&](std::uint64_t, asio::const_buffer) {
    if (++calls == 3) throw system_error(asio::error::broken_pipe);
  };
  fixture::check_error(download_into(volume, sink).error, asio::error::broken_pipe);
  BOOST_TEST(calls == 3);
}

BOOST_AUTO_TEST_CASE(another_exception_of_a_sink_leaves_the_context) {
  auto const volume = make_volume("volume", {data(mebibyte)});
  auto const alive = std::make_shared<int>();
  auto const sink = [](std::uint64_t, asio::const_buffer) { throw std::logic_error{"a bug of the user's"}; };
  libvirt_asio::async_download(connection, volume.get(), sink, [alive](auto, auto) {
    BOOST_ERROR("the handler was called");
  });
  BOOST_CHECK_THROW(run_until([] { return false; }), std::logic_error);
  BOOST_TEST(alive.use_count() == 1);
}

BOOST_AUTO_TEST_CASE(a_sink_that_waits_for_ever_is_ended_by_cancellation) {
  auto const volume = make_volume("volume", {data(four_ranges)});
  bool waits = false;
  auto const sink = [&](std::uint64_t, asio::const_buffer) -> asio::awaitable<void> {
    asio::steady_timer never(context, asio::steady_timer::time_point::max());
    waits = true;
    co_await never.async_wait(asio::use_awaitable);
  };
  transfer started;
  libvirt_asio::async_download(connection, volume.get(), sink, started.token());
  run_until([&] { return waits; });
  started.cancel();
  fixture::check_error(run_to_end(started).error, asio::error::operation_aborted);
}

// --- Sources -----------------------------------------------------------------------------------------------

BOOST_AUTO_TEST_CASE(a_source_tells_by_its_end_how_long_it_is) {
  auto const path = make_file("file", {data(5 * mebibyte + 7)});
  auto const volume = make_empty_volume("volume", 6 * mebibyte);
  std::vector<libvirt_asio::transfer_progress> told;
  transfer_options options;
  options.progress = [&](libvirt_asio::transfer_progress const& so_far) { told.push_back(so_far); };
  auto const ended = upload_from(source_of(bytes_of(path), 100'000), volume, options);
  fixture::check_error(ended.error, {});
  BOOST_TEST(ended.value.data == 5 * mebibyte + 7);
  BOOST_CHECK(bytes_of(volume_file("volume"), 0, 5 * mebibyte + 7) == bytes_of(path));
  // Not before the end.
  BOOST_TEST(told.front().total == (told.size() == 1 ? 5 * mebibyte + 7 : 0U));
  BOOST_TEST(told.back().total == 5 * mebibyte + 7);
}

BOOST_AUTO_TEST_CASE(a_source_may_be_a_coroutine) {
  auto const path = make_file("file", {data(mebibyte)});
  auto const volume = make_empty_volume("volume", mebibyte);
  auto const source = [give = source_of(bytes_of(path), 1'000)](
                          std::uint64_t offset, asio::mutable_buffer buffer) -> asio::awaitable<std::size_t> {
    co_await asio::post(asio::use_awaitable);
    co_return give(offset, buffer);
  };
  fixture::check_error(upload_from(source, volume).error, {});
  BOOST_CHECK(bytes_of(volume_file("volume")) == bytes_of(path));
}

BOOST_AUTO_TEST_CASE(a_source_that_fills_the_volume_is_asked_whether_there_is_more) {
  auto const path = make_file("file", {data(mebibyte)});
  auto const volume = make_empty_volume("volume", mebibyte);
  fixture::check_error(upload_from(source_of(bytes_of(path)), volume).error, {});
  auto const ended = upload_from(source_of(bytes_of(path) + "x"), volume);
  fixture::check_error(ended.error, client_errc::volume_too_small);
}

BOOST_AUTO_TEST_CASE(nothing_of_a_source_that_is_empty_is_written) {
  auto const volume = make_volume("volume", {data(mebibyte)});
  auto const before = bytes_of(volume_file("volume"));
  auto const ended = upload_from(source_of(""), volume);
  fixture::check_error(ended.error, {});
  BOOST_TEST(ended.value.data == 0U);
  BOOST_CHECK(bytes_of(volume_file("volume")) == before);
}

BOOST_AUTO_TEST_CASE(as_much_of_a_source_is_taken_as_is_wanted) {
  auto const path = make_file("file", {data(2 * mebibyte)});
  auto const volume = make_volume("volume", {data(3 * mebibyte)});
  auto expected = bytes_of(volume_file("volume"));
  expected.replace(1'000, mebibyte, bytes_of(path, 0, mebibyte));
  fixture::check_error(upload_from(source_of(bytes_of(path)), volume, with_range(1'000, mebibyte)).error, {});
  BOOST_CHECK(bytes_of(volume_file("volume")) == expected);
}

BOOST_AUTO_TEST_CASE(a_source_that_ends_before_what_is_wanted_is_an_error) {
  auto const volume = make_empty_volume("volume", mebibyte);
  auto const ended = upload_from(source_of(std::string(1'000, 'x')), volume, with_range(0, 1'001));
  fixture::check_error(ended.error, client_errc::source_too_short);
}

BOOST_AUTO_TEST_CASE(a_source_of_known_length_is_read_in_ranges_if_asked_for) {
  auto const path = make_file("file", {data(four_ranges)});
  auto const volume = make_empty_volume("volume", four_ranges);
  auto options = with_range(0, four_ranges);
  options.streams = 4;
  auto const ended = upload_from(source_of(bytes_of(path)), volume, options);
  fixture::check_error(ended.error, {});
  BOOST_TEST(ended.value.streams == 4U);
  BOOST_CHECK(bytes_of(volume_file("volume")) == bytes_of(path));
}

BOOST_AUTO_TEST_CASE(zeros_of_a_source_become_holes_where_it_fills_the_volume) {
  auto const volume = make_volume("target", {data(length_of(mixed))});
  auto const contents = bytes_of(make_file("file", mixed));
  auto const ended = upload_from(source_of(contents), volume, with_range(0, contents.size()));
  fixture::check_error(ended.error, {});
  BOOST_TEST(ended.value.holes == 5 * mebibyte);
  BOOST_CHECK(bytes_of(volume_file("target")) == contents);
  BOOST_TEST(allocated(volume_file("target")) < 4 * mebibyte);
}

BOOST_AUTO_TEST_CASE(zeros_of_a_source_are_written_where_nobody_wants_holes) {
  auto const volume = make_volume("target", {data(length_of(mixed))});
  auto const contents = bytes_of(make_file("file", mixed));
  auto options = with_range(0, contents.size());
  options.sparse = false;
  auto const ended = upload_from(source_of(contents), volume, options);
  fixture::check_error(ended.error, {});
  BOOST_TEST(ended.value.holes == 0U);
  BOOST_CHECK(bytes_of(volume_file("target")) == contents);
}

BOOST_AUTO_TEST_CASE(a_source_that_fails_leaves_the_volume_its_length) {
  auto const volume = make_volume("volume", {data(length_of(mixed))});
  auto const contents = bytes_of(make_file("file", mixed));
  auto const give = source_of(contents);
  auto const source = [&](std::uint64_t offset, asio::mutable_buffer buffer) {
    if (offset >= 2 * mebibyte) throw system_error(asio::error::connection_reset);
    return give(offset, buffer);
  };
  fixture::check_error(upload_from(source, volume, with_range(0, contents.size())).error,
                       asio::error::connection_reset);
  BOOST_TEST(std::filesystem::file_size(volume_file("volume")) == contents.size());
  fixture::check_error(upload_from(give, volume, with_range(0, contents.size())).error, {});
  BOOST_CHECK(bytes_of(volume_file("volume")) == contents);
}

BOOST_AUTO_TEST_CASE(a_source_that_says_it_has_given_more_than_there_is_room_is_an_error) {
  auto const volume = make_empty_volume("volume", 3 * mebibyte);
  auto const source = [](std::uint64_t, asio::mutable_buffer buffer) { return buffer.size() + 1; };
  fixture::check_error(upload_from(source, volume).error, asio::error::invalid_argument);
}

BOOST_AUTO_TEST_CASE(functions_are_destroyed_before_the_handler_is_called) {
  auto const volume = make_volume("volume", {data(mebibyte)});
  auto const owned = std::make_shared<int>();
  std::optional<long> owners;
  auto const handler = [&](auto, auto) { owners = owned.use_count(); };
  libvirt_asio::async_download(connection, volume.get(), [owned](std::uint64_t, asio::const_buffer) {}, handler);
  run_until([&] { return owners.has_value(); });
  BOOST_TEST(owners.value() == 1);
  owners.reset();
  auto const source = [owned, give = source_of("some")](std::uint64_t offset, asio::mutable_buffer buffer) {
    return give(offset, buffer);
  };
  {
    auto passed = source;
    libvirt_asio::async_upload(connection, std::move(passed), volume.get(), handler);
  }
  run_until([&] { return owners.has_value(); });
  // `source` here is another one.
  BOOST_TEST(owners.value() == 2);
}

BOOST_AUTO_TEST_CASE(what_a_source_throws_ends_the_upload) {
  auto const volume = make_empty_volume("volume", mebibyte);
  auto const source = [](std::uint64_t, asio::mutable_buffer) -> std::size_t {
    throw system_error(asio::error::connection_reset);
  };
  fixture::check_error(upload_from(source, volume).error, asio::error::connection_reset);
}

BOOST_AUTO_TEST_SUITE_END()

}  // namespace
