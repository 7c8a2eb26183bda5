// The beginning of the RFB protocol, spoken with QEMU's VNC server.

#include "fixture/asio_session.hpp"
#include "fixture/errors.hpp"

#include <boost/asio/as_tuple.hpp>
#include <boost/asio/buffer.hpp>
#include <boost/asio/read.hpp>
#include <boost/asio/use_awaitable.hpp>
#include <boost/asio/write.hpp>
#include <boost/test/unit_test.hpp>

#include <array>
#include <cstdint>
#include <string>
#include <string_view>
#include <utility>

namespace {

namespace asio = boost::asio;
using namespace libvirt_asio;
using asio::local::stream_protocol;

constexpr auto tuple = asio::as_tuple(asio::use_awaitable);
constexpr std::string_view version = "RFB 003.008\n";
// The types of authentication.
constexpr std::uint8_t nobody_is_asked = 1;
constexpr std::uint8_t a_password_is_asked = 2;

/// Agrees on the version, and returns the only type of authentication that the server has.
asio::awaitable<std::uint8_t> greet(stream_protocol::socket& server) {
  std::string theirs(version.size(), '\0');
  co_await asio::async_read(server, asio::buffer(theirs), asio::use_awaitable);
  BOOST_TEST(theirs == version);
  co_await asio::async_write(server, asio::buffer(version), asio::use_awaitable);
  std::array<std::uint8_t, 2> types{};
  co_await asio::async_read(server, asio::buffer(types), asio::use_awaitable);
  BOOST_TEST(types[0] == 1);
  co_return types[1];
}

/// Goes on without authentication, and returns the name of the desktop.
asio::awaitable<std::string> enter(stream_protocol::socket& server) {
  co_await asio::async_write(server, asio::buffer(&nobody_is_asked, 1), asio::use_awaitable);
  std::array<std::uint8_t, 4> result{};
  co_await asio::async_read(server, asio::buffer(result), asio::use_awaitable);
  BOOST_TEST(result[3] == 0);
  std::uint8_t const shared = 1;
  co_await asio::async_write(server, asio::buffer(&shared, 1), asio::use_awaitable);
  // Width and height, the format of a pixel, the length of the name.
  std::array<std::uint8_t, 24> init{};
  co_await asio::async_read(server, asio::buffer(init), asio::use_awaitable);
  std::string name(init[23], '\0');
  co_await asio::async_read(server, asio::buffer(name), asio::use_awaitable);
  co_return name;
}

/// A guest that does not run, and asks for a password.
struct graphics_fixture : fixture::asio_session {
  asio::awaitable<domain> start_guest() {
    co_await connection.async_open(host.uri());
    unsigned flags = VIR_DOMAIN_START_PAUSED;
    if (!host.is_embedded()) flags |= VIR_DOMAIN_START_AUTODESTROY;
    co_return co_await connection.async_call([flags](virConnectPtr native) {
      return virDomainCreateXML(native, R"(<domain type='qemu'><name>graphics</name><memory unit='MiB'>16</memory>
<os><type arch='x86_64' machine='pc'>hvm</type></os>
<devices><graphics type='vnc' passwd='secret'><listen type='none'/></graphics></devices></domain>)", flags);
    });
  }

  asio::awaitable<void> end(domain guest) {
    auto destroy = [guest = std::move(guest)](virConnectPtr) { return virDomainDestroy(guest.get()); };
    co_await connection.async_call(std::move(destroy));
    co_await connection.async_close();
  }

  [[nodiscard]] bool passes_descriptors() const {
    return host.is_embedded() || host.uri().find("unix") != std::string::npos;
  }

  libvirt_asio::connection connection{context};
};

graphics_options without_password() {
  graphics_options options;
  options.skip_auth = true;
  return options;
}

}  // namespace

BOOST_FIXTURE_TEST_SUITE(graphics, graphics_fixture)

BOOST_AUTO_TEST_CASE(a_guests_vnc_server_is_spoken_to_where_descriptors_can_be_passed) {
  run([&]() -> asio::awaitable<void> {
    auto guest = co_await start_guest();
    auto [error, server] = co_await async_open_graphics(connection, guest.get(), without_password(), tuple);
    if (passes_descriptors()) {
      BOOST_TEST_REQUIRE(!error, error.message());
      auto const authentication = co_await greet(server);
      BOOST_TEST(authentication == nobody_is_asked);
      auto const name = co_await enter(server);
      BOOST_TEST(name == "QEMU (graphics)");
    } else {
      fixture::check_error(error, errc::argument_unsupported,
                           "argument unsupported: fd passing is not supported by this connection");
      BOOST_TEST(!server.is_open());
    }
    co_await end(std::move(guest));
  });
}

BOOST_AUTO_TEST_CASE(a_password_is_asked_for_unless_that_is_to_be_skipped) {
  run([&]() -> asio::awaitable<void> {
    auto guest = co_await start_guest();
    if (passes_descriptors()) {
      auto server = co_await async_open_graphics(connection, guest.get());
      auto const authentication = co_await greet(server);
      BOOST_TEST(authentication == a_password_is_asked);
    }
    co_await end(std::move(guest));
  });
}

BOOST_AUTO_TEST_CASE(the_socket_outlives_the_connection_and_ends_with_the_guest) {
  run([&]() -> asio::awaitable<void> {
    auto guest = co_await start_guest();
    if (!passes_descriptors()) co_return co_await end(std::move(guest));
    auto server = co_await async_open_graphics(connection, guest.get(), without_password());
    co_await greet(server);
    co_await end(std::move(guest));
    char none = 0;
    auto const [error, size] = co_await asio::async_read(server, asio::buffer(&none, 1), tuple);
    BOOST_TEST((error == asio::error::eof || error == asio::error::connection_reset), error.message());
  });
}

BOOST_AUTO_TEST_CASE(a_device_that_is_not_there_gives_libvirts_words) {
  run([&]() -> asio::awaitable<void> {
    auto guest = co_await start_guest();
    graphics_options second;
    second.index = 1;
    auto const [error, server] = co_await async_open_graphics(connection, guest.get(), second, tuple);
    if (passes_descriptors())
      fixture::check_error(error, errc::internal_error, "internal error: No graphics backend with index 1");
    BOOST_TEST(error.failed());
    auto const [of_null, none] = co_await async_open_graphics(connection, nullptr, second, tuple);
    BOOST_TEST((of_null == (passes_descriptors() ? errc::invalid_domain : errc::argument_unsupported)));
    co_await end(std::move(guest));
  });
}

BOOST_AUTO_TEST_SUITE_END()
