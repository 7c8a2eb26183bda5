// What becomes of events when their daemon is gone.

#include "fixture/daemon_breaking_session.hpp"
#include "fixture/errors.hpp"
#include "fixture/stream_session.hpp"

#include <boost/asio/as_tuple.hpp>
#include <boost/test/unit_test.hpp>

namespace {

namespace asio = boost::asio;
using namespace libvirt_asio;

constexpr auto tuple = asio::as_tuple(asio::use_awaitable);

struct lost_connection_fixture : fixture::daemon_breaking_session<fixture::stream_session> {
  /// Two events: a domain is defined, and is not any more.
  asio::awaitable<void> define_and_undefine() {
    co_await connection.async_call([](virConnectPtr native) {
      domain const defined(virDomainDefineXML(native, R"(<domain type='qemu'><name>defined</name>
<memory unit='MiB'>16</memory><os><type arch='x86_64' machine='pc'>hvm</type></os></domain>)"));
      return defined ? virDomainUndefine(defined.get()) : -1;
    });
  }
};

}  // namespace

BOOST_FIXTURE_TEST_SUITE(lost_connection, lost_connection_fixture)

BOOST_AUTO_TEST_CASE(events_in_the_queue_come_before_the_loss_of_the_connection) {
  run_only([&]() -> asio::awaitable<void> {
    co_await connection.async_open(host.uri());
    events<domain_lifecycle_event> lifecycle{connection};
    co_await lifecycle.async_subscribe();
    // What has come to it has come to the other.
    events<domain_lifecycle_event> witness{connection};
    co_await witness.async_subscribe();
    co_await define_and_undefine();
    for (int i = 0; i != 2; ++i) co_await witness.async_next();
    host.daemon().kill();
    auto const [lost, reason] = co_await connection.async_wait_closed(tuple);
    BOOST_TEST(!lost);
    auto const defined = co_await lifecycle.async_next();
    BOOST_TEST(defined.event == VIR_DOMAIN_EVENT_DEFINED);
    auto const undefined = co_await lifecycle.async_next();
    BOOST_TEST(undefined.event == VIR_DOMAIN_EVENT_UNDEFINED);
    auto const [error, none] = co_await lifecycle.async_next(tuple);
    fixture::check_error(error, client_errc::connection_lost);
    co_await connection.async_close();
  });
}

BOOST_AUTO_TEST_CASE(a_sequence_that_waits_is_ended_by_the_loss_of_the_connection) {
  run_only([&]() -> asio::awaitable<void> {
    co_await connection.async_open(host.uri());
    events<domain_lifecycle_event> lifecycle{connection};
    co_await lifecycle.async_subscribe();
    host.daemon().kill();
    auto const [error, none] = co_await lifecycle.async_next(tuple);
    fixture::check_error(error, client_errc::connection_lost);
    co_await connection.async_close();
  });
}

BOOST_AUTO_TEST_CASE(a_connection_that_is_lost_has_no_events) {
  run_only([&]() -> asio::awaitable<void> {
    co_await connection.async_open(host.uri());
    // libvirt itself would not mind: it has the callback.
    events<domain_lifecycle_event> lifecycle{connection};
    co_await lifecycle.async_subscribe();
    host.daemon().kill();
    co_await connection.async_wait_closed();
    events<domain_lifecycle_event> late{connection};
    auto const [error] = co_await late.async_subscribe(tuple);
    fixture::check_error(error, client_errc::connection_lost);
    co_await connection.async_close();
  });
}

BOOST_AUTO_TEST_SUITE_END()
