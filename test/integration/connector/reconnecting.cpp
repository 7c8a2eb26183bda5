// A connector whose daemon is killed, restarted and frozen.

#include "fixture/asio_session.hpp"
#include "fixture/errors.hpp"
#include "support/private_libvirtd.hpp"
#include "support/temporary_folder.hpp"

#include <boost/asio/as_tuple.hpp>
#include <boost/asio/bind_cancellation_slot.hpp>
#include <boost/asio/cancellation_signal.hpp>
#include <boost/asio/local/stream_protocol.hpp>
#include <boost/asio/use_awaitable.hpp>
#include <boost/test/unit_test.hpp>

#include <chrono>
#include <functional>
#include <utility>
#include <vector>

namespace {

namespace asio = boost::asio;
using namespace libvirt_asio;
using namespace std::chrono_literals;
using duration = std::chrono::steady_clock::duration;

constexpr auto tuple = asio::as_tuple(asio::use_awaitable);

/// With a daemon of its own.
struct reconnecting_fixture : fixture::asio_session {
  /// Attempts follow each other quickly, and the errors of those that fail are kept.
  connector_options impatient() {
    connector_options options;
    options.shortest_delay = 10ms;
    options.longest_delay = 100ms;
    options.failed = [this](error_code error, duration) {
      failures.push_back(error);
      if (on_failure) on_failure();
    };
    return options;
  }

  test_support::private_libvirtd daemon;
  std::vector<error_code> failures;
  std::function<void()> on_failure;
};

asio::awaitable<int> running_domains(connection& conn) {
  return conn.async_call([](virConnectPtr native) { return virConnectNumOfDomains(native); }, asio::use_awaitable);
}

}  // namespace

BOOST_FIXTURE_TEST_SUITE(reconnecting, reconnecting_fixture)

BOOST_AUTO_TEST_CASE(each_restart_of_the_daemon_gives_a_connection_to_it) {
  run_only([&]() -> asio::awaitable<void> {
    connector keep{asio::any_io_executor(co_await asio::this_coro::executor), daemon.unix_uri(), impatient()};
    events<domain_lifecycle_event> lifecycle{keep.connection()};
    co_await keep.async_next_connection();
    for (int i = 0; i != 3; ++i) {
      co_await lifecycle.async_subscribe();
      daemon.kill_alone();
      auto const [error, none] = co_await lifecycle.async_next(tuple);
      fixture::check_error(error, client_errc::connection_lost);
      daemon.start();
      co_await keep.async_next_connection();
      int const running = co_await running_domains(keep.connection());
      BOOST_TEST(running == 0);
    }
  });
}

BOOST_AUTO_TEST_CASE(attempts_fail_while_there_is_no_daemon_and_succeed_when_there_is_one) {
  run_only([&]() -> asio::awaitable<void> {
    connector keep{asio::any_io_executor(co_await asio::this_coro::executor), daemon.unix_uri(), impatient()};
    daemon.kill_alone();
    on_failure = [&] {
      if (failures.size() == 3) daemon.start();
    };
    co_await keep.async_next_connection();
    BOOST_TEST(failures.size() == 3U);
    for (auto const& error : failures) BOOST_TEST((error == errc::system_error), error.message());
    int const running = co_await running_domains(keep.connection());
    BOOST_TEST(running == 0);
  });
}

BOOST_AUTO_TEST_CASE(the_loss_of_a_connection_ends_the_wait_for_it) {
  run_only([&]() -> asio::awaitable<void> {
    connector keep{asio::any_io_executor(co_await asio::this_coro::executor), daemon.unix_uri(), impatient()};
    co_await keep.async_next_connection();
    bool restarted = false;
    on_failure = [&] {
      if (!std::exchange(restarted, true)) daemon.start();
    };
    // While it is waited for.
    asio::post(context, [&] { daemon.kill_alone(); });
    co_await keep.async_next_connection();
    BOOST_TEST(restarted);
    int const running = co_await running_domains(keep.connection());
    BOOST_TEST(running == 0);
  });
}

BOOST_AUTO_TEST_CASE(a_daemon_that_stands_still_is_asked_again_after_the_timeout) {
  run_only([&]() -> asio::awaitable<void> {
    auto options = impatient();
    options.open_timeout = 200ms;
    connector keep{asio::any_io_executor(co_await asio::this_coro::executor), daemon.unix_uri(), options};
    daemon.freeze();
    on_failure = [&] {
      if (failures.size() == 2) daemon.thaw();
    };
    co_await keep.async_next_connection();
    BOOST_TEST_REQUIRE(failures.size() >= 2U);
    for (auto const& error : failures) fixture::check_error(error, asio::error::timed_out);
    int const running = co_await running_domains(keep.connection());
    BOOST_TEST(running == 0);
  });
}

BOOST_AUTO_TEST_CASE(an_attempt_that_nobody_answers_can_be_cancelled) {
  run_only([&]() -> asio::awaitable<void> {
    auto const executor = co_await asio::this_coro::executor;
    // It takes the connection, and says no more.
    test_support::temporary_folder const folder;
    asio::local::stream_protocol::acceptor mute(executor, (folder.path() / "socket").string());
    connector keep{executor, "qemu+unix:///session?socket=" + (folder.path() / "socket").string(), impatient()};
    asio::local::stream_protocol::socket taken(executor);
    asio::cancellation_signal signal;
    mute.async_accept(taken, [&](error_code) { signal.emit(asio::cancellation_type::total); });
    auto const [error] =
        co_await keep.async_next_connection(asio::bind_cancellation_slot(signal.slot(), tuple));
    fixture::check_error(error, asio::error::operation_aborted);
    BOOST_TEST(!keep.connection().is_open());
    BOOST_TEST(failures.empty());
  });
}

BOOST_AUTO_TEST_SUITE_END()
