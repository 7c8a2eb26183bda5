#include "fixture/errors.hpp"
#include "fixture/transfer_session.hpp"

#include "support/test_data.hpp"

#include <boost/test/unit_test.hpp>

#include <algorithm>
#include <fstream>
#include <iterator>
#include <span>
#include <stdexcept>

namespace {

namespace asio = boost::asio;
using fixture::append;
using fixture::data;
using fixture::gibibyte;
using fixture::hole;
using fixture::layout;
using fixture::length_of;
using fixture::mebibyte;
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
constexpr unsigned sparse_download = VIR_STORAGE_VOL_DOWNLOAD_SPARSE_STREAM;
constexpr unsigned sparse_upload = VIR_STORAGE_VOL_UPLOAD_SPARSE_STREAM;
constexpr libvirt_asio::byte_range everything;

error_code const users_error = make_error_code(std::errc::owner_dead);

std::vector<std::byte> contents_of(std::filesystem::path const& path) {
  std::ifstream file{path, std::ios::binary};
  std::string const text{std::istreambuf_iterator<char>{file}, {}};
  auto const bytes = std::as_bytes(std::span{text});
  return {bytes.begin(), bytes.end()};
}

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
      co_await async_open_download(source, volume.get(), everything, sparse_download);
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
      co_await async_open_upload(target, volume.get(), everything, sparse_upload);
      test_support::test_data source{7};
      for (auto const& part : sections) co_await send(target, part, source);
      co_await target.async_finish();
    });
    BOOST_TEST(fixture::difference(volume_file("volume"), expected) == "");
    BOOST_TEST(text_of(fixture::layout_of(volume_file("volume"))) == text_of(fixture::layout_of(expected)));
  }

  asio::awaitable<stream> open_download(virStorageVolPtr volume, unsigned flags = 0) {
    stream source{connection};
    co_await async_open_download(source, volume, everything, flags);
    co_return source;
  }

  asio::awaitable<stream> open_upload(virStorageVolPtr volume, unsigned flags = 0) {
    stream target{connection};
    co_await async_open_upload(target, volume, everything, flags);
    co_return target;
  }
};

layout const mixed{hole(mebibyte), data(2 * mebibyte), hole(3 * mebibyte), data(mebibyte), hole(mebibyte)};

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
  libvirt_asio::byte_range range;
  range.offset = 2 * mebibyte;
  range.length = 3 * mebibyte;
  run_only([&]() -> asio::awaitable<void> {
    stream source{connection};
    co_await async_open_download(source, volume.get(), range, sparse_download);
    auto const received = co_await receive_all(source, "copy");
    BOOST_TEST(text_of(received) == text_of({data(mebibyte), hole(2 * mebibyte)}));
    co_await source.async_finish();
  });
}

BOOST_AUTO_TEST_CASE(holes_read_as_zeros) {
  auto const volume = make_volume("volume", mixed);
  auto const expected = contents_of(volume_file("volume"));
  run_only([&]() -> asio::awaitable<void> {
    auto source = co_await open_download(volume.get(), sparse_download);
    std::vector<std::byte> received(expected.size());
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
    co_await async_open_download(source, volume.get(), everything, sparse_download);
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
  std::optional<fixture::frozen_daemon> frozen;
  run_only([&]() -> asio::awaitable<void> {
    co_await async_open_download(source, volume.get(), everything, sparse_download);
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
    co_await async_open_upload(target, volume.get(), everything, sparse_upload);
    co_await async_open_upload(before, other.get());
    fixture::frozen_daemon const frozen{host.daemon()};
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

// --- Whole streams -----------------------------------------------------------------------------------------

struct whole_stream_fixture : sparse_fixture {
  /// A place to suspend a coroutine, for ever but for cancellation.
  asio::awaitable<void> wait_for_cancellation() {
    asio::steady_timer never{context, asio::steady_timer::time_point::max()};
    co_await never.async_wait(asio::use_awaitable);
  }

  /// Opens a stream, runs an operation that must fail with the user's error, and checks that it aborted.
  template <class Operation>
  void check_users_error(unsigned flags, bool upload, Operation operation) {
    auto const volume = make_volume("volume", mixed);
    run_only([&]() -> asio::awaitable<void> {
      auto whole = upload ? open_upload(volume.get(), flags) : open_download(volume.get(), flags);
      auto opened = co_await std::move(whole);
      auto const [error, moved] = co_await operation(opened);
      fixture::check_error(error, users_error);
      BOOST_TEST((opened.state() == stream_state::aborted));
    });
  }

  /// Cancels an operation after each number of handlers that it may run, until it gets to its end.
  /// `start(stream&, token)`.
  template <class Start>
  void check_cancelled_in_every_state(virStorageVolPtr volume, bool upload, unsigned flags, Start start) {
    std::size_t cancelled = 0;
    for (bool reached_end = false; !reached_end; ++cancelled) {
      std::optional<stream> opened;
      run_only([&]() -> asio::awaitable<void> {
        auto opening = upload ? open_upload(volume, flags) : open_download(volume, flags);
        opened.emplace(co_await std::move(opening));
      });
      fixture::started_operation<std::uint64_t> operation;
      start(*opened, operation.token());
      context.restart();
      for (std::size_t handlers = 0; handlers != cancelled && !operation.ended(); ++handlers) context.run_one();
      reached_end = operation.ended();
      operation.cancel();
      auto const& result = run_to_end(operation);
      if (reached_end) {
        fixture::check_error(result.error, {});
        BOOST_TEST((opened->state() == stream_state::open));
      } else if (result.error) {
        fixture::check_error(result.error, asio::error::operation_aborted);
        BOOST_TEST((opened->state() == stream_state::aborted));
      }
    }
    BOOST_TEST(cancelled > 3U);
  }
};

[[noreturn]] void fail() {
  throw system_error(users_error);
}

asio::awaitable<void> fail_later() {
  co_await asio::post(asio::use_awaitable);
  fail();
}

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

asio::const_buffer copy_of(std::vector<std::byte>& target, asio::const_buffer received) {
  auto const* bytes = static_cast<std::byte const*>(received.data());
  target.insert(target.end(), bytes, bytes + received.size());
  return received;
}

BOOST_FIXTURE_TEST_SUITE(whole_stream, whole_stream_fixture)

BOOST_AUTO_TEST_CASE(recv_all_gives_a_plain_sink_the_whole_volume) {
  auto const volume = make_volume("volume", {data(3 * mebibyte)});
  run_only([&]() -> asio::awaitable<void> {
    auto source = co_await open_download(volume.get());
    std::vector<std::byte> received;
    auto sink = [&](asio::const_buffer bytes) { copy_of(received, bytes); };
    auto const moved = co_await libvirt_asio::async_recv_all(source, sink);
    BOOST_TEST(moved == 3 * mebibyte);
    BOOST_CHECK(received == contents_of(volume_file("volume")));
    co_await source.async_finish();
  });
}

BOOST_AUTO_TEST_CASE(recv_all_waits_for_a_sink_that_is_a_coroutine) {
  auto const volume = make_volume("volume", {data(3 * mebibyte)});
  run_only([&]() -> asio::awaitable<void> {
    auto source = co_await open_download(volume.get());
    std::vector<std::byte> received;
    auto sink = [&](asio::const_buffer bytes) -> asio::awaitable<void> {
      co_await asio::post(asio::use_awaitable);
      copy_of(received, bytes);
    };
    co_await libvirt_asio::async_recv_all(source, sink);
    BOOST_CHECK(received == contents_of(volume_file("volume")));
    co_await source.async_finish();
  });
}

BOOST_AUTO_TEST_CASE(recv_all_of_an_empty_volume_calls_no_sink) {
  auto const volume = make_empty_volume("volume", 0);
  run_only([&]() -> asio::awaitable<void> {
    auto source = co_await open_download(volume.get());
    auto sink = [](asio::const_buffer) { fail(); };
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

BOOST_AUTO_TEST_CASE(recv_all_reports_the_error_of_a_sink_and_aborts) {
  check_users_error(0, false, [](stream& source) {
    auto sink = [](asio::const_buffer) { fail(); };
    return libvirt_asio::async_recv_all(source, sink, as_result);
  });
}

BOOST_AUTO_TEST_CASE(recv_all_reports_the_error_of_a_coroutine_and_aborts) {
  check_users_error(0, false, [](stream& source) {
    auto sink = [](asio::const_buffer) { return fail_later(); };
    return libvirt_asio::async_recv_all(source, sink, as_result);
  });
}

BOOST_AUTO_TEST_CASE(sparse_recv_all_reports_the_error_of_a_hole_sink_and_aborts) {
  check_users_error(sparse_download, false, [](stream& source) {
    auto sink = [](asio::const_buffer) {};
    auto hole_sink = [](std::uint64_t) { fail(); };
    return libvirt_asio::async_sparse_recv_all(source, sink, hole_sink, as_result);
  });
}

BOOST_AUTO_TEST_CASE(send_all_reports_the_error_of_a_source_and_aborts) {
  check_users_error(0, true, [](stream& target) {
    auto source = [sent = false](asio::mutable_buffer buffer) mutable {
      if (std::exchange(sent, true)) fail();
      return buffer.size();
    };
    return libvirt_asio::async_send_all(target, source, as_result);
  });
}

BOOST_AUTO_TEST_CASE(sparse_send_all_reports_the_error_of_the_sections_and_aborts) {
  check_users_error(sparse_upload, true, [](stream& target) {
    auto source = [](asio::mutable_buffer buffer) { return buffer.size(); };
    auto sections = []() -> section { fail(); };
    auto skip = [](std::uint64_t) {};
    return libvirt_asio::async_sparse_send_all(target, source, sections, skip, as_result);
  });
}

BOOST_AUTO_TEST_CASE(sparse_send_all_reports_the_error_of_a_skip_and_aborts) {
  check_users_error(sparse_upload, true, [](stream& target) {
    auto source = [](asio::mutable_buffer buffer) { return buffer.size(); };
    auto sections = [] { return hole(4096); };
    auto skip = [](std::uint64_t) { fail(); };
    return libvirt_asio::async_sparse_send_all(target, source, sections, skip, as_result);
  });
}

BOOST_AUTO_TEST_CASE(libvirts_error_of_a_whole_stream_is_reported) {
  auto const volume = make_empty_volume("volume", mebibyte);
  run_only([&]() -> asio::awaitable<void> {
    // Not opened for holes.
    auto target = co_await open_upload(volume.get());
    auto source = [](asio::mutable_buffer buffer) { return buffer.size(); };
    auto sections = [] { return hole(4096); };
    auto skip = [](std::uint64_t) {};
    auto const [error, moved] =
        co_await libvirt_asio::async_sparse_send_all(target, source, sections, skip, as_result);
    fixture::check_error(error, libvirt_asio::errc::operation_invalid,
                         "Requested operation is not valid: Skipping is not supported with this stream");
    BOOST_TEST(moved == 0U);
  });
}

BOOST_AUTO_TEST_CASE(a_whole_stream_that_was_never_opened_is_an_error) {
  run_only([&]() -> asio::awaitable<void> {
    stream closed{connection};
    auto sink = [](asio::const_buffer) {};
    auto const [error, moved] = co_await libvirt_asio::async_recv_all(closed, sink, as_result);
    fixture::check_error(error, client_errc::not_open);
  });
}

BOOST_AUTO_TEST_CASE(recv_all_can_be_cancelled_in_every_state) {
  auto const volume = make_volume("volume", {data(2 * mebibyte)});
  check_cancelled_in_every_state(volume.get(), false, 0, [](stream& source, auto token) {
    auto sink = [](asio::const_buffer) -> asio::awaitable<void> { co_await asio::post(asio::use_awaitable); };
    libvirt_asio::async_recv_all(source, sink, token);
  });
}

BOOST_AUTO_TEST_CASE(sparse_recv_all_can_be_cancelled_in_every_state) {
  auto const volume = make_volume("volume", mixed);
  check_cancelled_in_every_state(volume.get(), false, sparse_download, [](stream& source, auto token) {
    auto sink = [](asio::const_buffer) -> asio::awaitable<void> { co_await asio::post(asio::use_awaitable); };
    auto hole_sink = [](std::uint64_t) -> asio::awaitable<void> { co_await asio::post(asio::use_awaitable); };
    libvirt_asio::async_sparse_recv_all(source, sink, hole_sink, token);
  });
}

BOOST_AUTO_TEST_CASE(send_all_can_be_cancelled_in_every_state) {
  auto const volume = make_empty_volume("volume", 2 * mebibyte);
  check_cancelled_in_every_state(volume.get(), true, 0, [](stream& target, auto token) {
    auto source = [left = 4](asio::mutable_buffer buffer) mutable -> asio::awaitable<std::size_t> {
      co_await asio::post(asio::use_awaitable);
      co_return left-- > 0 ? buffer.size() : 0;
    };
    libvirt_asio::async_send_all(target, source, token);
  });
}

BOOST_AUTO_TEST_CASE(sparse_send_all_can_be_cancelled_in_every_state) {
  auto const volume = make_empty_volume("volume", 2 * mebibyte);
  check_cancelled_in_every_state(volume.get(), true, sparse_upload, [](stream& target, auto token) {
    auto source = [](asio::mutable_buffer buffer) -> asio::awaitable<std::size_t> {
      co_await asio::post(asio::use_awaitable);
      co_return buffer.size();
    };
    auto sections = [next = 0]() mutable -> asio::awaitable<section> {
      co_await asio::post(asio::use_awaitable);
      layout const all{hole(65'536), data(65'536), hole(65'536), data(65'536), section{}};
      co_return all.at(static_cast<std::size_t>(next++));
    };
    auto skip = [](std::uint64_t) -> asio::awaitable<void> { co_await asio::post(asio::use_awaitable); };
    libvirt_asio::async_sparse_send_all(target, source, sections, skip, token);
  });
}

BOOST_AUTO_TEST_CASE(recv_all_is_cancelled_while_the_daemon_does_not_answer) {
  auto const volume = make_volume("volume", {data(64 * mebibyte)});
  auto source = std::make_unique<stream>(connection);
  run_only([&]() -> asio::awaitable<void> { co_await async_open_download(*source, volume.get()); });
  fixture::started_operation<std::uint64_t> operation;
  {
    fixture::frozen_daemon const frozen{host.daemon()};
    auto sink = [](asio::const_buffer) {};
    libvirt_asio::async_recv_all(*source, sink, operation.token());
    // What the daemon had sent before.
    context.restart();
    context.poll();
    operation.cancel();
    fixture::check_error(run_to_end(operation).error, asio::error::operation_aborted);
  }
  BOOST_TEST((source->state() == stream_state::aborted));
}

BOOST_AUTO_TEST_CASE(send_all_is_cancelled_while_the_daemon_takes_nothing) {
  auto const volume = make_empty_volume("volume", 64 * mebibyte);
  auto target = std::make_unique<stream>(connection);
  run_only([&]() -> asio::awaitable<void> { co_await async_open_upload(*target, volume.get()); });
  fixture::started_operation<std::uint64_t> operation;
  {
    fixture::frozen_daemon const frozen{host.daemon()};
    std::size_t asked = 0;
    auto source = [&asked](asio::mutable_buffer buffer) { return ++asked, buffer.size(); };
    libvirt_asio::async_send_all(*target, source, operation.token());
    run_until([&] { return asked >= 1; });
    operation.cancel();
    fixture::check_error(run_to_end(operation).error, asio::error::operation_aborted);
  }
  BOOST_TEST((target->state() == stream_state::aborted));
}

BOOST_AUTO_TEST_CASE(what_a_sink_throws_beside_system_errors_leaves_the_context) {
  auto const volume = make_volume("volume", {data(mebibyte)});
  auto source = std::make_unique<stream>(connection);
  run_only([&]() -> asio::awaitable<void> { co_await async_open_download(*source, volume.get()); });
  auto sink = [](asio::const_buffer) { throw std::logic_error{"a bug of the user's"}; };
  libvirt_asio::async_recv_all(*source, sink, [](error_code, std::uint64_t) { BOOST_ERROR("was called"); });
  BOOST_CHECK_THROW(run_until([] { return false; }), std::logic_error);
  BOOST_TEST((source->state() == stream_state::aborted));
}

BOOST_AUTO_TEST_SUITE_END()

}  // namespace
