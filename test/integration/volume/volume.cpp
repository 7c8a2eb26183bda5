// Run for each transport: the word after `--` chooses it.

#include "fixture/conversation.hpp"
#include "fixture/errors.hpp"
#include "fixture/sparse_file.hpp"
#include "fixture/volume_session.hpp"

#include "support/sha256.hpp"
#include "support/test_data.hpp"

#include <boost/test/unit_test.hpp>

#include <array>
#include <filesystem>

namespace {

namespace asio = boost::asio;
using libvirt_asio::byte_range;
using libvirt_asio::errc;
using libvirt_asio::error_code;
using libvirt_asio::storage_vol;
using libvirt_asio::stream;

constexpr auto as_result = asio::as_tuple(asio::use_awaitable);
constexpr std::uint64_t gibibyte = std::uint64_t{1} << 30;
constexpr std::size_t piece_size = std::size_t{1} << 20;

std::string bytes_of(std::filesystem::path const& file, byte_range range = {}) {
  return fixture::bytes_of(file, range.offset, range.length == 0 ? std::string::npos : range.length);
}

std::string random_bytes(std::size_t size) {
  auto const data = test_support::make_test_data(size, 1);
  return {reinterpret_cast<char const*>(data.data()), data.size()};
}

/// Writes random bytes and returns their sum.
asio::awaitable<std::string> write_random(stream& upload, std::uint64_t bytes) {
  test_support::test_data data;
  test_support::sha256 sum;
  std::vector<std::byte> piece(piece_size);
  for (std::uint64_t sent = 0; sent != bytes; sent += piece.size()) {
    data.fill(piece);
    sum.update(piece);
    co_await asio::async_write(upload, asio::buffer(piece), asio::use_awaitable);
  }
  co_return sum.finish();
}

/// Reads to the end and returns the sum.
asio::awaitable<std::string> sum_of(stream& download) {
  test_support::sha256 sum;
  std::vector<std::byte> piece(piece_size);
  for (;;) {
    auto const [error, size] = co_await download.async_read_some(asio::buffer(piece), as_result);
    sum.update({piece.data(), size});
    if (error == asio::error::eof) co_return sum.finish();
    if (error) throw libvirt_asio::system_error(error);
  }
}

BOOST_FIXTURE_TEST_SUITE(volume, fixture::volume_session)

BOOST_AUTO_TEST_CASE(an_upload_of_a_gibibyte_arrives_whole) {
  run([this]() -> asio::awaitable<void> {
    auto const volume = co_await make_empty_volume(gibibyte);
    auto upload = co_await open_upload(volume.get());
    auto const sent = co_await write_random(upload, gibibyte);
    co_await upload.async_finish();
    BOOST_TEST(std::filesystem::file_size(file()) == gibibyte);
    BOOST_TEST(test_support::sha256_of_file(file()) == sent);
    co_await connection.async_close();
  });
}

BOOST_AUTO_TEST_CASE(a_download_of_a_gibibyte_arrives_whole) {
  run([this]() -> asio::awaitable<void> {
    auto const volume = co_await make_volume(gibibyte);
    auto download = co_await open_download(volume.get());
    auto const received = co_await sum_of(download);
    co_await download.async_finish();
    BOOST_TEST(received == test_support::sha256_of_file(file()));
    co_await connection.async_close();
  });
}

BOOST_AUTO_TEST_CASE(a_download_gives_the_range_asked_for) {
  run([this]() -> asio::awaitable<void> {
    auto const volume = co_await make_volume(4 * piece_size);
    byte_range const range{.offset = 1'000'001, .length = 2'000'003};
    auto download = co_await open_download(volume.get(), {.range = range});
    auto const received = co_await fixture::read_to_end(download);
    co_await download.async_finish();
    BOOST_TEST(received.size() == range.length);
    BOOST_CHECK(received == bytes_of(file(), range));
    co_await connection.async_close();
  });
}

BOOST_AUTO_TEST_CASE(a_download_with_an_offset_alone_goes_on_to_the_end) {
  run([this]() -> asio::awaitable<void> {
    auto const volume = co_await make_volume(piece_size);
    byte_range const range{.offset = piece_size - 5, .length = 0};
    auto download = co_await open_download(volume.get(), {.range = range});
    auto const received = co_await fixture::read_to_end(download);
    co_await download.async_finish();
    BOOST_CHECK(received == bytes_of(file(), range));
    BOOST_TEST(received.size() == 5U);
    co_await connection.async_close();
  });
}

BOOST_AUTO_TEST_CASE(an_upload_changes_only_the_range_asked_for) {
  run([this]() -> asio::awaitable<void> {
    auto const volume = co_await make_volume(4 * piece_size);
    std::string expected = bytes_of(file());
    std::string const sent = random_bytes(2'000'003);
    auto upload = co_await open_upload(volume.get(), {.range = {.offset = 1'000'001, .length = sent.size()}});
    co_await asio::async_write(upload, asio::buffer(sent), asio::use_awaitable);
    co_await upload.async_finish();
    expected.replace(1'000'001, sent.size(), sent);
    BOOST_CHECK(bytes_of(file()) == expected);
    co_await connection.async_close();
  });
}

BOOST_AUTO_TEST_CASE(a_download_of_an_empty_volume_ends_at_once) {
  run([this]() -> asio::awaitable<void> {
    auto const volume = co_await make_empty_volume(0);
    auto download = co_await open_download(volume.get());
    auto const received = co_await fixture::read_to_end(download);
    BOOST_TEST(received == "");
    co_await download.async_finish();
    co_await connection.async_close();
  });
}

BOOST_AUTO_TEST_CASE(an_upload_of_nothing_leaves_the_volume_as_it_is) {
  run([this]() -> asio::awaitable<void> {
    auto const volume = co_await make_volume(1000);
    auto const before = bytes_of(file());
    auto upload = co_await open_upload(volume.get());
    co_await upload.async_finish();
    BOOST_CHECK(bytes_of(file()) == before);
    co_await connection.async_close();
  });
}

BOOST_AUTO_TEST_CASE(one_byte_goes_up_and_comes_down) {
  run([this]() -> asio::awaitable<void> {
    auto const volume = co_await make_empty_volume(1);
    auto upload = co_await open_upload(volume.get());
    co_await asio::async_write(upload, asio::buffer("x", 1), asio::use_awaitable);
    co_await upload.async_finish();
    auto download = co_await open_download(volume.get());
    auto const received = co_await fixture::read_to_end(download);
    BOOST_TEST(received == "x");
    co_await download.async_finish();
    co_await connection.async_close();
  });
}

BOOST_AUTO_TEST_CASE(a_write_takes_no_more_than_a_mebibyte) {
  run([this]() -> asio::awaitable<void> {
    auto const volume = co_await make_empty_volume(piece_size);
    auto upload = co_await open_upload(volume.get());
    std::string const sent(2 * piece_size, 'x');
    auto const written = co_await upload.async_write_some(asio::buffer(sent));
    BOOST_TEST(written == 1'048'576U);
    co_await upload.async_finish();
    co_await connection.async_close();
  });
}

BOOST_AUTO_TEST_CASE(buffer_sequences_are_gathered_and_scattered) {
  run([this]() -> asio::awaitable<void> {
    auto const volume = co_await make_empty_volume(10);
    auto upload = co_await open_upload(volume.get());
    std::array<asio::const_buffer, 4> const sent{asio::buffer("01", 2), asio::const_buffer{},
                                                 asio::buffer("234", 3), asio::buffer("56789", 5)};
    co_await asio::async_write(upload, sent, asio::use_awaitable);
    co_await upload.async_finish();
    auto download = co_await open_download(volume.get());
    std::array<char, 3> head{};
    std::array<char, 7> tail{};
    std::array<asio::mutable_buffer, 3> const received{asio::mutable_buffer{}, asio::buffer(head),
                                                       asio::buffer(tail)};
    co_await asio::async_read(download, received);
    BOOST_TEST(std::string(head.data(), 3) == "012");
    BOOST_TEST(std::string(tail.data(), 7) == "3456789");
    co_await download.async_abort();
    co_await connection.async_close();
  });
}

BOOST_AUTO_TEST_SUITE_END()

}  // namespace
