// Copyright (c) 2026 The libvirt-asio authors
// Distributed under the Boost Software License, Version 1.0.

// The error function of the process, in a program that has set its own before it uses the library: so these
// tests are a process of their own.

#include <libvirt-asio/libvirt-asio.hpp>

#include "support/captured_stderr.hpp"
#include "unit/support/print.hpp"
#include "unit/support/program_function.hpp"

#include <boost/asio/io_context.hpp>
#include <boost/test/unit_test.hpp>

#include <optional>
#include <string>

namespace {

namespace asio = boost::asio;
using libvirt_asio::error_code;

/// A call of the program's own, whose error goes to the error function of the process.
void fail() {
  BOOST_TEST(::virDomainUndefine(nullptr) == -1);
}

struct error_function_fixture {
  /// The library's calls succeed, fail with a connection and fail without one.
  void use_library() {
    std::optional<error_code> opened;
    std::optional<error_code> called;
    std::optional<error_code> not_opened;
    conn.async_open("test:///default", [&](error_code error) { opened = error; });
    other.async_open("nosuch:///default", [&](error_code error) { not_opened = error; });
    run_until([&] { return opened && not_opened; });
    BOOST_REQUIRE(!*opened);
    BOOST_TEST(not_opened->failed());
    conn.async_call([](virConnectPtr native) { return ::virDomainLookupByName(native, "none"); },
                    [&](error_code error, libvirt_asio::domain const&) { called = error; });
    run_until([&] { return called.has_value(); });
    BOOST_TEST(called.value() == libvirt_asio::errc::no_domain);
  }

  template <class Condition>
  void run_until(Condition condition) {
    context.restart();
    while (!condition()) context.run_one();
  }

  // Before the library is used.
  std::optional<unit::program_function> function{std::in_place};
  asio::io_context context;
  libvirt_asio::event_loop loop{context};
  libvirt_asio::connection conn{context};
  libvirt_asio::connection other{context};
};

}  // namespace

BOOST_FIXTURE_TEST_SUITE(error_function_test, error_function_fixture)

BOOST_AUTO_TEST_CASE(a_program_that_logs_errors_goes_on_doing_so_when_the_library_was_used) {
  use_library();
  int const before = function->calls();
  fail();
  BOOST_TEST(function->calls() == before + 1);
}

BOOST_AUTO_TEST_CASE(errors_of_the_program_s_own_calls_on_a_connection_of_the_library_s_are_logged) {
  use_library();
  int const before = function->calls();
  BOOST_TEST(::virDomainLookupByName(conn.native_handle(), "none") == nullptr);
  BOOST_TEST(function->calls() == before + 1);
}

BOOST_AUTO_TEST_CASE(a_program_that_silenced_libvirt_stays_silent_when_the_library_is_used) {
  test_support::captured_stderr const printed;
  use_library();
  fail();
  BOOST_TEST(printed.text().empty());
}

BOOST_AUTO_TEST_CASE(errors_of_the_library_s_calls_are_not_printed_without_a_function_of_the_program_s) {
  function.reset();
  test_support::captured_stderr const printed;
  use_library();
  BOOST_TEST(printed.text().empty());
}

BOOST_AUTO_TEST_SUITE_END()
