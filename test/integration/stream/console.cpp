// Run for each transport: the word after `--` chooses it.

#include "fixture/console_session.hpp"
#include "fixture/conversation.hpp"
#include "fixture/errors.hpp"

#include "support/test_data.hpp"

#include <boost/test/unit_test.hpp>

namespace {

namespace asio = boost::asio;
using libvirt_asio::async_open_channel;
using libvirt_asio::async_open_console;
using libvirt_asio::errc;
using libvirt_asio::stream;
using test_support::echo_guest;

// GCC 12 destroys a braced temporary of a co_await expression twice.
libvirt_asio::console_options with(std::string device, bool taken_over = false) {
  libvirt_asio::console_options options;
  options.device = std::move(device);
  options.force = taken_over;
  return options;
}

constexpr bool force = true;

libvirt_asio::console_options const first_console;

struct console_fixture {
  fixture::console_session& session = fixture::console_session::instance();
  virDomainPtr domain = session.guest().domain();

  asio::awaitable<stream> open_console(libvirt_asio::console_options options) {
    stream console{session.connection};
    co_await async_open_console(console, domain, options);
    co_return console;
  }

  asio::awaitable<std::tuple<libvirt_asio::error_code, std::size_t>> read_some(stream& console) {
    char bytes[100];
    co_return co_await console.async_read_some(asio::buffer(bytes), asio::as_tuple(asio::use_awaitable));
  }

  // In these words libvirt tells the former owner, in the same process or behind a daemon.
  void check_taken_over(libvirt_asio::error_code const& error) {
    if (session.host.is_embedded())
      fixture::check_error(error, errc::internal_error, "internal error: stream is not open");
    else
      fixture::check_error(error, errc::rpc, "stream had I/O failure");
  }

  void run(fixture::asio_session::body const& function) { session.run_only(function); }
};

std::string printable_test_data(std::size_t size) {
  std::string data;
  for (std::byte byte : test_support::make_test_data(size))
    data += static_cast<char>('A' + std::to_integer<int>(byte) % 26);
  return data;
}

BOOST_FIXTURE_TEST_SUITE(console, console_fixture)

BOOST_AUTO_TEST_CASE(a_thousand_single_bytes_come_back) {
  run([&]() -> asio::awaitable<void> {
    auto console = co_await open_console(first_console);
    std::string const sent = printable_test_data(1000);
    std::string received;
    for (char byte : sent) received += co_await fixture::echo(console, std::string(1, byte));
    BOOST_TEST(received == sent);
    co_await console.async_abort();
  });
}

BOOST_AUTO_TEST_CASE(bulk_comes_back_whole_and_in_order) {
  run([&]() -> asio::awaitable<void> {
    auto console = co_await open_console(first_console);
    std::string const sent = printable_test_data(64 * 1024);
    auto const received = co_await fixture::echo(console, sent);
    BOOST_CHECK(received == sent);
    co_await console.async_abort();
  });
}

BOOST_AUTO_TEST_CASE(every_byte_value_comes_back) {
  run([&]() -> asio::awaitable<void> {
    auto console = co_await open_console(first_console);
    std::string sent;
    for (int value = 0; value != 256; ++value) sent += static_cast<char>(value);
    auto const received = co_await fixture::echo(console, sent);
    BOOST_CHECK(received == sent);
    co_await console.async_abort();
  });
}

BOOST_AUTO_TEST_CASE(a_local_console_refuses_a_hole) {
  if (!session.host.is_embedded()) return;
  run([&]() -> asio::awaitable<void> {
    auto console = co_await open_console(first_console);
    auto const [error] = co_await console.async_send_hole(1, asio::as_tuple(asio::use_awaitable));
    fixture::check_error(error, errc::system_error, "unable to seek: Illegal seek");
    co_await console.async_abort();
  });
}

BOOST_AUTO_TEST_CASE(a_read_sees_the_end_when_the_guest_is_destroyed) {
  run([&]() -> asio::awaitable<void> {
    auto guest = co_await session.start_guest("mortal");
    stream console{session.connection};
    co_await async_open_console(console, guest->domain());
    co_await session.connection.async_call([&](virConnectPtr) { return virDomainDestroy(guest->domain()); });
    auto const left = co_await fixture::read_to_end(console);
    BOOST_TEST(echo_guest::banner.starts_with(left));
    co_await console.async_finish();
    co_await session.destroy(std::move(guest));
  });
}

BOOST_AUTO_TEST_CASE(a_console_in_use_is_refused) {
  run([&]() -> asio::awaitable<void> {
    auto first = co_await open_console(first_console);
    stream second{session.connection};
    auto const [error] = co_await async_open_console(second, domain, asio::as_tuple(asio::use_awaitable));
    fixture::check_error(error, errc::operation_failed,
                         "operation failed: Active console session exists for this domain");
    BOOST_TEST(!second.is_open());
    auto const received = co_await fixture::echo(first, "still here");
    BOOST_TEST(received == "still here");
    co_await first.async_abort();
  });
}

BOOST_AUTO_TEST_CASE(force_takes_over_a_console_in_use) {
  run([&]() -> asio::awaitable<void> {
    auto first = co_await open_console(first_console);
    auto second = co_await open_console(with({}, force));
    auto const received = co_await fixture::echo(second, "mine");
    BOOST_TEST(received == "mine");
    auto const [error, size] = co_await read_some(first);
    check_taken_over(error);
    co_await second.async_abort();
  });
}

BOOST_AUTO_TEST_CASE(a_waiting_reader_learns_that_its_console_was_taken_over) {
  run([&]() -> asio::awaitable<void> {
    auto first = co_await open_console(first_console);
    auto waiting = asio::co_spawn(session.context, read_some(first), asio::use_future);
    co_await asio::post(asio::use_awaitable);
    auto second = co_await open_console(with({}, force));
    auto const received = co_await fixture::echo(second, "mine");
    BOOST_TEST(received == "mine");
    while (waiting.wait_for(std::chrono::seconds{0}) != std::future_status::ready)
      co_await asio::post(asio::use_awaitable);
    auto const error = std::get<0>(waiting.get());
    if (session.host.is_embedded())
      fixture::check_error(error, libvirt_asio::client_errc::stream_aborted, "libvirt has aborted the stream");
    else
      check_taken_over(error);
    co_await second.async_abort();
  });
}

BOOST_AUTO_TEST_CASE(a_console_opens_again_after_abort) {
  run([&]() -> asio::awaitable<void> {
    auto console = co_await open_console(first_console);
    for (int time = 0; time != 3; ++time) {
      co_await console.async_abort();
      BOOST_TEST((console.state() == libvirt_asio::stream_state::aborted));
      co_await async_open_console(console, domain);
      auto const received = co_await fixture::echo(console, "again");
      BOOST_TEST(received == "again");
    }
    co_await console.async_abort();
  });
}

BOOST_AUTO_TEST_CASE(a_device_is_found_by_its_alias) {
  run([&]() -> asio::awaitable<void> {
    auto console = co_await open_console(with("serial0"));
    auto const received = co_await fixture::echo(console, "by name");
    BOOST_TEST(received == "by name");
    co_await console.async_abort();
  });
}

BOOST_AUTO_TEST_CASE(a_channel_takes_bytes) {
  run([&]() -> asio::awaitable<void> {
    stream channel{session.connection};
    co_await async_open_channel(channel, domain, with(echo_guest::channel));
    auto const written = co_await asio::async_write(channel, asio::buffer("hello", 5));
    BOOST_TEST(written == 5U);
    co_await channel.async_finish();
  });
}

BOOST_AUTO_TEST_CASE(a_channel_in_use_is_refused_and_taken_over_by_force) {
  run([&]() -> asio::awaitable<void> {
    stream first{session.connection};
    co_await async_open_channel(first, domain, with(echo_guest::channel));
    stream second{session.connection};
    auto const [error] = co_await async_open_channel(second, domain, with(echo_guest::channel),
                                                     asio::as_tuple(asio::use_awaitable));
    fixture::check_error(error, errc::operation_failed,
                         "operation failed: Active channel stream exists for this domain");
    co_await async_open_channel(second, domain, with(echo_guest::channel, force));
    auto const [failure, size] = co_await read_some(first);
    check_taken_over(failure);
    co_await second.async_abort();
  });
}

BOOST_AUTO_TEST_SUITE_END()

}  // namespace
