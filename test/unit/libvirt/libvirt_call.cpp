// Copyright (c) 2026 The libvirt-asio authors
// Distributed under the Boost Software License, Version 1.0.

#include <libvirt-asio/detail/call.hpp>
#include <libvirt-asio/detail/libvirt_call.hpp>
#include <libvirt-asio/handle.hpp>

#include "libvirt/last_error.hpp"
#include "libvirt/registration.hpp"
#include "libvirt/update_observers.hpp"
#include "support/captured_stderr.hpp"
#include "unit/support/print.hpp"
#include "unit/support/program_function.hpp"

#include <boost/test/unit_test.hpp>

#include <csignal>
#include <string>
#include <thread>
#include <vector>

namespace {

using libvirt_asio::errc;
using libvirt_asio::error_info;
using libvirt_asio::detail::failed_call;
using libvirt_asio::detail::forget_recorded_error;
using libvirt_asio::detail::handle_observer;
using libvirt_asio::detail::libvirt_call;
using libvirt_asio::detail::registration;
using libvirt_asio::detail::timeout_observer;
using unit::program_function;

// As libvirt wants it before calls without a connection.
struct fixture {
  fixture() { ::virInitialize(); }
};

/// A call without a connection, whose error goes to the error function of the process.
void fail() {
  BOOST_TEST(::virDomainUndefine(nullptr) == -1);
}

/// A call of the library's.
void fail_for_the_library() {
  libvirt_call const call;
  fail();
}

struct counting_observer final : handle_observer {
  void handle_switched_off() noexcept override { ++times; }
  int times = 0;
};

struct recording_observer final : timeout_observer {
  void timeout_updated(int interval) noexcept override { intervals.push_back(interval); }
  std::vector<int> intervals;
};

bool sigpipe_is_blocked() {
  sigset_t blocked;
  ::pthread_sigmask(SIG_BLOCK, nullptr, &blocked);
  return ::sigismember(&blocked, SIGPIPE) == 1;
}

}  // namespace

BOOST_FIXTURE_TEST_SUITE(libvirt_call_test, fixture)

// --- Errors

BOOST_AUTO_TEST_CASE(errors_of_the_library_s_calls_are_not_printed) {
  test_support::captured_stderr const printed;
  fail_for_the_library();
  BOOST_TEST(printed.text().empty());
}

BOOST_AUTO_TEST_CASE(errors_of_other_calls_are_printed_as_libvirt_does) {
  test_support::captured_stderr const printed;
  fail_for_the_library();
  fail();
  BOOST_TEST(printed.text().find("invalid domain") != std::string::npos);
}

BOOST_AUTO_TEST_CASE(errors_are_silent_until_the_outermost_call_ends) {
  test_support::captured_stderr const printed;
  libvirt_call const outer;
  fail_for_the_library();
  fail();
  BOOST_TEST(printed.text().empty());
}

BOOST_AUTO_TEST_CASE(a_call_of_one_thread_does_not_silence_another) {
  test_support::captured_stderr const printed;
  libvirt_call const call;
  std::thread(fail).join();
  BOOST_TEST(!printed.text().empty());
}

BOOST_AUTO_TEST_CASE(errors_of_the_library_s_calls_reach_the_caller_though_the_program_has_a_function) {
  program_function const function;
  libvirt_call const call;
  error_info info;
  forget_recorded_error();
  fail();
  BOOST_TEST(failed_call(info) == errc::invalid_domain);
  BOOST_TEST(info.code == VIR_ERR_INVALID_DOMAIN);
}

// libvirt forgets its last error at each call.
BOOST_AUTO_TEST_CASE(a_handle_that_is_freed_on_the_way_out_leaves_the_error_to_the_caller) {
  program_function const function;
  libvirt_call const call;
  auto const connection = ::virConnectOpen("test:///default");
  forget_recorded_error();
  std::string words;
  {
    libvirt_asio::domain const domain(::virDomainLookupByName(connection, "test"));
    BOOST_TEST_REQUIRE(domain);
    BOOST_TEST(::virDomainCreate(domain.get()) == -1);
    words = ::virGetLastErrorMessage();
  }
  error_info info;
  BOOST_TEST(failed_call(info).message() == words);
  ::virConnectClose(connection);
}

// --- What libvirt does with the event loop

BOOST_AUTO_TEST_CASE(a_call_learns_of_the_first_handle_and_the_first_timeout) {
  registration registered;
  libvirt_call const call({.registers = &registered});
  libvirt_call::handle_added(-1, 5);
  libvirt_call::timeout_added(-1);
  BOOST_TEST(registered.watch == 0);
  BOOST_TEST(registered.timer == 0);
  for (int const number : {3, 4}) {
    libvirt_call::handle_added(number, number + 10);
    libvirt_call::timeout_added(number + 20);
  }
  BOOST_TEST(registered.watch == 3);
  BOOST_TEST(registered.descriptor == 13);
  BOOST_TEST(registered.timer == 23);
}

BOOST_AUTO_TEST_CASE(the_handle_of_a_call_that_was_given_up_is_given_up_too) {
  registration registered;
  libvirt_call const call({.registers = &registered});
  registered.given_up = true;
  BOOST_TEST(!libvirt_call::handle_added(3, 13));
}

BOOST_AUTO_TEST_CASE(a_call_learns_once_that_a_handle_was_switched_off) {
  counting_observer observer;
  libvirt_call const call({.on_handle_switched_off = &observer});
  for (int time = 0; time != 3; ++time) libvirt_call::handle_switched_off();
  BOOST_TEST(observer.times == 1);
}

BOOST_AUTO_TEST_CASE(a_call_learns_of_each_update_of_a_timeout) {
  recording_observer observer;
  {
    libvirt_call const call({.on_timeout_update = &observer});
    BOOST_TEST(libvirt_call::timeout_updated(0));
    BOOST_TEST(libvirt_call::timeout_updated(-1));
  }
  BOOST_TEST(!libvirt_call::timeout_updated(0));
  BOOST_TEST(observer.intervals == (std::vector<int>{0, -1}), boost::test_tools::per_element());
}

BOOST_AUTO_TEST_CASE(a_wish_holds_within_calls_that_do_not_have_it) {
  counting_observer outer, inner;
  libvirt_call const first({.cannot_block = true, .on_handle_switched_off = &outer});
  {
    libvirt_call const second({.on_handle_switched_off = &inner});
    libvirt_call const third;
    BOOST_TEST(libvirt_call::is_known_not_to_block());
    libvirt_call::handle_switched_off();
  }
  BOOST_TEST(inner.times == 1);
  BOOST_TEST(outer.times == 0);
  libvirt_call::handle_switched_off();
  BOOST_TEST(outer.times == 1);
}

BOOST_AUTO_TEST_CASE(outside_of_calls_nobody_has_wishes) {
  { libvirt_call const ended({.cannot_block = true}); }
  BOOST_TEST(!libvirt_call::is_under_way());
  BOOST_TEST(!libvirt_call::is_known_not_to_block());
  BOOST_TEST(!libvirt_call::has_asked_for_event_loop());
  libvirt_call::handle_added(1, 1);
  libvirt_call::handle_switched_off();
  libvirt_call::timeout_added(1);
}

// --- Signals

BOOST_AUTO_TEST_CASE(only_a_call_that_asks_for_it_keeps_sigpipe_away) {
  libvirt_call const plain;
  BOOST_TEST(!sigpipe_is_blocked());
  {
    libvirt_call const call({.no_sigpipe = true});
    BOOST_TEST(sigpipe_is_blocked());
  }
  BOOST_TEST(!sigpipe_is_blocked());
}

BOOST_AUTO_TEST_SUITE_END()
