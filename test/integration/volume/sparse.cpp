#include "fixture/errors.hpp"
#include "fixture/transfer_session.hpp"

#include "support/test_data.hpp"

#include <boost/test/unit_test.hpp>

#include <algorithm>
#include <fstream>

namespace {

namespace asio = boost::asio;
using fixture::append;
using fixture::data;
using fixture::gibibyte;
using fixture::hole;
using fixture::layout;
using fixture::length_of;
using fixture::mebibyte;
using fixture::mixed;
using fixture::text_of;
using libvirt_asio::async_open_download;
using libvirt_asio::async_open_upload;
using libvirt_asio::client_errc;
using libvirt_asio::error_code;
using libvirt_asio::section;
using libvirt_asio::stream;
using libvirt_asio::stream_state;
using libvirt_asio::system_error;

constexpr auto as_result = asio::as_tuple(asio::use_awaitable);
constexpr libvirt_asio::download_options sparse_download{.sparse = true};
constexpr libvirt_asio::upload_options sparse_upload{.sparse = true};

struct sparse_fixture : fixture::transfer_session {
  /// What `async_receive` says of a volume, and that its data is the volume's.
  asio::awaitable<layout> receive_all(stream& source, std::string copied_to) {
    layout received;
    std::vector<std::byte> buffer(100'000);
    std::ofstream copy{file(copied_to), std::ios::binary};
    for (;;) {
      auto const [error, next] = co_await source.async_receive(asio::buffer(buffer), as_result);
      if (error == asio::error::eof) break;
      if (error) throw system_error(error);
      append(received, next);
      if (next.hole)
        copy.seekp(static_cast<std::streamoff>(next.length), std::ios::cur);
      else
        copy.write(reinterpret_cast<char const*>(buffer.data()), static_cast<std::streamsize>(next.length));
    }
    copy.close();
    std::filesystem::resize_file(file(copied_to), length_of(received));
    co_return received;
  }

  void check_received(layout const& contents) {
    auto const volume = make_volume("volume", contents);
    run_only([&]() -> asio::awaitable<void> {
      stream source{connection};
      co_await async_open_download(source, volume.get(), sparse_download);
      auto const received = co_await receive_all(source, "copy");
      BOOST_TEST(text_of(received) == text_of(contents));
      co_await source.async_finish();
    });
    BOOST_TEST(fixture::difference(volume_file("volume"), file("copy")) == "");
  }

  asio::awaitable<void> send(stream& target, section part, test_support::test_data& source) {
    if (part.hole) co_return co_await target.async_send_hole(part.length);
    std::vector<std::byte> bytes(static_cast<std::size_t>(part.length));
    source.fill(bytes);
    co_await asio::async_write(target, asio::buffer(bytes));
  }

  void check_sent(layout const& sections) {
    auto const volume = make_empty_volume("volume", length_of(sections));
    auto const expected = make_file("expected", sections, 7);
    run_only([&]() -> asio::awaitable<void> {
      stream target{connection};
      co_await async_open_upload(target, volume.get(), sparse_upload);
      test_support::test_data source{7};
      for (auto const& part : sections) co_await send(target, part, source);
      co_await target.async_finish();
    });
    BOOST_TEST(fixture::difference(volume_file("volume"), expected) == "");
    BOOST_TEST(text_of(fixture::layout_of(volume_file("volume"))) == text_of(fixture::layout_of(expected)));
  }
};
BOOST_FIXTURE_TEST_SUITE(sparse, sparse_fixture)

// --- async_receive -----------------------------------------------------------------------------------------

BOOST_AUTO_TEST_CASE(a_leading_hole_is_received) {
  check_received({hole(3 * mebibyte), data(mebibyte)});
}

BOOST_AUTO_TEST_CASE(a_trailing_hole_is_received) {
  check_received({data(mebibyte), hole(3 * mebibyte)});
}

BOOST_AUTO_TEST_CASE(data_and_holes_are_received_by_turns) {
  check_received({data(65'536), hole(65'536), data(65'536), hole(65'536), data(65'536)});
}

BOOST_AUTO_TEST_CASE(a_volume_that_is_all_hole_is_received_as_one) {
  check_received({hole(16 * mebibyte)});
}

BOOST_AUTO_TEST_CASE(a_volume_without_holes_is_received_as_data) {
  check_received({data(3 * mebibyte)});
}

BOOST_AUTO_TEST_CASE(an_empty_volume_has_no_sections) {
  check_received({});
}

BOOST_AUTO_TEST_CASE(a_hole_over_4_gib_is_received_in_full) {
  check_received({data(65'536), hole(5 * gibibyte), data(65'536)});
}

BOOST_AUTO_TEST_CASE(holes_come_as_data_on_a_stream_not_opened_for_them) {
  auto const volume = make_volume("volume", mixed);
  run_only([&]() -> asio::awaitable<void> {
    auto source = co_await open_download(volume.get());
    auto const received = co_await receive_all(source, "copy");
    BOOST_TEST(text_of(received) == text_of({data(8 * mebibyte)}));
    co_await source.async_finish();
  });
  BOOST_TEST(fixture::difference(volume_file("volume"), file("copy")) == "");
}

BOOST_AUTO_TEST_CASE(a_part_of_a_volume_is_received_with_its_holes) {
  auto const volume = make_volume("volume", mixed);
  libvirt_asio::download_options const options{.range{.offset = 2 * mebibyte, .length = 3 * mebibyte}, .sparse = true};
  run_only([&]() -> asio::awaitable<void> {
    stream source{connection};
    co_await async_open_download(source, volume.get(), options);
    auto const received = co_await receive_all(source, "copy");
    BOOST_TEST(text_of(received) == text_of({data(mebibyte), hole(2 * mebibyte)}));
    co_await source.async_finish();
  });
}

BOOST_AUTO_TEST_CASE(holes_read_as_zeros) {
  auto const volume = make_volume("volume", mixed);
  auto const expected = fixture::bytes_of(volume_file("volume"));
  run_only([&]() -> asio::awaitable<void> {
    auto source = co_await open_download(volume.get(), sparse_download);
    std::string received(expected.size(), 'x');
    co_await asio::async_read(source, asio::buffer(received));
    BOOST_CHECK(received == expected);
    auto const [error, size] = co_await source.async_read_some(asio::buffer(received), as_result);
    fixture::check_error(error, asio::error::eof);
    co_await source.async_finish();
  });
}

BOOST_AUTO_TEST_CASE(a_volume_that_is_all_hole_reads_as_zeros) {
  auto const volume = make_empty_volume("volume", mebibyte);
  run_only([&]() -> asio::awaitable<void> {
    auto source = co_await open_download(volume.get(), sparse_download);
    std::vector<std::byte> received(mebibyte, std::byte{1});
    co_await asio::async_read(source, asio::buffer(received));
    BOOST_TEST(std::ranges::count(received, std::byte{0}) == static_cast<std::ptrdiff_t>(mebibyte));
    co_await source.async_finish();
  });
}

BOOST_AUTO_TEST_CASE(a_cancelled_receive_loses_nothing) {
  auto const volume = make_volume("volume", mixed);
  stream source{connection};
  std::byte unused[100];
  fixture::started_operation<section> cancelled;
  run_only([&]() -> asio::awaitable<void> {
    co_await async_open_download(source, volume.get(), sparse_download);
    source.async_receive(asio::buffer(unused), cancelled.token());
    cancelled.cancel();
  });
  auto const first = run_to_end(cancelled);
  run_only([&]() -> asio::awaitable<void> {
    // The volume begins with a hole, which may have been there already.
    auto received = co_await receive_all(source, "copy");
    if (first.error) {
      fixture::check_error(first.error, asio::error::operation_aborted);
      BOOST_TEST(text_of(received) == text_of(mixed));
    } else {
      BOOST_TEST(text_of(received) == text_of(layout(mixed.begin() + 1, mixed.end())));
    }
    co_await source.async_finish();
  });
}

BOOST_AUTO_TEST_CASE(a_read_while_a_receive_waits_is_refused) {
  auto const volume = make_volume("volume", mixed);
  stream source{connection};
  std::byte bytes[100];
  fixture::started_operation<section> waiting;
  std::optional<test_support::frozen_daemon> frozen;
  run_only([&]() -> asio::awaitable<void> {
    co_await async_open_download(source, volume.get(), sparse_download);
    frozen.emplace(host.daemon());
    // What had come before the daemon was frozen.
    error_code nothing_left;
    while (source.read_some(asio::buffer(bytes), nothing_left) != 0) {
    }
    source.async_receive(asio::buffer(bytes), waiting.token());
    auto const [error, size] = co_await source.async_read_some(asio::buffer(bytes), as_result);
    fixture::check_error(error, client_errc::operation_in_progress);
    waiting.cancel();
  });
  run_to_end(waiting);
}

// --- async_send_hole ---------------------------------------------------------------------------------------

BOOST_AUTO_TEST_CASE(a_leading_hole_is_sent) {
  check_sent({hole(3 * mebibyte), data(mebibyte)});
}

BOOST_AUTO_TEST_CASE(a_trailing_hole_is_sent) {
  check_sent({data(mebibyte), hole(3 * mebibyte)});
}

BOOST_AUTO_TEST_CASE(adjacent_holes_are_sent) {
  check_sent({data(65'536), hole(65'536), hole(mebibyte), hole(65'536), data(65'536)});
}

BOOST_AUTO_TEST_CASE(a_volume_that_is_all_hole_is_sent) {
  check_sent({hole(16 * mebibyte)});
}

BOOST_AUTO_TEST_CASE(a_hole_over_4_gib_is_sent_in_full) {
  check_sent({data(65'536), hole(5 * gibibyte), data(65'536)});
}

BOOST_AUTO_TEST_CASE(a_hole_of_no_length_changes_nothing) {
  check_sent({data(65'536), hole(0), data(65'536)});
}

BOOST_AUTO_TEST_CASE(a_hole_on_a_stream_not_opened_for_them_is_refused_in_libvirts_words) {
  auto const volume = make_empty_volume("volume", mebibyte);
  run_only([&]() -> asio::awaitable<void> {
    auto target = co_await open_upload(volume.get());
    auto const [error] = co_await target.async_send_hole(4096, as_result);
    fixture::check_error(error, libvirt_asio::errc::operation_invalid,
                         "Requested operation is not valid: Skipping is not supported with this stream");
    BOOST_TEST((target.state() == stream_state::failed));
  });
}

BOOST_AUTO_TEST_CASE(a_write_while_a_hole_is_sent_is_refused) {
  auto const volume = make_empty_volume("volume", mebibyte);
  auto const other = make_empty_volume("other", mebibyte);
  stream target{connection}, before{connection};
  std::optional<error_code> hole_sent;
  run_only([&]() -> asio::awaitable<void> {
    co_await async_open_upload(target, volume.get(), sparse_upload);
    co_await async_open_upload(before, other.get());
    test_support::frozen_daemon const frozen{host.daemon()};
    // Of its two packets the socket takes one: the other is copied, and blocks what is sent after it.
    co_await before.async_write_some(asio::buffer(std::vector<std::byte>(300'000)));
    target.async_send_hole(4096, [&](error_code error) { hole_sent = error; });
    auto const [error, size] = co_await target.async_write_some(asio::buffer("a", 1), as_result);
    fixture::check_error(error, client_errc::operation_in_progress);
    BOOST_TEST(!hole_sent);
  });
  run_until([&] { return hole_sent.has_value(); });
  fixture::check_error(*hole_sent, {});
  run_only([&]() -> asio::awaitable<void> { co_await target.async_finish(); });
  BOOST_TEST(std::filesystem::file_size(volume_file("volume")) == 4096U);
}

BOOST_AUTO_TEST_SUITE_END()

}  // namespace
