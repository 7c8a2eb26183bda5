#include "fixture/errors.hpp"
#include "fixture/transfer_session.hpp"

#include <boost/test/unit_test.hpp>

#include <memory>
#include <optional>
#include <utility>

namespace {

namespace asio = boost::asio;
using fixture::data;
using fixture::hole;
using fixture::layout;
using fixture::mebibyte;
using fixture::mixed;
using libvirt_asio::async_open_download;
using libvirt_asio::async_open_upload;
using libvirt_asio::section;
using libvirt_asio::stream;
using libvirt_asio::stream_state;

constexpr libvirt_asio::download_options sparse_download{.sparse = true};
constexpr libvirt_asio::upload_options sparse_upload{.sparse = true};

struct whole_stream_fixture : fixture::transfer_session {
  /// Cancels an operation after each number of handlers that it may run, until it gets to its end.
  /// `open()` is a coroutine that returns a stream; `start(stream&, token)` starts the operation.
  template <class Open, class Start>
  void check_cancelled_in_every_state(Open open, Start start) {
    std::size_t cancelled = 0;
    for (bool reached_end = false; !reached_end; ++cancelled) {
      std::optional<stream> opened;
      run_only([&]() -> asio::awaitable<void> {
        opened.emplace(co_await open());
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

BOOST_FIXTURE_TEST_SUITE(whole_stream_cancellation, whole_stream_fixture)

BOOST_AUTO_TEST_CASE(recv_all_can_be_cancelled_in_every_state) {
  auto const volume = make_volume("volume", {data(2 * mebibyte)});
  auto open = [&] { return open_download(volume.get()); };
  check_cancelled_in_every_state(open, [](stream& source, auto token) {
    auto sink = [](asio::const_buffer) -> asio::awaitable<void> { co_await asio::post(asio::use_awaitable); };
    libvirt_asio::async_recv_all(source, sink, token);
  });
}

BOOST_AUTO_TEST_CASE(sparse_recv_all_can_be_cancelled_in_every_state) {
  auto const volume = make_volume("volume", mixed);
  auto open = [&] { return open_download(volume.get(), sparse_download); };
  check_cancelled_in_every_state(open, [](stream& source, auto token) {
    auto sink = [](asio::const_buffer) -> asio::awaitable<void> { co_await asio::post(asio::use_awaitable); };
    auto hole_sink = [](std::uint64_t) -> asio::awaitable<void> { co_await asio::post(asio::use_awaitable); };
    libvirt_asio::async_sparse_recv_all(source, sink, hole_sink, token);
  });
}

BOOST_AUTO_TEST_CASE(send_all_can_be_cancelled_in_every_state) {
  auto const volume = make_empty_volume("volume", 2 * mebibyte);
  auto open = [&] { return open_upload(volume.get()); };
  check_cancelled_in_every_state(open, [](stream& target, auto token) {
    auto source = [left = 4](asio::mutable_buffer buffer) mutable -> asio::awaitable<std::size_t> {
      co_await asio::post(asio::use_awaitable);
      co_return left-- > 0 ? buffer.size() : 0;
    };
    libvirt_asio::async_send_all(target, source, token);
  });
}

BOOST_AUTO_TEST_CASE(sparse_send_all_can_be_cancelled_in_every_state) {
  auto const volume = make_empty_volume("volume", 2 * mebibyte);
  auto open = [&] { return open_upload(volume.get(), sparse_upload); };
  check_cancelled_in_every_state(open, [](stream& target, auto token) {
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
    test_support::frozen_daemon const frozen{host.daemon()};
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
    test_support::frozen_daemon const frozen{host.daemon()};
    std::size_t asked = 0;
    auto source = [&asked](asio::mutable_buffer buffer) { return ++asked, buffer.size(); };
    libvirt_asio::async_send_all(*target, source, operation.token());
    run_until([&] { return asked >= 1; });
    operation.cancel();
    fixture::check_error(run_to_end(operation).error, asio::error::operation_aborted);
  }
  BOOST_TEST((target->state() == stream_state::aborted));
}

BOOST_AUTO_TEST_SUITE_END()

}  // namespace
