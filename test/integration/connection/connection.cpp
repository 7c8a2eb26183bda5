// What a connection and its streams do apart from moving bytes.

#include "fixture/outcome_session.hpp"

#include "fixture/conversation.hpp"
#include "fixture/deadline.hpp"
#include "fixture/errors.hpp"

#include <libvirt/virterror.h>

#include <boost/asio/bind_cancellation_slot.hpp>
#include <boost/asio/cancellation_signal.hpp>

#include <cstring>
#include <future>
#include <memory>

namespace {

namespace asio = boost::asio;
using fixture::check_error;
using libvirt_asio::client_errc;
using libvirt_asio::close_reason;
using libvirt_asio::errc;
using libvirt_asio::error_code;
using libvirt_asio::stream;
using libvirt_asio::stream_events;
using operations::outcome;
using operations::plain_outcome;
using operations::transfer_outcome;

struct connection_fixture : operations::outcome_session {
  void setup() { open_connection(); }
  void teardown() { close_connection(); }

  void open_console(stream& console, virDomainPtr domain) {
    plain_outcome opened;
    libvirt_asio::async_open_console(console, domain, opened.handler());
    BOOST_REQUIRE_EQUAL(wait_for(opened).error(), error_code());
  }

  void open_download(stream& download, virStorageVolPtr source) {
    plain_outcome opened;
    libvirt_asio::async_open_download(download, source, opened.handler());
    BOOST_REQUIRE_EQUAL(wait_for(opened).error(), error_code());
  }

  stream_events wait_events(stream& target, stream_events awaited) {
    outcome<stream_events> waited;
    target.async_wait(awaited, waited.handler());
    BOOST_CHECK_EQUAL(wait_for(waited).error(), error_code());
    return waited.value();
  }
};

/// Counts the objects that are alive.
struct counted {
  explicit counted(int& counter) : alive(&counter) { ++*alive; }
  ~counted() { --*alive; }
  counted(counted const&) = delete;
  counted& operator=(counted const&) = delete;
  int* alive;
};

BOOST_FIXTURE_TEST_SUITE(connection, connection_fixture)

// --- Being lost --------------------------------------------------------------------------------------------

BOOST_AUTO_TEST_CASE(a_killed_daemon_ends_a_read_and_gives_the_reason) {
  auto doomed = std::make_unique<test_support::private_libvirtd>();
  libvirt_asio::connection lost{context};
  plain_outcome opened;
  lost.async_open(doomed->unix_uri(), opened.handler());
  BOOST_REQUIRE_EQUAL(wait_for(opened).error(), error_code());
  outcome<std::unique_ptr<test_support::echo_guest>> started;
  lost.async_call(
      [](virConnectPtr native) {
        return std::make_unique<test_support::echo_guest>(
            native, test_support::echo_guest_options{.name = "doomed", .paused = true});
      },
      started.handler());
  BOOST_REQUIRE_EQUAL(wait_for(started).error(), error_code());
  stream console{lost};
  open_console(console, started.value()->domain());

  outcome<close_reason> closed;
  transfer_outcome read;
  outcome<stream_events> waited;
  lost.async_wait_closed(closed.handler());
  console.async_read_some(some, read.handler());
  console.async_wait(stream_events::readable, waited.handler());
  context.poll();
  BOOST_TEST(!read.ended());
  doomed->kill();
  run_until([&] { return closed.ended() && read.ended() && waited.ended(); });
  BOOST_CHECK_EQUAL(closed.error(), error_code());
  BOOST_TEST((closed.value() == close_reason::eof || closed.value() == close_reason::error));
  BOOST_TEST_MESSAGE("reason " << static_cast<int>(closed.value()) << ", read " << read.error() << ' '
                               << read.error().message());
  BOOST_TEST(read.error().failed());
  BOOST_TEST(read.error() != error_code(asio::error::eof));
  BOOST_TEST(read.error() != error_code(asio::error::operation_aborted));
  BOOST_TEST(read.value() == 0U);

  outcome<close_reason> again;
  lost.async_wait_closed(again.handler());
  BOOST_CHECK_EQUAL(wait_for(again).error(), error_code());
  BOOST_TEST((again.value() == closed.value()));

  outcome<std::string> called;
  lost.async_call([](virConnectPtr native) { return virConnectGetHostname(native); }, called.handler());
  BOOST_TEST(wait_for(called).error().failed());
  BOOST_TEST_MESSAGE("call " << called.error().message());

  started.value().reset();
  plain_outcome closing;
  lost.async_close(closing.handler());
  BOOST_CHECK_EQUAL(wait_for(closing).error(), error_code());
}

BOOST_AUTO_TEST_CASE(waiting_for_the_close_is_aborted_when_this_side_closes) {
  outcome<close_reason> closed;
  connection.async_wait_closed(closed.handler());
  context.poll();
  connection.close();
  check_error(wait_for(closed).error(), asio::error::operation_aborted);
}

// --- Without waiting ---------------------------------------------------------------------------------------

BOOST_AUTO_TEST_CASE(a_download_becomes_readable_and_is_then_read_without_waiting) {
  auto const source = volume(10);
  stream download{connection};
  open_download(download, source.get());
  BOOST_TEST((wait_events(download, stream_events::readable) == stream_events::readable));
  error_code error;
  BOOST_TEST(download.read_some(some, error) == 10U);
  BOOST_CHECK_EQUAL(error, error_code());
}

BOOST_AUTO_TEST_CASE(an_upload_is_writable) {
  auto const target = volume(10);
  stream upload{connection};
  plain_outcome opened;
  libvirt_asio::async_open_upload(upload, target.get(), opened.handler());
  BOOST_REQUIRE_EQUAL(wait_for(opened).error(), error_code());
  BOOST_TEST((wait_events(upload, stream_events::writable) == stream_events::writable));
  BOOST_TEST((wait_events(upload, stream_events::writable | stream_events::readable) ==
              stream_events::writable));
}

BOOST_AUTO_TEST_CASE(a_read_without_waiting_would_block_when_nothing_is_there) {
  test_support::echo_guest const guest{host.plain_connection(), {.name = "quiet", .paused = true}};
  stream console{connection};
  open_console(console, find(guest).get());
  error_code error;
  BOOST_TEST(console.read_some(some, error) == 0U);
  check_error(error, asio::error::would_block);
  BOOST_CHECK_EXCEPTION(console.read_some(some), libvirt_asio::system_error, [](auto const& thrown) {
    return thrown.code() == asio::error::would_block;
  });
  BOOST_TEST(console.is_open());
}

BOOST_AUTO_TEST_CASE(a_write_without_waiting_to_a_daemon_would_block) {
  test_support::echo_guest const guest{host.plain_connection(), {.name = "quiet", .paused = true}};
  stream console{connection};
  open_console(console, find(guest).get());
  error_code error;
  BOOST_TEST(console.write_some(asio::buffer("x", 1), error) == 0U);
  check_error(error, asio::error::would_block);
  BOOST_CHECK_THROW(console.write_some(asio::buffer("x", 1)), libvirt_asio::system_error);
}

BOOST_AUTO_TEST_CASE(a_read_without_waiting_tells_the_end) {
  auto const source = volume(10);
  stream download{connection};
  open_download(download, source.get());
  transfer_outcome read;
  asio::async_read(download, asio::buffer(bytes.data(), 10), read.handler());
  BOOST_CHECK_EQUAL(wait_for(read).error(), error_code());
  error_code error = asio::error::would_block;
  while (error == asio::error::would_block) {
    wait_events(download, stream_events::readable);
    download.read_some(some, error);
  }
  check_error(error, asio::error::eof);
}

// --- Adopting ----------------------------------------------------------------------------------------------

BOOST_AUTO_TEST_CASE(an_adopted_connection_works) {
  libvirt_asio::connection adopted{context, virConnectOpen(host.uri().c_str())};
  BOOST_TEST(adopted.is_open());
  outcome<std::string> called;
  adopted.async_call([](virConnectPtr native) { return virConnectGetURI(native); }, called.handler());
  BOOST_CHECK_EQUAL(wait_for(called).error(), error_code());
  BOOST_TEST(called.value() == host.uri());
  outcome<close_reason> closed;
  adopted.async_wait_closed(closed.handler());
  plain_outcome closing;
  adopted.async_close(closing.handler());
  BOOST_CHECK_EQUAL(wait_for(closing).error(), error_code());
  check_error(wait_for(closed).error(), asio::error::operation_aborted);
  BOOST_TEST(!adopted.is_open());
}

BOOST_AUTO_TEST_CASE(an_adopted_stream_works) {
  auto const source = volume(10'000);
  virStreamPtr const native = virStreamNew(connection.native_handle(), VIR_STREAM_NONBLOCK);
  BOOST_REQUIRE(virStorageVolDownload(source.get(), native, 0, 0, 0) == 0);
  stream adopted{connection, native};
  BOOST_TEST(adopted.is_open());
  BOOST_TEST(adopted.native_handle() == native);
  run_only([&]() -> asio::awaitable<void> {
    auto const received = co_await fixture::read_to_end(adopted);
    BOOST_TEST(received.size() == 10'000U);
    co_await adopted.async_finish();
  });
  BOOST_TEST((adopted.state() == libvirt_asio::stream_state::finished));
}

// --- Calls -------------------------------------------------------------------------------------------------

BOOST_AUTO_TEST_CASE(a_call_gives_a_handle) {
  outcome<libvirt_asio::storage_pool> called;
  connection.async_call([](virConnectPtr native) { return virStoragePoolLookupByName(native, "pool"); },
                        called.handler());
  BOOST_CHECK_EQUAL(wait_for(called).error(), error_code());
  BOOST_REQUIRE(called.value());
  BOOST_TEST(std::strcmp(virStoragePoolGetName(called.value().get()), "pool") == 0);
}

BOOST_AUTO_TEST_CASE(a_call_gives_a_string) {
  outcome<std::string> called;
  connection.async_call([](virConnectPtr native) { return virConnectGetURI(native); }, called.handler());
  BOOST_CHECK_EQUAL(wait_for(called).error(), error_code());
  BOOST_TEST(called.value() == host.uri());
}

BOOST_AUTO_TEST_CASE(a_call_gives_a_number_or_nothing) {
  outcome<int> number;
  connection.async_call([](virConnectPtr native) { return virConnectNumOfStoragePools(native); },
                        number.handler());
  BOOST_CHECK_EQUAL(wait_for(number).error(), error_code());
  BOOST_TEST(number.value() == 1);
  plain_outcome nothing;
  connection.async_call([](virConnectPtr) {}, nothing.handler());
  BOOST_CHECK_EQUAL(wait_for(nothing).error(), error_code());
}

BOOST_AUTO_TEST_CASE(a_negative_number_is_a_failure) {
  outcome<int> number;
  connection.async_call([](virConnectPtr native) { return virConnectNumOfDefinedDomains(native) - 1'000'000; },
                        number.handler());
  check_error(wait_for(number).error(), errc::operation_failed, "The function failed without an error");
}

BOOST_AUTO_TEST_CASE(a_thrown_system_error_is_the_error) {
  plain_outcome called;
  connection.async_call(
      [](virConnectPtr) { throw libvirt_asio::system_error(asio::error::make_error_code(asio::error::no_data)); },
      called.handler());
  check_error(wait_for(called).error(), asio::error::make_error_code(asio::error::no_data));
}

BOOST_AUTO_TEST_CASE(a_cancelled_call_completes_at_once_and_its_late_result_is_freed) {
  int alive = 0;
  std::promise<void> release;
  std::promise<void> returned;
  asio::cancellation_signal signal;
  outcome<std::unique_ptr<counted>> called;
  auto blocked = [&alive, released = release.get_future().share(),
                  ending = std::shared_ptr<void>(nullptr, [&](void*) { returned.set_value(); })](virConnectPtr) {
    released.wait();
    return std::make_unique<counted>(alive);
  };
  connection.async_call(std::move(blocked), asio::bind_cancellation_slot(signal.slot(), called.handler()));
  context.restart();
  context.run_for(std::chrono::milliseconds{20});
  signal.emit(asio::cancellation_type::terminal);
  check_error(wait_for(called).error(), asio::error::operation_aborted);
  BOOST_TEST(called.value() == nullptr);
  release.set_value();
  BOOST_TEST((returned.get_future().wait_for(fixture::deadline) == std::future_status::ready));
  BOOST_TEST(alive == 0);
  BOOST_TEST(called.calls() == 1);
  BOOST_TEST(connection.is_open());
}

// --- Errors ------------------------------------------------------------------------------------------------

BOOST_AUTO_TEST_CASE(the_last_error_is_there_when_the_call_completes) {
  for (int round = 0; round != 1000; ++round) {
    std::string const name = "none" + std::to_string(round);
    outcome<libvirt_asio::domain> called;
    connection.async_call([name](virConnectPtr native) { return virDomainLookupByName(native, name.c_str()); },
                          called.handler());
    check_error(wait_for(called).error(), errc::no_domain,
                "Domain not found: no domain with matching name '" + name + "'");
    auto const last = connection.last_error();
    BOOST_REQUIRE_EQUAL(last.message, called.error().message());
    BOOST_REQUIRE_EQUAL(last.code, VIR_ERR_NO_DOMAIN);
    BOOST_REQUIRE_EQUAL(last.domain, VIR_FROM_QEMU);
    BOOST_REQUIRE_EQUAL(last.level, VIR_ERR_ERROR);
  }
}

BOOST_AUTO_TEST_CASE(the_last_error_of_a_stream_is_its_connections_too) {
  auto const source = volume(10);
  std::filesystem::remove(file());
  stream download{connection};
  plain_outcome opened;
  libvirt_asio::async_open_download(download, source.get(), opened.handler());
  BOOST_TEST(wait_for(opened).error().failed());
  BOOST_TEST(download.last_error().message == opened.error().message());
  BOOST_TEST(connection.last_error().message == opened.error().message());
}

BOOST_AUTO_TEST_SUITE_END()

}  // namespace
