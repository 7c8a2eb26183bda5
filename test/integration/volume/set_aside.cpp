// Downloads that nobody reads beside one that is read, on one connection.

#include "fixture/errors.hpp"
#include "fixture/transfer_session.hpp"

#include "support/frozen_daemon.hpp"

#include <boost/test/unit_test.hpp>

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <filesystem>
#include <fstream>
#include <optional>
#include <stdexcept>
#include <string>
#include <vector>

namespace {

namespace asio = boost::asio;
using fixture::data;
using fixture::hole;
using fixture::mebibyte;
using libvirt_asio::async_open_download;
using libvirt_asio::byte_range;
using libvirt_asio::errc;
using libvirt_asio::error_code;
using libvirt_asio::storage_vol;
using libvirt_asio::stream;
using libvirt_asio::stream_state;
using test_support::frozen_daemon;

constexpr auto as_result = asio::as_tuple(asio::use_awaitable);
constexpr std::uint64_t volume_bytes = 256 * mebibyte;

struct set_aside_fixture : fixture::transfer_session {
  storage_vol const busy_volume = make_volume("busy", {data(volume_bytes)}, 5);

  /// Reads something else on the connection until `paused` has been set aside.
  asio::awaitable<void> have_set_aside(stream& paused) {
    stream busy{connection};
    co_await async_open_download(busy, busy_volume.get());
    std::vector<std::byte> buffer(mebibyte);
    while (paused.native_handle() != nullptr) {
      auto const [error, bytes] = co_await busy.async_read_some(asio::buffer(buffer), as_result);
      if (error) throw std::runtime_error("the paused download was not set aside before: " + error.message());
    }
    BOOST_TEST((paused.state() == stream_state::open));
  }

  /// Opens a download, reads a little of it into the file "copy", and has it set aside.
  asio::awaitable<void> open_and_pause(stream& paused, virStorageVolPtr volume,
                                       libvirt_asio::download_options options = {}) {
    co_await async_open_download(paused, volume, options);
    co_await copy_some(paused, 100'000);
    co_await have_set_aside(paused);
  }

  /// Copies the next bytes, or up to the end.
  asio::awaitable<void> copy_some(stream& source, std::uint64_t bytes) {
    std::vector<std::byte> buffer(100'000);
    while (bytes != 0) {
      auto const wanted = std::min<std::uint64_t>(bytes, buffer.size());
      auto const [error, next] =
          co_await source.async_receive(asio::buffer(buffer, static_cast<std::size_t>(wanted)), as_result);
      if (error == asio::error::eof) break;
      if (error) throw libvirt_asio::system_error(error);
      if (next.hole)
        copy.seekp(static_cast<std::streamoff>(next.length), std::ios::cur);
      else
        copy.write(reinterpret_cast<char const*>(buffer.data()), static_cast<std::streamsize>(next.length));
      bytes -= std::min(bytes, next.length);
    }
  }

  asio::awaitable<void> copy_rest(stream& source) {
    co_await copy_some(source, UINT64_MAX);
    co_await source.async_finish();
    copy.close();
  }

  std::ofstream copy{file("copy"), std::ios::binary};
};

}  // namespace

BOOST_FIXTURE_TEST_SUITE(set_aside, set_aside_fixture)

BOOST_AUTO_TEST_CASE(a_download_set_aside_goes_on_where_it_was_left) {
  auto const volume = make_volume("volume", {data(40 * mebibyte)});
  run_only([&]() -> asio::awaitable<void> {
    stream paused{connection};
    co_await open_and_pause(paused, volume.get());
    co_await copy_rest(paused);
    BOOST_TEST((paused.state() == stream_state::finished));
  });
  BOOST_TEST(fixture::difference(volume_file("volume"), file("copy")) == "");
}

BOOST_AUTO_TEST_CASE(a_download_set_aside_again_arrives_whole_part_by_part) {
  auto const volume = make_volume("volume", {data(40 * mebibyte)});
  run_only([&]() -> asio::awaitable<void> {
    stream paused{connection};
    co_await open_and_pause(paused, volume.get());
    co_await copy_some(paused, mebibyte + 1);
    co_await have_set_aside(paused);
    co_await copy_rest(paused);
  });
  BOOST_TEST(fixture::difference(volume_file("volume"), file("copy")) == "");
}

BOOST_AUTO_TEST_CASE(a_range_set_aside_ends_where_it_should) {
  auto const volume = make_volume("volume", {data(40 * mebibyte)});
  byte_range const range{.offset = 1'000'001, .length = 30'000'000};
  run_only([&]() -> asio::awaitable<void> {
    stream paused{connection};
    co_await open_and_pause(paused, volume.get(), {.range = range});
    co_await copy_rest(paused);
  });
  BOOST_TEST(std::filesystem::file_size(file("copy")) == range.length);
  BOOST_CHECK(fixture::bytes_of(file("copy")) ==
              fixture::bytes_of(volume_file("volume"), range.offset, range.length));
}

BOOST_AUTO_TEST_CASE(holes_are_received_from_a_download_set_aside) {
  fixture::layout const contents{data(20 * mebibyte), hole(8 * mebibyte), data(20 * mebibyte)};
  auto const volume = make_volume("volume", contents);
  run_only([&]() -> asio::awaitable<void> {
    stream paused{connection};
    co_await open_and_pause(paused, volume.get(), {.sparse = true});
    co_await copy_rest(paused);
  });
  BOOST_TEST(fixture::difference(volume_file("volume"), file("copy")) == "");
  BOOST_TEST(fixture::text_of(fixture::layout_of(file("copy"))) == fixture::text_of(contents));
}

BOOST_AUTO_TEST_CASE(a_download_set_aside_becomes_readable_again) {
  auto const volume = make_volume("volume", {data(40 * mebibyte)});
  run_only([&]() -> asio::awaitable<void> {
    stream paused{connection};
    co_await open_and_pause(paused, volume.get());
    char byte = 0;
    error_code error;
    BOOST_TEST(paused.read_some(asio::buffer(&byte, 1), error) == 0U);
    BOOST_TEST(error == asio::error::would_block);
    co_await paused.async_wait(libvirt_asio::stream_events::readable);
    BOOST_TEST(paused.read_some(asio::buffer(&byte, 1), error) == 1U);
    copy.put(byte);
    co_await copy_rest(paused);
  });
  BOOST_TEST(fixture::difference(volume_file("volume"), file("copy")) == "");
}

BOOST_AUTO_TEST_CASE(a_read_of_a_download_set_aside_is_cancelled_and_the_next_loses_nothing) {
  auto const volume = make_volume("volume", {data(40 * mebibyte)});
  run_only([&]() -> asio::awaitable<void> {
    stream paused{connection};
    co_await open_and_pause(paused, volume.get());
    error_code cancelled;
    std::vector<std::byte> buffer(mebibyte);
    {
      frozen_daemon const opens_nothing(host.daemon());
      paused.async_read_some(asio::buffer(buffer), [&](error_code error, std::size_t) { cancelled = error; });
      paused.cancel();
    }
    co_await copy_rest(paused);
    fixture::check_error(cancelled, asio::error::operation_aborted);
  });
  BOOST_TEST(fixture::difference(volume_file("volume"), file("copy")) == "");
}

BOOST_AUTO_TEST_CASE(a_volume_removed_under_a_download_set_aside_is_its_next_reads_error) {
  auto volume = make_volume("volume", {data(40 * mebibyte)});
  run_only([&]() -> asio::awaitable<void> {
    stream paused{connection};
    co_await open_and_pause(paused, volume.get());
    auto remove = [&](virConnectPtr) { return ::virStorageVolDelete(volume.get(), 0); };
    co_await connection.async_call(std::move(remove));
    char byte = 0;
    auto const [error, bytes] = co_await paused.async_read_some(asio::buffer(&byte, 1), as_result);
    BOOST_TEST(bytes == 0U);
    fixture::check_error(error, errc::no_storage_vol,
                         "Storage volume not found: no storage vol with matching name 'volume'");
    BOOST_TEST((paused.state() == stream_state::failed));
  });
}

BOOST_AUTO_TEST_CASE(a_download_set_aside_is_aborted_and_its_stream_opened_anew) {
  auto const volume = make_volume("volume", {data(40 * mebibyte)});
  run_only([&]() -> asio::awaitable<void> {
    stream paused{connection};
    co_await open_and_pause(paused, volume.get());
    co_await paused.async_abort();
    BOOST_TEST((paused.state() == stream_state::aborted));
    copy.seekp(0);
    co_await async_open_download(paused, volume.get());
    co_await copy_rest(paused);
  });
  BOOST_TEST(fixture::difference(volume_file("volume"), file("copy")) == "");
}

BOOST_AUTO_TEST_CASE(a_download_set_aside_is_destroyed_while_it_is_opened_again) {
  auto const volume = make_volume("volume", {data(40 * mebibyte)});
  error_code ended;
  std::optional<frozen_daemon> opens_nothing;
  run_only([&]() -> asio::awaitable<void> {
    stream paused{connection};
    co_await open_and_pause(paused, volume.get());
    static char byte = 0;
    opens_nothing.emplace(host.daemon());
    paused.async_read_some(asio::buffer(&byte, 1), [&](error_code error, std::size_t) { ended = error; });
  });
  opens_nothing.reset();
  run_until([&] { return ended.failed(); });
  fixture::check_error(ended, asio::error::operation_aborted);
}

BOOST_AUTO_TEST_SUITE_END()
