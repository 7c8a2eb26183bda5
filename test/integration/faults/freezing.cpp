// What a daemon that stands still does to a program that is connected over a network.

#include "fixture/daemon_breaking_session.hpp"
#include "fixture/errors.hpp"
#include "fixture/stall_meter.hpp"
#include "fixture/volume_session.hpp"
#include "fixture/waiting.hpp"

#include "support/frozen_daemon.hpp"
#include "support/resident_memory.hpp"
#include "support/sanitizer.hpp"

#include <boost/asio/as_tuple.hpp>
#include <boost/asio/bind_executor.hpp>
#include <boost/asio/experimental/awaitable_operators.hpp>
#include <boost/asio/read.hpp>
#include <boost/asio/steady_timer.hpp>
#include <boost/test/unit_test.hpp>

#include <chrono>
#include <cstdint>
#include <tuple>
#include <vector>

namespace {

namespace asio = boost::asio;
using namespace std::chrono_literals;
using namespace asio::experimental::awaitable_operators;
using clock_type = std::chrono::steady_clock;
using fixture::fill;
using fixture::longest_stall;
using fixture::pause_for;
using fixture::stall_meter;
using libvirt_asio::error_code;
using test_support::frozen_daemon;

constexpr auto tuple = asio::as_tuple(asio::use_awaitable);
constexpr std::size_t mebibyte = 1 << 20;

struct freezing_fixture : fixture::daemon_breaking_session<fixture::volume_session> {
  std::vector<char> data = std::vector<char>(mebibyte, 'x');

  void check_never_blocks(std::size_t write_size) {
    run_only([&]() -> asio::awaitable<void> {
      auto const volume = co_await make_empty_volume(256 * mebibyte);
      auto target = co_await open_upload(volume.get());
      {
        frozen_daemon const frozen(host.daemon());
        stall_meter const stalls(co_await asio::this_coro::executor);
        co_await fill(target, asio::buffer(data, write_size));
        BOOST_TEST((stalls.longest() < longest_stall));
        BOOST_TEST(target.is_open());
      }
      co_await target.async_write_some(asio::buffer(data, write_size), asio::use_awaitable);
      co_await target.async_finish(asio::use_awaitable);
      co_await connection.async_close(asio::use_awaitable);
    });
  }
};

BOOST_FIXTURE_TEST_SUITE(freezing, freezing_fixture)

BOOST_AUTO_TEST_CASE(large_writes_to_a_frozen_daemon_never_block_the_loop) {
  check_never_blocks(mebibyte);
}

BOOST_AUTO_TEST_CASE(small_writes_to_a_frozen_daemon_never_block_the_loop) {
  check_never_blocks(8192);
}

BOOST_AUTO_TEST_CASE(opening_a_connection_to_a_frozen_daemon_can_be_cancelled) {
  run_only([&]() -> asio::awaitable<void> {
    {
      frozen_daemon const frozen(host.daemon());
      asio::steady_timer timer(context, 50ms);
      auto const done = co_await (connection.async_open(host.uri(), tuple) || timer.async_wait(tuple));
      BOOST_TEST(done.index() == 1U);
      BOOST_TEST(!connection.is_open());
    }
    co_await connection.async_open(host.uri(), asio::use_awaitable);
    co_await connection.async_close(asio::use_awaitable);
  });
}

BOOST_AUTO_TEST_CASE(closing_the_connection_of_a_frozen_daemon_ends_everything_at_once) {
  run_only([&]() -> asio::awaitable<void> {
    auto const volume = co_await make_empty_volume(256 * mebibyte);
    auto target = co_await open_upload(volume.get());
    frozen_daemon const frozen(host.daemon());
    co_await fill(target, asio::buffer(data));
    std::vector<error_code> errors;
    auto const note = [&](error_code error, auto&&...) { errors.push_back(error); };
    auto const executor = co_await asio::this_coro::executor;
    target.async_write_some(asio::buffer(data), asio::bind_executor(executor, note));
    connection.async_call([](virConnectPtr native) { return virConnectGetHostname(native); },
                          asio::bind_executor(executor, note));
    auto const start = clock_type::now();
    connection.close();
    while (errors.size() != 2) co_await pause_for(1ms);
    // The socket would be shut down after two seconds.
    BOOST_TEST((clock_type::now() - start < 1s));
    for (auto const& error : errors) fixture::check_error(error, asio::error::operation_aborted);
  });
}

BOOST_AUTO_TEST_CASE(a_paused_reader_costs_the_receive_window) {
  run_only([&]() -> asio::awaitable<void> {
    auto const volume = co_await make_empty_volume(256 * mebibyte);
    auto source = co_await open_download(volume.get());
    std::uint64_t read = co_await asio::async_read(source, asio::buffer(data), asio::use_awaitable);
    auto const memory = test_support::resident_kilobytes();
    co_await pause_for(2s);
    // A sanitizer's own memory is not the library's.
    if (!test_support::is_sanitized) BOOST_TEST(test_support::resident_kilobytes() < memory + 20 * 1024);
    for (error_code error; !error;) {
      std::size_t bytes = 0;
      std::tie(error, bytes) = co_await source.async_read_some(asio::buffer(data), tuple);
      read += bytes;
    }
    BOOST_TEST(read == 256 * mebibyte);
    co_await source.async_finish(asio::use_awaitable);
    co_await connection.async_close(asio::use_awaitable);
  });
}

BOOST_AUTO_TEST_SUITE_END()

}  // namespace
