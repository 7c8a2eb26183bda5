#include "fixture/errors.hpp"
#include "fixture/file_transfer_session.hpp"

#include <boost/test/unit_test.hpp>

#include <sys/stat.h>

#include <array>
#include <cerrno>
#include <cstdint>
#include <optional>
#include <string>

namespace {

namespace asio = boost::asio;
using fixture::allocated;
using fixture::data;
using fixture::difference;
using fixture::four_ranges;
using fixture::hole;
using fixture::mebibyte;
using fixture::part_of;
using fixture::system_code;
using fixture::transfer;
using fixture::with_range;
using libvirt_asio::client_errc;
using libvirt_asio::storage_vol;

BOOST_FIXTURE_TEST_SUITE(failures, fixture::file_transfer_session)

BOOST_AUTO_TEST_CASE(a_folder_that_is_not_there_is_an_error) {
  auto const volume = make_volume("volume", {data(1000)});
  fixture::check_error(download(volume, "missing/copy").error, system_code(ENOENT));
}

BOOST_AUTO_TEST_CASE(a_folder_in_the_place_of_the_file_is_an_error) {
  auto const volume = make_volume("volume", {data(1000)});
  std::filesystem::create_directory(file("copy"));
  fixture::check_error(download(volume, "copy").error, system_code(EISDIR));
  BOOST_TEST(!std::filesystem::exists(part_of(file("copy"))));
}

BOOST_AUTO_TEST_CASE(a_source_that_is_not_there_is_an_error) {
  auto const volume = make_volume("volume", {data(1000)});
  fixture::check_error(upload(file("missing"), volume).error, system_code(ENOENT));
}

BOOST_AUTO_TEST_CASE(a_source_that_cannot_be_read_is_an_error) {
  auto const volume = make_volume("volume", {data(1000)});
  auto options = with_range(0, 1000);
  // Of a folder nobody reads bytes, not even root.
  fixture::check_error(upload(file(""), volume, options).error, system_code(EISDIR));
}

BOOST_AUTO_TEST_CASE(a_fifo_is_not_uploaded_and_blocks_nothing) {
  auto const volume = make_volume("volume", {data(1000)});
  BOOST_REQUIRE(::mkfifo(file("fifo").c_str(), 0600) == 0);
  fixture::check_error(upload(file("fifo"), volume).error, client_errc::not_a_file);
}

BOOST_AUTO_TEST_CASE(a_character_device_is_not_uploaded) {
  auto const volume = make_volume("volume", {data(1000)});
  fixture::check_error(upload("/dev/zero", volume, with_range(0, 1000)).error, client_errc::not_a_file);
}

BOOST_AUTO_TEST_CASE(a_fifo_is_not_replaced_by_a_download) {
  auto const volume = make_volume("volume", {data(1000)});
  BOOST_REQUIRE(::mkfifo(file("copy").c_str(), 0600) == 0);
  fixture::check_error(download(volume, "copy").error, client_errc::not_a_file);
  BOOST_TEST(std::filesystem::is_fifo(file("copy")));
  BOOST_TEST(!std::filesystem::exists(part_of(file("copy"))));
}

BOOST_AUTO_TEST_CASE(a_fifo_in_the_place_of_the_part_is_left_alone) {
  auto const volume = make_volume("volume", {data(1000)});
  BOOST_REQUIRE(::mkfifo(part_of(file("copy")).c_str(), 0600) == 0);
  fixture::check_error(download(volume, "copy").error, client_errc::not_a_file);
  BOOST_TEST(std::filesystem::is_fifo(part_of(file("copy"))));
}

BOOST_AUTO_TEST_CASE(a_volume_that_was_removed_is_libvirts_error) {
  auto const volume = make_volume("volume", {data(1000)});
  std::filesystem::remove(volume_file("volume"));
  auto const ended = download(volume, "copy");
  BOOST_TEST((ended.error.category() == libvirt_asio::libvirt_category()));
  auto const message = ended.error.message();
  BOOST_CHECK_MESSAGE(message.find(volume_file("volume").string()) != std::string::npos, message);
  check_no_file("copy");
}

BOOST_AUTO_TEST_CASE(a_volume_removed_under_the_download_gives_all_or_nothing) {
  auto const volume = make_volume("volume", {data(2 * four_ranges)});
  std::filesystem::create_hard_link(volume_file("volume"), file("original"));
  auto started = start_download(volume, "copy");
  run_until_written(part_of(file("copy")), 8 * mebibyte);
  std::filesystem::remove(volume_file("volume"));
  auto const& ended = run_to_end(started);
  if (ended.error)
    check_no_file("copy");
  else
    BOOST_TEST(difference(file("original"), file("copy")) == "");
}

BOOST_AUTO_TEST_CASE(a_volume_that_shrinks_under_the_download_is_an_error) {
  auto const volume = make_volume("volume", {data(2 * four_ranges)});
  auto started = start_download(volume, "copy");
  run_until_written(part_of(file("copy")), 8 * mebibyte);
  std::filesystem::resize_file(volume_file("volume"), mebibyte);
  fixture::check_error(run_to_end(started).error, client_errc::source_too_short);
  check_no_file("copy");
}

BOOST_AUTO_TEST_CASE(a_volume_that_is_too_small_is_left_alone) {
  auto const volume = make_empty_volume("volume", mebibyte);
  auto const path = make_file("file", {data(mebibyte + 1)});
  fixture::check_error(upload(path, volume).error, client_errc::volume_too_small);
  BOOST_TEST(allocated(volume_file("volume")) == 0U);
}

BOOST_AUTO_TEST_CASE(a_part_behind_the_end_of_the_volume_is_refused) {
  auto const volume = make_empty_volume("volume", mebibyte);
  auto const path = make_file("file", {data(1000)});
  fixture::check_error(upload(path, volume, with_range(mebibyte - 999, 0)).error, client_errc::volume_too_small);
}

BOOST_AUTO_TEST_CASE(a_source_that_shrinks_while_it_is_read_is_an_error) {
  auto const path = make_file("file", {data(2 * four_ranges)});
  auto const volume = make_empty_volume("volume", 2 * four_ranges);
  auto started = start_upload(path, volume);
  run_until_written(volume_file("volume"), mebibyte);
  std::filesystem::resize_file(path, mebibyte);
  fixture::check_error(run_to_end(started).error, client_errc::source_too_short);
}

BOOST_AUTO_TEST_CASE(a_sparse_source_that_shrinks_while_it_is_read_is_an_error) {
  auto const path = make_file("file", {data(2 * four_ranges), hole(mebibyte), data(mebibyte)});
  auto const volume = make_empty_volume("volume", std::filesystem::file_size(path));
  auto started = start_upload(path, volume);
  run_until_written(volume_file("volume"), mebibyte);
  std::filesystem::resize_file(path, mebibyte);
  fixture::check_error(run_to_end(started).error, client_errc::source_too_short);
}

BOOST_AUTO_TEST_CASE(transfers_need_an_open_connection) {
  auto const volume = make_volume("volume", {data(1000)});
  libvirt_asio::connection closed{context};
  transfer started;
  libvirt_asio::async_download(closed, volume.get(), file("copy"), started.token());
  fixture::check_error(run_to_end(started).error, client_errc::not_open);
  check_no_file("copy");
}

struct closing_session : fixture::file_transfer_session {
  /// Closes the connection, which ends the transfer, and opens it again.
  void check_closing_ends(transfer& started) {
    connection.close();
    fixture::check_error(run_to_end(started).error, asio::error::operation_aborted);
    run_only([this]() -> asio::awaitable<void> { co_await connection.async_open(host.uri()); });
  }

  // At several moments, as what is outstanding differs.
  std::array<std::uint64_t, 5> const moments{1, 2, 4, 8, 16};
};

BOOST_FIXTURE_TEST_CASE(closing_the_connection_ends_a_download_and_leaves_no_file, closing_session) {
  make_volume("volume", {data(2 * four_ranges)});
  for (auto const moment : moments) {
    auto const volume = find_volume("volume");
    auto started = start_download(volume, "copy");
    run_until_written(part_of(file("copy")), moment * mebibyte);
    check_closing_ends(started);
    check_no_file("copy");
  }
}

BOOST_FIXTURE_TEST_CASE(closing_the_connection_ends_an_upload, closing_session) {
  auto const path = make_file("file", {data(2 * four_ranges)});
  for (auto const moment : moments) {
    auto const name = "volume" + std::to_string(moment);
    auto const volume = make_empty_volume(name, 2 * four_ranges);
    auto started = start_upload(path, volume);
    run_until_written(volume_file(name), moment * mebibyte);
    check_closing_ends(started);
  }
}

BOOST_AUTO_TEST_CASE(a_download_whose_daemon_dies_fails_and_leaves_no_file) {
  test_support::private_libvirtd daemon;
  auto const folder = daemon.make_folder();
  fixture::write_sparse_file(folder.path() / "volume", {data(2 * four_ranges)});
  libvirt_asio::connection mortal{context};
  std::optional<test_support::storage_pool> pool;
  storage_vol volume;
  run_only([&]() -> asio::awaitable<void> {
    co_await mortal.async_open(daemon.unix_uri());
    auto find = [&pool, path = folder.path()](virConnectPtr native) {
      pool.emplace(native, path);
      return ::virStorageVolLookupByPath(native, pool->path("volume").c_str());
    };
    volume = co_await mortal.async_call(std::move(find));
  });
  transfer started;
  libvirt_asio::async_download(mortal, volume.get(), file("copy"), started.token());
  run_until_written(part_of(file("copy")), 8 * mebibyte);
  daemon.kill();
  BOOST_TEST(run_to_end(started).error.failed());
  check_no_file("copy");
  volume.reset();
  pool.reset();
  run_only([&]() -> asio::awaitable<void> { co_await mortal.async_close(); });
}

BOOST_AUTO_TEST_SUITE_END()

}  // namespace
