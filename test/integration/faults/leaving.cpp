// Clients that go without saying goodbye, and a daemon that does not say it. A client's socket that goes with
// a stream open may lock libvirtd 11.3 up: see native_connection::shut_down_later().

#include "fixture/daemon_breaking_session.hpp"
#include "fixture/errors.hpp"
#include "fixture/transfer_session.hpp"

#include "support/echo_guest.hpp"

#include <boost/test/unit_test.hpp>

#include <chrono>
#include <exception>
#include <memory>
#include <optional>
#include <string>
#include <thread>
#include <tuple>

namespace {

namespace asio = boost::asio;
using fixture::data;
using fixture::mebibyte;

constexpr int clients = 30;

/// A connection and a stream on it, which go together.
struct client {
  explicit client(asio::io_context& context) : opened(context), active(opened) {}

  libvirt_asio::connection opened;
  libvirt_asio::stream active;
};

struct leaving_fixture : fixture::daemon_breaking_session<fixture::transfer_session> {
  /// A client that has read the first of a volume's bytes: the others are on their way.
  asio::awaitable<void> begin_download(client& reader) {
    co_await reader.opened.async_open(host.uri());
    auto look_up = [path = volume_file("volume")](virConnectPtr native) {
      return ::virStorageVolLookupByPath(native, path.c_str());
    };
    auto const volume = co_await reader.opened.async_call(look_up);
    co_await libvirt_asio::async_open_download(reader.active, volume.get());
    char first = 0;
    co_await asio::async_read(reader.active, asio::buffer(&first, 1));
  }

  /// A client to which the guest's answer is on its way.
  asio::awaitable<void> begin_conversation(client& talker, std::string guest) {
    co_await talker.opened.async_open(host.uri());
    auto look_up = [guest](virConnectPtr native) { return ::virDomainLookupByName(native, guest.c_str()); };
    auto const domain = co_await talker.opened.async_call(look_up);
    // The former client's console may not have been aborted yet.
    libvirt_asio::error_code error = libvirt_asio::errc::operation_failed;
    while (error == libvirt_asio::errc::operation_failed)
      std::tie(error) = co_await libvirt_asio::async_open_console(talker.active, domain.get(),
                                                                  asio::as_tuple(asio::use_awaitable));
    fixture::check_error(error, {});
    std::string const said(256, 'x');
    co_await asio::async_write(talker.active, asio::buffer(said));
  }

  /// Runs the context until nothing is left of a closed connection, long before keepalive would end it.
  void check_that_it_ends_soon() {
    auto const start = std::chrono::steady_clock::now();
    run_out();
    BOOST_TEST((std::chrono::steady_clock::now() - start < std::chrono::seconds{15}));
  }

  void check_daemon_answers() {
    run_only([this]() -> asio::awaitable<void> {
      libvirt_asio::connection next(context);
      co_await next.async_open(host.uri());
      co_await next.async_close();
    });
  }
};

BOOST_FIXTURE_TEST_SUITE(leaving, leaving_fixture)

BOOST_AUTO_TEST_CASE(the_daemon_survives_clients_that_are_destroyed_in_the_midst_of_a_download) {
  auto const volume = make_volume("volume", {data(16 * mebibyte)});
  for (int number = 0; number != clients; ++number)
    run_only([this]() -> asio::awaitable<void> {
      client reader(context);
      co_await begin_download(reader);
    });
  check_daemon_answers();
}

BOOST_AUTO_TEST_CASE(the_daemon_survives_clients_that_are_destroyed_in_the_midst_of_a_conversation) {
  test_support::echo_guest guest{host.plain_connection(), {.paused = true}};
  guest.boot();
  for (int number = 0; number != clients; ++number)
    run_only([&]() -> asio::awaitable<void> {
      client talker(context);
      co_await begin_conversation(talker, guest.name());
    });
  check_daemon_answers();
}

BOOST_AUTO_TEST_CASE(the_daemon_survives_clients_that_close_in_the_midst_of_a_download) {
  auto const volume = make_volume("volume", {data(16 * mebibyte)});
  for (int number = 0; number != clients; ++number)
    run_only([this]() -> asio::awaitable<void> {
      client reader(context);
      co_await begin_download(reader);
      reader.opened.close();
    });
  check_daemon_answers();
}

BOOST_AUTO_TEST_CASE(the_daemon_survives_clients_whose_context_is_destroyed_in_the_midst_of_a_download) {
  auto const volume = make_volume("volume", {data(16 * mebibyte)});
  for (int number = 0; number != clients; ++number) {
    auto short_lived = std::make_unique<asio::io_context>(1);
    client reader(*short_lived);
    bool begun = false;
    asio::co_spawn(*short_lived, begin_download(reader), [&](std::exception_ptr const& failure) {
      asio::post(context, [&, failed = failure != nullptr] {
        BOOST_TEST(!failed);
        begun = true;
      });
    });
    {
      std::jthread const running([&] { short_lived->run(); });
      run_until([&] { return begun; });
    }
    short_lived.reset();
  }
  check_daemon_answers();
}

BOOST_AUTO_TEST_CASE(a_frozen_daemon_keeps_the_context_for_seconds_only_once_the_connection_is_closed) {
  test_support::frozen_daemon const frozen{host.daemon()};
  connection.close();
  check_that_it_ends_soon();
}

BOOST_AUTO_TEST_CASE(a_frozen_daemon_keeps_the_context_for_seconds_only_once_a_graceful_close_is_given_up) {
  test_support::frozen_daemon const frozen{host.daemon()};
  std::optional<libvirt_asio::error_code> closed;
  connection.async_close([&](libvirt_asio::error_code error) { closed = error; });
  connection.close();
  check_that_it_ends_soon();
  BOOST_REQUIRE(closed.has_value());
  fixture::check_error(*closed, asio::error::operation_aborted);
}

BOOST_AUTO_TEST_CASE(
    a_frozen_daemon_keeps_the_context_for_seconds_only_once_a_downloading_client_is_destroyed) {
  auto const volume = make_volume("volume", {data(16 * mebibyte)});
  auto reader = std::make_unique<client>(context);
  run_only([&]() -> asio::awaitable<void> { co_await begin_download(*reader); });
  test_support::frozen_daemon const frozen{host.daemon()};
  reader.reset();
  connection.close();
  check_that_it_ends_soon();
}

BOOST_AUTO_TEST_SUITE_END()

}  // namespace
