// The ways to wait for an operation, on a console.

#include "fixture/outcome.hpp"

#include "fixture/console_session.hpp"
#include "fixture/conversation.hpp"
#include "fixture/deadline.hpp"
#include "fixture/errors.hpp"

#include <boost/asio/deferred.hpp>
#include <boost/asio/spawn.hpp>
#include <boost/asio/use_future.hpp>

#include <future>
#include <thread>

namespace {

namespace asio = boost::asio;
using namespace asio::experimental::awaitable_operators;
using libvirt_asio::error_code;
using libvirt_asio::stream;
using operations::plain_outcome;
using operations::transfer_outcome;

/// The event loop of the shared session would be in the way of the other suites.
struct session_end {
  void setup() {}
  void teardown() { fixture::console_session::end(); }
};

struct console_fixture {
  fixture::console_session& session = fixture::console_session::instance();
  stream console{session.connection};

  void setup() {
    plain_outcome opened;
    libvirt_asio::async_open_console(console, session.guest().domain(), opened.handler());
    session.run_until([&] { return opened.ended(); });
    BOOST_REQUIRE_EQUAL(opened.error(), error_code());
  }

  void teardown() {
    plain_outcome aborted;
    console.async_abort(aborted.handler());
    session.run_until([&] { return aborted.ended(); });
    BOOST_CHECK_EQUAL(aborted.error(), error_code());
  }

  void send(std::string const& text) {
    transfer_outcome sent;
    asio::async_write(console, asio::buffer(text), sent.handler());
    session.run_until([&] { return sent.ended(); });
    BOOST_REQUIRE_EQUAL(sent.error(), error_code());
  }

  std::string receive(std::size_t size) {
    std::string text(size, '\0');
    transfer_outcome received;
    asio::async_read(console, asio::buffer(text), received.handler());
    session.run_until([&] { return received.ended(); });
    BOOST_CHECK_EQUAL(received.error(), error_code());
    return text;
  }
};

/// The session's context, run by another thread.
class running_context {
 public:
  explicit running_context(asio::io_context& context) : context_{context} { context_.restart(); }
  ~running_context() { context_.stop(); }

 private:
  asio::io_context& context_;
  asio::executor_work_guard<asio::io_context::executor_type> work_{context_.get_executor()};
  std::jthread thread_{[this] { context_.run(); }};
};

template <class Value>
void wait_for(std::future<Value> const& future) {
  BOOST_REQUIRE((future.wait_for(fixture::deadline) == std::future_status::ready));
}

template <class Value>
Value result_of(std::future<Value> future) {
  wait_for(future);
  return future.get();
}

BOOST_FIXTURE_TEST_SUITE(tokens, console_fixture, *boost::unit_test::fixture<session_end>())

BOOST_AUTO_TEST_CASE(callbacks_get_error_and_size) {
  std::string const text = "by callback";
  std::string received(text.size(), '\0');
  transfer_outcome written;
  transfer_outcome read;
  asio::async_write(console, asio::buffer(text), written.handler());
  asio::async_read(console, asio::buffer(received), read.handler());
  session.run_until([&] { return written.ended() && read.ended(); });
  BOOST_CHECK_EQUAL(written.error(), error_code());
  BOOST_TEST(written.value() == text.size());
  BOOST_CHECK_EQUAL(read.error(), error_code());
  BOOST_TEST(read.value() == text.size());
  BOOST_TEST(received == text);
}

BOOST_AUTO_TEST_CASE(async_read_until_stops_at_the_delimiter) {
  send("a line\nand more");
  std::string received;
  transfer_outcome read;
  asio::async_read_until(console, asio::dynamic_buffer(received), '\n', read.handler());
  session.run_until([&] { return read.ended(); });
  BOOST_CHECK_EQUAL(read.error(), error_code());
  BOOST_TEST(received.substr(0, read.value()) == "a line\n");
  received += receive(std::string("a line\nand more").size() - received.size());
  BOOST_TEST(received == "a line\nand more");
}

BOOST_AUTO_TEST_CASE(futures_are_ready_while_another_thread_runs_the_context) {
  std::string const text = "by future";
  std::string received(text.size(), '\0');
  running_context const running{session.context};
  BOOST_TEST(result_of(asio::async_write(console, asio::buffer(text), asio::use_future)) == text.size());
  BOOST_TEST(result_of(asio::async_read(console, asio::buffer(received), asio::use_future)) == text.size());
  BOOST_TEST(received == text);
}

BOOST_AUTO_TEST_CASE(a_future_throws_the_error) {
  std::future<void> failed;
  {
    // Ends first: ThreadSanitizer does not see that libstdc++ counts the references to an exception.
    running_context const running{session.context};
    failed = console.async_open([](virStreamPtr) { return 0; }, asio::use_future);
    wait_for(failed);
  }
  BOOST_CHECK_EXCEPTION(failed.get(), libvirt_asio::system_error, [](auto const& thrown) {
    return thrown.code() == libvirt_asio::client_errc::already_open;
  });
}

BOOST_AUTO_TEST_CASE(use_awaitable_gives_the_size_or_throws) {
  session.run_only([this]() -> asio::awaitable<void> {
    std::string const text = "awaited";
    std::string received(text.size(), '\0');
    BOOST_TEST(co_await asio::async_write(console, asio::buffer(text), asio::use_awaitable) == text.size());
    BOOST_TEST(co_await asio::async_read(console, asio::buffer(received), asio::use_awaitable) == text.size());
    BOOST_TEST(received == text);
    error_code thrown;
    try {
      co_await console.async_open([](virStreamPtr) { return 0; }, asio::use_awaitable);
    } catch (libvirt_asio::system_error const& error) {
      thrown = error.code();
    }
    BOOST_CHECK_EQUAL(thrown, error_code(libvirt_asio::client_errc::already_open));
  });
}

BOOST_AUTO_TEST_CASE(as_tuple_gives_the_error_as_a_value) {
  session.run_only([this]() -> asio::awaitable<void> {
    constexpr auto token = asio::as_tuple(asio::use_awaitable);
    auto const [written_error, written] = co_await asio::async_write(console, asio::buffer("tuple", 5), token);
    BOOST_CHECK_EQUAL(written_error, error_code());
    BOOST_TEST(written == 5U);
    auto const received = co_await fixture::read(console, 5);
    BOOST_TEST(received == "tuple");
    auto const [error] = co_await console.async_open([](virStreamPtr) { return 0; }, token);
    BOOST_CHECK_EQUAL(error, error_code(libvirt_asio::client_errc::already_open));
  });
}

BOOST_AUTO_TEST_CASE(a_deferred_operation_starts_when_it_is_launched) {
  std::string const text = "later";
  std::string received(text.size(), '\0');
  auto write = asio::async_write(console, asio::buffer(text), asio::deferred);
  auto read = asio::async_read(console, asio::buffer(received), asio::deferred);
  session.context.restart();
  session.context.poll();
  error_code nothing_sent;
  console.read_some(asio::buffer(received), nothing_sent);
  BOOST_CHECK_EQUAL(nothing_sent, error_code(asio::error::would_block));
  transfer_outcome written;
  transfer_outcome ended;
  std::move(write)(written.handler());
  std::move(read)(ended.handler());
  session.run_until([&] { return written.ended() && ended.ended(); });
  BOOST_CHECK_EQUAL(written.error(), error_code());
  BOOST_CHECK_EQUAL(ended.error(), error_code());
  BOOST_TEST(received == text);
}

BOOST_AUTO_TEST_CASE(a_yield_context_gives_the_size_and_the_error) {
  std::string const text = "stackful";
  std::string received(text.size(), '\0');
  error_code refused;
  bool ended = false;
  auto body = [&](asio::yield_context yield) {
    BOOST_TEST(asio::async_write(console, asio::buffer(text), yield) == text.size());
    BOOST_TEST(asio::async_read(console, asio::buffer(received), yield) == text.size());
    console.async_open([](virStreamPtr) { return 0; }, yield[refused]);
  };
  asio::spawn(session.context, body, [&](std::exception_ptr thrown) {
    BOOST_TEST(!thrown);
    ended = true;
  });
  session.run_until([&] { return ended; });
  BOOST_TEST(received == text);
  BOOST_CHECK_EQUAL(refused, error_code(libvirt_asio::client_errc::already_open));
}

BOOST_AUTO_TEST_CASE(a_timer_beats_a_read_and_the_next_read_gets_every_byte) {
  session.run_only([this]() -> asio::awaitable<void> {
    std::string lost(100, '\0');
    asio::steady_timer timer{session.context, std::chrono::milliseconds{10}};
    auto const first = co_await (console.async_read_some(asio::buffer(lost), asio::use_awaitable) ||
                                 timer.async_wait(asio::use_awaitable));
    BOOST_TEST(first.index() == 1U);
    auto const received = co_await fixture::echo(console, "every byte");
    BOOST_TEST(received == "every byte");
    BOOST_TEST(lost == std::string(100, '\0'));
  });
}

BOOST_AUTO_TEST_CASE(reads_that_race_with_timers_lose_no_byte) {
  session.run_only([this]() -> asio::awaitable<void> {
    std::string sent;
    std::string received;
    int timer_won = 0;
    char buffer[16];
    // Keeps what it gets also if the timer is first: then `||` has no use for its result.
    auto const read = [&]() -> asio::awaitable<void> {
      received.append(buffer, co_await console.async_read_some(asio::buffer(buffer), asio::use_awaitable));
    };
    asio::steady_timer timer{session.context};
    for (int round = 0; round != 300; ++round) {
      std::string const byte(1, static_cast<char>('a' + round % 26));
      co_await asio::async_write(console, asio::buffer(byte), asio::use_awaitable);
      sent += byte;
      timer.expires_after(std::chrono::microseconds{round * 2});
      auto const first = co_await (read() || timer.async_wait(asio::use_awaitable));
      if (first.index() == 1) ++timer_won;
    }
    received += co_await fixture::read(console, sent.size() - received.size());
    BOOST_TEST(received == sent);
    BOOST_TEST(timer_won > 0);
  });
}

BOOST_AUTO_TEST_SUITE_END()

}  // namespace
