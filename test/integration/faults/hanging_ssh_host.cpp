// What a program does not wait for that is connected over SSH to a host that hangs: neither its daemon nor
// the server that `ssh` talks to says a word, and so `ssh` does not end.

#include "fixture/errors.hpp"
#include "fixture/outcome.hpp"
#include "fixture/stall_meter.hpp"
#include "fixture/stream_session.hpp"
#include "fixture/waiting.hpp"

#include "support/private_sshd.hpp"

#include <boost/asio/bind_cancellation_slot.hpp>
#include <boost/asio/cancellation_signal.hpp>
#include <boost/asio/error.hpp>
#include <boost/asio/use_awaitable.hpp>
#include <boost/test/unit_test.hpp>

#include <chrono>
#include <condition_variable>
#include <mutex>
#include <stop_token>
#include <thread>

namespace {

namespace asio = boost::asio;
using namespace std::chrono_literals;
using fixture::pause_for;
using operations::plain_outcome;

/// The host of the connections that there are hangs, as long as this lives. Who waits for it anyway is
/// released in the end, to tell of it.
class hanging_host {
 public:
  explicit hanging_host(test_support::private_sshd& host) : host_(host) { host_.freeze_sessions(); }
  hanging_host(hanging_host const&) = delete;
  hanging_host& operator=(hanging_host const&) = delete;

 private:
  void thaw_in_the_end(std::stop_token const& stop) {
    std::unique_lock lock(mutex_);
    ended_.wait_for(lock, stop, 15s + fixture::longest_stall, [] { return false; });
    host_.thaw_sessions();
  }

  test_support::private_sshd& host_;
  std::mutex mutex_;
  std::condition_variable_any ended_;
  // Ends with this object.
  std::jthread thawing_{[this](std::stop_token const& stop) { thaw_in_the_end(stop); }};
};

/// The socket is shut down two seconds after closing. By then two keepalive messages would have been due.
constexpr auto until_long_after_the_shutdown = 4500ms;

struct hanging_fixture : fixture::stream_session {
  asio::awaitable<void> open() {
    libvirt_asio::connect_options options;
    options.keepalive_interval = 1s;
    co_await connection.async_open(host.uri(), options, asio::use_awaitable);
  }

  static asio::awaitable<void> check_never_blocks() {
    fixture::stall_meter const stalls(co_await asio::this_coro::executor);
    co_await pause_for(until_long_after_the_shutdown);
    BOOST_TEST((stalls.longest() < fixture::longest_stall));
  }
};

BOOST_FIXTURE_TEST_SUITE(hanging_ssh_host, hanging_fixture)

BOOST_AUTO_TEST_CASE(closing_a_connection_does_not_block_the_loop) {
  run_only([&]() -> asio::awaitable<void> {
    co_await open();
    hanging_host const hanging(host.sshd());
    connection.close();
    co_await check_never_blocks();
  });
}

BOOST_AUTO_TEST_CASE(closing_a_connection_of_which_a_handle_is_left_does_not_block_the_loop) {
  run_only([&]() -> asio::awaitable<void> {
    co_await open();
    constexpr auto definition =
        "<pool type='dir'><name>left</name><target><path>/dev/shm</path></target></pool>";
    auto left = co_await connection.async_call(
        [](virConnectPtr native) { return virStoragePoolDefineXML(native, definition, 0); },
        asio::use_awaitable);
    hanging_host const hanging(host.sshd());
    connection.close();
    left.reset();
    co_await check_never_blocks();
  });
}

BOOST_AUTO_TEST_CASE(cancelling_an_orderly_close_does_not_block_the_loop) {
  run_only([&]() -> asio::awaitable<void> {
    co_await open();
    hanging_host const hanging(host.sshd());
    asio::cancellation_signal cancel;
    plain_outcome closed;
    connection.async_close(asio::bind_cancellation_slot(cancel.slot(), closed.handler()));
    cancel.emit(asio::cancellation_type::terminal);
    co_await check_never_blocks();
    fixture::check_error(closed.error(), asio::error::operation_aborted);
  });
}

BOOST_AUTO_TEST_SUITE_END()

}  // namespace
