#include "fixture/errors.hpp"
#include "fixture/file_transfer_session.hpp"

#include <boost/test/unit_test.hpp>

#include <memory>
#include <optional>
#include <stdexcept>
#include <utility>

namespace {

namespace asio = boost::asio;
using fixture::data;
using fixture::hole;
using fixture::mebibyte;
using fixture::mixed;
using libvirt_asio::error_code;
using libvirt_asio::section;
using libvirt_asio::stream;
using libvirt_asio::stream_state;
using libvirt_asio::system_error;

constexpr auto as_result = asio::as_tuple(asio::use_awaitable);
constexpr libvirt_asio::download_options sparse_download{.sparse = true};
constexpr libvirt_asio::upload_options sparse_upload{.sparse = true};

error_code const users_error = make_error_code(std::errc::owner_dead);

[[noreturn]] void fail() {
  throw system_error(users_error);
}

asio::awaitable<void> fail_later() {
  co_await asio::post(asio::use_awaitable);
  fail();
}

struct user_functions_fixture : fixture::file_transfer_session {
  /// Opens a stream, runs an operation that must fail with the user's error, and checks that it aborted.
  template <class Operation>
  void check_users_error(asio::awaitable<stream> opening, Operation operation) {
    run_only([&]() -> asio::awaitable<void> {
      auto opened = co_await std::move(opening);
      auto const [error, moved] = co_await operation(opened);
      fixture::check_error(error, users_error);
      BOOST_TEST((opened.state() == stream_state::aborted));
    });
  }

  /// Runs an operation, `start(stream&, handler)`, on a stream, whose user's function throws something else than a
  /// `system_error`; checks that it leaves the context, and that the stream is aborted.
  template <class Start>
  void check_exception_leaves(asio::awaitable<stream> opening, Start start) {
    std::optional<stream> opened;
    run_only([&]() -> asio::awaitable<void> { opened.emplace(co_await std::move(opening)); });
    auto const alive = std::make_shared<int>();
    start(*opened, [alive](error_code, std::uint64_t) { BOOST_ERROR("the handler was called"); });
    BOOST_CHECK_THROW(run_until([] { return false; }), std::logic_error);
    BOOST_CHECK_MESSAGE(alive.use_count() == 1, "the handler was not destroyed");
    BOOST_TEST((opened->state() == stream_state::aborted));
  }

  /// The options of a transfer whose progress function throws.
  template <class Exception>
  static libvirt_asio::transfer_options throwing(Exception exception) {
    libvirt_asio::transfer_options options;
    options.progress = [exception](libvirt_asio::transfer_progress const&) { throw exception; };
    return options;
  }

  template <class Start>
  void check_exception_leaves(Start start) {
    auto const alive = std::make_shared<int>();
    start([alive](error_code, libvirt_asio::transfer_result) { BOOST_ERROR("the handler was called"); });
    BOOST_CHECK_THROW(run_until([] { return false; }), std::logic_error);
    BOOST_CHECK_MESSAGE(alive.use_count() == 1, "the handler was not destroyed");
  }

  libvirt_asio::storage_vol volume = make_volume("volume", mixed);
};

BOOST_FIXTURE_TEST_SUITE(user_functions, user_functions_fixture)

BOOST_AUTO_TEST_CASE(recv_all_reports_the_error_of_a_sink_and_aborts) {
  check_users_error(open_download(volume.get()), [](stream& source) {
    auto sink = [](asio::const_buffer) { fail(); };
    return libvirt_asio::async_recv_all(source, sink, as_result);
  });
}

BOOST_AUTO_TEST_CASE(recv_all_reports_the_error_of_a_coroutine_and_aborts) {
  check_users_error(open_download(volume.get()), [](stream& source) {
    auto sink = [](asio::const_buffer) { return fail_later(); };
    return libvirt_asio::async_recv_all(source, sink, as_result);
  });
}

BOOST_AUTO_TEST_CASE(sparse_recv_all_reports_the_error_of_a_hole_sink_and_aborts) {
  check_users_error(open_download(volume.get(), sparse_download), [](stream& source) {
    auto sink = [](asio::const_buffer) {};
    auto hole_sink = [](std::uint64_t) { fail(); };
    return libvirt_asio::async_sparse_recv_all(source, sink, hole_sink, as_result);
  });
}

BOOST_AUTO_TEST_CASE(send_all_reports_the_error_of_a_source_and_aborts) {
  check_users_error(open_upload(volume.get()), [](stream& target) {
    auto source = [sent = false](asio::mutable_buffer buffer) mutable {
      if (std::exchange(sent, true)) fail();
      return buffer.size();
    };
    return libvirt_asio::async_send_all(target, source, as_result);
  });
}

BOOST_AUTO_TEST_CASE(sparse_send_all_reports_the_error_of_the_sections_and_aborts) {
  check_users_error(open_upload(volume.get(), sparse_upload), [](stream& target) {
    auto source = [](asio::mutable_buffer buffer) { return buffer.size(); };
    auto sections = []() -> section { fail(); };
    auto skip = [](std::uint64_t) {};
    return libvirt_asio::async_sparse_send_all(target, source, sections, skip, as_result);
  });
}

BOOST_AUTO_TEST_CASE(sparse_send_all_reports_the_error_of_a_skip_and_aborts) {
  check_users_error(open_upload(volume.get(), sparse_upload), [](stream& target) {
    auto source = [](asio::mutable_buffer buffer) { return buffer.size(); };
    auto sections = [] { return hole(4096); };
    auto skip = [](std::uint64_t) { fail(); };
    return libvirt_asio::async_sparse_send_all(target, source, sections, skip, as_result);
  });
}

BOOST_AUTO_TEST_CASE(libvirts_error_of_a_whole_stream_is_reported) {
  auto const made = make_empty_volume("empty", mebibyte);
  run_only([&]() -> asio::awaitable<void> {
    // Not opened for holes.
    auto target = co_await open_upload(made.get());
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

// --- Exceptions of other types -----------------------------------------------------------------------------

[[noreturn]] void fail_otherwise() {
  throw std::logic_error{"a bug of the user's"};
}

BOOST_AUTO_TEST_CASE(what_a_sink_throws_leaves_the_context) {
  check_exception_leaves(open_download(volume.get()), [](stream& source, auto handler) {
    auto sink = [](asio::const_buffer) { fail_otherwise(); };
    libvirt_asio::async_recv_all(source, sink, std::move(handler));
  });
}

BOOST_AUTO_TEST_CASE(what_a_coroutine_throws_leaves_the_context) {
  check_exception_leaves(open_download(volume.get()), [](stream& source, auto handler) {
    auto sink = [](asio::const_buffer) -> asio::awaitable<void> {
      co_await asio::post(asio::use_awaitable);
      fail_otherwise();
    };
    libvirt_asio::async_recv_all(source, sink, std::move(handler));
  });
}

BOOST_AUTO_TEST_CASE(what_a_hole_sink_throws_leaves_the_context) {
  check_exception_leaves(open_download(volume.get(), sparse_download), [](stream& source, auto handler) {
    auto sink = [](asio::const_buffer) {};
    auto hole_sink = [](std::uint64_t) { fail_otherwise(); };
    libvirt_asio::async_sparse_recv_all(source, sink, hole_sink, std::move(handler));
  });
}

BOOST_AUTO_TEST_CASE(what_a_source_throws_leaves_the_context) {
  check_exception_leaves(open_upload(volume.get()), [](stream& target, auto handler) {
    auto source = [](asio::mutable_buffer) -> std::size_t { fail_otherwise(); };
    libvirt_asio::async_send_all(target, source, std::move(handler));
  });
}

BOOST_AUTO_TEST_CASE(what_the_sections_throw_leaves_the_context) {
  check_exception_leaves(open_upload(volume.get(), sparse_upload), [](stream& target, auto handler) {
    auto source = [](asio::mutable_buffer buffer) { return buffer.size(); };
    auto sections = []() -> section { fail_otherwise(); };
    auto skip = [](std::uint64_t) {};
    libvirt_asio::async_sparse_send_all(target, source, sections, skip, std::move(handler));
  });
}

BOOST_AUTO_TEST_CASE(what_a_skip_throws_leaves_the_context) {
  check_exception_leaves(open_upload(volume.get(), sparse_upload), [](stream& target, auto handler) {
    auto source = [](asio::mutable_buffer buffer) { return buffer.size(); };
    auto sections = [] { return hole(4096); };
    auto skip = [](std::uint64_t) { fail_otherwise(); };
    libvirt_asio::async_sparse_send_all(target, source, sections, skip, std::move(handler));
  });
}

// --- Progress ----------------------------------------------------------------------------------------------

BOOST_AUTO_TEST_CASE(a_download_reports_the_error_of_its_progress_function_and_leaves_no_file) {
  fixture::check_error(download(volume, "copy", throwing(system_error{users_error})).error, users_error);
  check_no_file("copy");
}

BOOST_AUTO_TEST_CASE(a_resumable_download_whose_progress_function_throws_leaves_its_part) {
  auto options = throwing(system_error{users_error});
  options.resume = true;
  fixture::check_error(download(volume, "copy", options).error, users_error);
  BOOST_TEST(!std::filesystem::exists(file("copy")));
  BOOST_TEST(std::filesystem::exists(fixture::part_of(file("copy"))));
  fixture::check_error(download(volume, "copy", fixture::resuming()).error, {});
  check_downloaded("volume", "copy");
}

BOOST_AUTO_TEST_CASE(an_upload_reports_the_error_of_its_progress_function) {
  auto const path = make_file("file", mixed);
  fixture::check_error(upload(path, volume, throwing(system_error{users_error})).error, users_error);
}

BOOST_AUTO_TEST_CASE(what_the_progress_function_of_a_download_throws_leaves_the_context_and_no_file) {
  check_exception_leaves([&](auto handler) {
    libvirt_asio::async_download(connection, volume.get(), file("copy"), throwing(std::logic_error{"a bug"}),
                                 std::move(handler));
  });
  check_no_file("copy");
}

// Long enough for the function to be called before the end, beside three other ranges.
BOOST_AUTO_TEST_CASE(what_the_progress_function_throws_in_the_middle_of_a_download_leaves_no_file) {
  auto const large = make_volume("large", {data(4 * fixture::four_ranges)});
  check_exception_leaves([&](auto handler) {
    auto options = throwing(std::logic_error{"a bug"});
    options.streams = 4;
    libvirt_asio::async_download(connection, large.get(), file("copy"), options, std::move(handler));
  });
  check_no_file("copy");
}

BOOST_AUTO_TEST_CASE(what_the_progress_function_of_an_upload_throws_leaves_the_context) {
  auto const path = make_file("file", mixed);
  check_exception_leaves([&](auto handler) {
    libvirt_asio::async_upload(connection, path, volume.get(), throwing(std::logic_error{"a bug"}),
                               std::move(handler));
  });
}

BOOST_AUTO_TEST_SUITE_END()

}  // namespace
