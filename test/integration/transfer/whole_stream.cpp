#include "fixture/errors.hpp"
#include "fixture/transfer_session.hpp"

#include <boost/test/unit_test.hpp>

#include <fstream>
#include <string>
#include <utility>

namespace {

namespace asio = boost::asio;
using fixture::append;
using fixture::data;
using fixture::hole;
using fixture::layout;
using fixture::length_of;
using fixture::mebibyte;
using fixture::mixed;
using fixture::text_of;
using libvirt_asio::client_errc;
using libvirt_asio::section;
using libvirt_asio::stream;

constexpr auto as_result = asio::as_tuple(asio::use_awaitable);
constexpr libvirt_asio::download_options sparse_download{.sparse = true};
constexpr libvirt_asio::upload_options sparse_upload{.sparse = true};

/// Where a source of data is, which reads a file as its sections say.
class file_source {
 public:
  file_source(std::filesystem::path const& path, layout sections)
      : file_{path, std::ios::binary}, sections_{std::move(sections)} {}

  std::size_t read(asio::mutable_buffer buffer) {
    file_.read(static_cast<char*>(buffer.data()), static_cast<std::streamsize>(buffer.size()));
    auto const size = static_cast<std::size_t>(file_.gcount());
    in_section_ += size;
    return size;
  }

  section here() {
    if (position_ != sections_.size() && in_section_ == sections_[position_].length) {
      ++position_;
      in_section_ = 0;
    }
    return position_ == sections_.size() ? section{} : sections_[position_];
  }

  void skip(std::uint64_t length) {
    file_.seekg(static_cast<std::streamoff>(length), std::ios::cur);
    in_section_ += length;
  }

 private:
  std::ifstream file_;
  layout sections_;
  std::size_t position_ = 0;
  std::uint64_t in_section_ = 0;
};

void append_bytes(std::string& target, asio::const_buffer received) {
  target.append(static_cast<char const*>(received.data()), received.size());
}

BOOST_FIXTURE_TEST_SUITE(whole_stream, fixture::transfer_session)

BOOST_AUTO_TEST_CASE(recv_all_gives_a_plain_sink_the_whole_volume) {
  auto const volume = make_volume("volume", {data(3 * mebibyte)});
  run_only([&]() -> asio::awaitable<void> {
    auto source = co_await open_download(volume.get());
    std::string received;
    auto sink = [&](asio::const_buffer bytes) { append_bytes(received, bytes); };
    auto const moved = co_await libvirt_asio::async_recv_all(source, sink);
    BOOST_TEST(moved == 3 * mebibyte);
    BOOST_CHECK(received == fixture::bytes_of(volume_file("volume")));
    co_await source.async_finish();
  });
}

BOOST_AUTO_TEST_CASE(recv_all_waits_for_a_sink_that_is_a_coroutine) {
  auto const volume = make_volume("volume", {data(3 * mebibyte)});
  run_only([&]() -> asio::awaitable<void> {
    auto source = co_await open_download(volume.get());
    std::string received;
    auto sink = [&](asio::const_buffer bytes) -> asio::awaitable<void> {
      co_await asio::post(asio::use_awaitable);
      append_bytes(received, bytes);
    };
    co_await libvirt_asio::async_recv_all(source, sink);
    BOOST_CHECK(received == fixture::bytes_of(volume_file("volume")));
    co_await source.async_finish();
  });
}

BOOST_AUTO_TEST_CASE(recv_all_of_an_empty_volume_calls_no_sink) {
  auto const volume = make_empty_volume("volume", 0);
  run_only([&]() -> asio::awaitable<void> {
    auto source = co_await open_download(volume.get());
    auto sink = [](asio::const_buffer) { BOOST_ERROR("there is no data"); };
    auto const moved = co_await libvirt_asio::async_recv_all(source, sink);
    BOOST_TEST(moved == 0U);
    co_await source.async_finish();
  });
}

BOOST_AUTO_TEST_CASE(sparse_recv_all_gives_data_and_holes_to_plain_sinks) {
  auto const volume = make_volume("volume", mixed);
  run_only([&]() -> asio::awaitable<void> {
    auto source = co_await open_download(volume.get(), sparse_download);
    layout received;
    auto sink = [&](asio::const_buffer bytes) { append(received, data(bytes.size())); };
    auto hole_sink = [&](std::uint64_t length) { append(received, hole(length)); };
    auto const moved = co_await libvirt_asio::async_sparse_recv_all(source, sink, hole_sink);
    BOOST_TEST(moved == length_of(mixed));
    BOOST_TEST(text_of(received) == text_of(mixed));
    co_await source.async_finish();
  });
}

BOOST_AUTO_TEST_CASE(sparse_recv_all_gives_data_and_holes_to_coroutines) {
  auto const volume = make_volume("volume", mixed);
  run_only([&]() -> asio::awaitable<void> {
    auto source = co_await open_download(volume.get(), sparse_download);
    layout received;
    auto sink = [&](asio::const_buffer bytes) -> asio::awaitable<void> {
      co_await asio::post(asio::use_awaitable);
      append(received, data(bytes.size()));
    };
    auto hole_sink = [&](std::uint64_t length) -> asio::awaitable<void> {
      co_await asio::post(asio::use_awaitable);
      append(received, hole(length));
    };
    co_await libvirt_asio::async_sparse_recv_all(source, sink, hole_sink);
    BOOST_TEST(text_of(received) == text_of(mixed));
    co_await source.async_finish();
  });
}

BOOST_AUTO_TEST_CASE(send_all_takes_from_a_plain_source_until_it_gives_nothing) {
  layout const contents{data(3 * mebibyte + 1)};
  auto const volume = make_empty_volume("volume", length_of(contents));
  auto const path = make_file("file", contents);
  run_only([&]() -> asio::awaitable<void> {
    auto target = co_await open_upload(volume.get());
    file_source file{path, contents};
    auto source = [&](asio::mutable_buffer buffer) { return file.read(buffer); };
    auto const moved = co_await libvirt_asio::async_send_all(target, source);
    BOOST_TEST(moved == length_of(contents));
    co_await target.async_finish();
  });
  BOOST_TEST(fixture::difference(volume_file("volume"), path) == "");
}

BOOST_AUTO_TEST_CASE(send_all_takes_little_at_a_time_from_a_source_that_is_a_coroutine) {
  layout const contents{data(100'000)};
  auto const volume = make_empty_volume("volume", length_of(contents));
  auto const path = make_file("file", contents);
  run_only([&]() -> asio::awaitable<void> {
    auto target = co_await open_upload(volume.get());
    file_source file{path, contents};
    auto source = [&](asio::mutable_buffer buffer) -> asio::awaitable<std::size_t> {
      co_await asio::post(asio::use_awaitable);
      co_return file.read(asio::buffer(buffer, 777));
    };
    auto const moved = co_await libvirt_asio::async_send_all(target, source);
    BOOST_TEST(moved == length_of(contents));
    co_await target.async_finish();
  });
  BOOST_TEST(fixture::difference(volume_file("volume"), path) == "");
}

BOOST_AUTO_TEST_CASE(sparse_send_all_recreates_the_holes_of_plain_functions) {
  auto const volume = make_empty_volume("volume", length_of(mixed));
  auto const path = make_file("file", mixed);
  run_only([&]() -> asio::awaitable<void> {
    auto target = co_await open_upload(volume.get(), sparse_upload);
    file_source file{path, mixed};
    auto source = [&](asio::mutable_buffer buffer) { return file.read(buffer); };
    auto sections = [&] { return file.here(); };
    auto skip = [&](std::uint64_t length) { file.skip(length); };
    auto const moved = co_await libvirt_asio::async_sparse_send_all(target, source, sections, skip);
    BOOST_TEST(moved == length_of(mixed));
    co_await target.async_finish();
  });
  BOOST_TEST(fixture::difference(volume_file("volume"), path) == "");
  BOOST_TEST(text_of(fixture::layout_of(volume_file("volume"))) == text_of(mixed));
}

BOOST_AUTO_TEST_CASE(sparse_send_all_recreates_the_holes_of_coroutines) {
  auto const volume = make_empty_volume("volume", length_of(mixed));
  auto const path = make_file("file", mixed);
  run_only([&]() -> asio::awaitable<void> {
    auto target = co_await open_upload(volume.get(), sparse_upload);
    file_source file{path, mixed};
    auto source = [&](asio::mutable_buffer buffer) -> asio::awaitable<std::size_t> {
      co_await asio::post(asio::use_awaitable);
      co_return file.read(buffer);
    };
    auto sections = [&]() -> asio::awaitable<section> { co_return file.here(); };
    auto skip = [&](std::uint64_t length) -> asio::awaitable<void> {
      file.skip(length);
      co_return;
    };
    co_await libvirt_asio::async_sparse_send_all(target, source, sections, skip);
    co_await target.async_finish();
  });
  BOOST_TEST(fixture::difference(volume_file("volume"), path) == "");
}

BOOST_AUTO_TEST_CASE(a_whole_stream_that_was_never_opened_is_an_error) {
  run_only([&]() -> asio::awaitable<void> {
    stream closed{connection};
    auto sink = [](asio::const_buffer) {};
    auto const [error, moved] = co_await libvirt_asio::async_recv_all(closed, sink, as_result);
    fixture::check_error(error, client_errc::not_open);
  });
}

BOOST_AUTO_TEST_SUITE_END()

}  // namespace
