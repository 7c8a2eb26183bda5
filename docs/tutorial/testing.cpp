// Copyright (c) 2026 The libvirt-asio authors
// Distributed under the Boost Software License, Version 1.0.

#define BOOST_TEST_MODULE pausing

#include <libvirt-asio/libvirt-asio.hpp>

#include <boost/asio.hpp>
#include <boost/test/included/unit_test.hpp>

#include <string>

namespace asio = boost::asio;

// What is to be tested: pauses a domain, and returns whether it was running.
asio::awaitable<bool> pause_domain(libvirt_asio::connection& connection, std::string name) {
  auto pause = [name](virConnectPtr native) {
    libvirt_asio::domain const domain(virDomainLookupByName(native, name.c_str()));
    int state = VIR_DOMAIN_NOSTATE;
    if (!domain || virDomainGetState(domain.get(), &state, nullptr, 0) < 0) return -1;
    if (state != VIR_DOMAIN_RUNNING) return 0;
    return virDomainSuspend(domain.get()) < 0 ? -1 : 1;
  };
  int const paused = co_await connection.async_call(pause);
  co_return paused == 1;
}

// Runs a test with a connection to a hypervisor that is new each time.
template <class Test>
void on_test_driver(Test test) {
  auto run = [&]() -> asio::awaitable<void> {
    libvirt_asio::connection connection{co_await asio::this_coro::executor};
    co_await connection.async_open("test:///default");
    co_await test(connection);
    co_await connection.async_close();
  };
  asio::io_context context{1};
  libvirt_asio::event_loop loop{context};
  auto done = asio::co_spawn(context, run, asio::use_future);
  context.run();
  done.get();
}

BOOST_AUTO_TEST_CASE(a_domain_is_paused_once) {
  on_test_driver([](libvirt_asio::connection& connection) -> asio::awaitable<void> {
    bool const first = co_await pause_domain(connection, "test");
    BOOST_TEST(first);
    bool const second = co_await pause_domain(connection, "test");
    BOOST_TEST(!second);
  });
}

BOOST_AUTO_TEST_CASE(a_domain_that_does_not_exist_is_an_error) {
  auto const is_no_domain = [](auto const& error) { return error.code() == libvirt_asio::errc::no_domain; };
  auto const pause_nobody = [](libvirt_asio::connection& connection) -> asio::awaitable<void> {
    co_await pause_domain(connection, "nobody");
  };
  BOOST_CHECK_EXCEPTION(on_test_driver(pause_nobody), libvirt_asio::system_error, is_no_domain);
}
