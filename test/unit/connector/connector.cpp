// Copyright (c) 2026 The libvirt-asio authors
// Distributed under the Boost Software License, Version 1.0.

// With libvirt's test driver, which cannot be lost; where no daemon listens nothing can be opened.

#include <libvirt-asio/libvirt-asio.hpp>

#include "unit/support/print.hpp"

#include <boost/asio/as_tuple.hpp>
#include <boost/asio/bind_cancellation_slot.hpp>
#include <boost/asio/cancellation_signal.hpp>
#include <boost/asio/co_spawn.hpp>
#include <boost/asio/io_context.hpp>
#include <boost/asio/use_awaitable.hpp>
#include <boost/test/unit_test.hpp>

#include <chrono>
#include <exception>
#include <optional>
#include <stdexcept>
#include <string>
#include <utility>
#include <vector>

namespace {

namespace asio = boost::asio;
using namespace libvirt_asio;
using namespace std::chrono_literals;

using duration = std::chrono::steady_clock::duration;

constexpr auto tuple = asio::as_tuple(asio::use_awaitable);
constexpr auto aborted = asio::error::operation_aborted;
constexpr char const* there = "test:///default";
constexpr char const* nowhere = "test+unix:///default?socket=/nowhere";

struct connector_fixture {
  /// Runs until nothing is left to do.
  void run() {
    context.restart();
    context.run_for(10s);
    BOOST_TEST_REQUIRE(context.stopped());
  }

  template <class Function>
  void run(Function function) {
    std::exception_ptr failure;
    asio::co_spawn(context, std::move(function), [&](std::exception_ptr thrown) { failure = thrown; });
    run();
    if (failure) std::rethrow_exception(failure);
  }

  auto into(std::optional<error_code>& result) {
    return [&result](error_code error) { result = error; };
  }

  /// Attempts follow each other, and their errors are kept.
  connector_options impatient() {
    connector_options options;
    options.shortest_delay = 1ms;
    options.longest_delay = 4ms;
    options.failed = [this](error_code error, duration delay) { failures.emplace_back(error, delay); };
    return options;
  }

  asio::io_context context{1};
  std::optional<event_loop> loop{context};
  std::vector<std::pair<error_code, duration>> failures;
};

}  // namespace

BOOST_FIXTURE_TEST_SUITE(connector_test, connector_fixture)

BOOST_AUTO_TEST_CASE(the_first_connection_is_opened) {
  run([&]() -> asio::awaitable<void> {
    connector keep{context, there};
    BOOST_TEST(!keep.connection().is_open());
    co_await keep.async_next_connection();
    BOOST_TEST(keep.connection().is_open());
  });
}

BOOST_AUTO_TEST_CASE(each_failed_attempt_is_told_with_libvirts_words_and_the_time_to_the_next) {
  auto options = impatient();
  connector keep{context, nowhere};
  options.failed = [&](error_code error, duration delay) {
    failures.emplace_back(error, delay);
    if (failures.size() == 4) keep.close();
  };
  keep = connector{context, nowhere, options};
  std::optional<error_code> ended;
  keep.async_next_connection(into(ended));
  run();
  BOOST_TEST(ended.value() == aborted);
  BOOST_TEST_REQUIRE(failures.size() == 4U);
  duration longest = 1ms;
  for (auto const& [error, delay] : failures) {
    BOOST_TEST(error == errc::system_error);
    BOOST_TEST(error.message().find("'/nowhere'") != std::string::npos, error.message());
    BOOST_TEST(delay >= longest / 2);
    BOOST_TEST(delay <= longest);
    longest = std::min<duration>(longest * 2, 4ms);
  }
}

BOOST_AUTO_TEST_CASE(the_next_connection_after_one_that_was_closed_is_another) {
  run([&]() -> asio::awaitable<void> {
    connector keep{context, there, impatient()};
    co_await keep.async_next_connection();
    keep.connection().close();
    co_await keep.async_next_connection();
    BOOST_TEST(keep.connection().is_open());
    BOOST_TEST(failures.empty());
  });
}

BOOST_AUTO_TEST_CASE(closing_the_connection_while_its_loss_is_waited_for_asks_for_the_next) {
  connector keep{context, there, impatient()};
  std::optional<error_code> first;
  keep.async_next_connection(into(first));
  run();
  BOOST_TEST(first.value() == error_code());
  std::optional<error_code> next;
  keep.async_next_connection(into(next));
  context.restart();
  context.poll();
  BOOST_TEST(!next.has_value());
  keep.connection().close();
  run();
  BOOST_TEST(next.value() == error_code());
  BOOST_TEST(keep.connection().is_open());
}

BOOST_AUTO_TEST_CASE(a_second_wait_is_refused_and_the_first_goes_on) {
  connector keep{context, there};
  std::optional<error_code> first;
  std::optional<error_code> second;
  keep.async_next_connection(into(first));
  keep.async_next_connection(into(second));
  run();
  BOOST_TEST(first.value() == error_code());
  BOOST_TEST(second.value() == client_errc::operation_in_progress);
}

BOOST_AUTO_TEST_CASE(there_is_no_connection_without_an_event_loop) {
  loop.reset();
  connector keep{context, there, impatient()};
  std::optional<error_code> ended;
  keep.async_next_connection(into(ended));
  run();
  BOOST_TEST(ended.value() == client_errc::no_event_loop);
  BOOST_TEST(failures.empty());
}

BOOST_AUTO_TEST_CASE(cancelling_a_wait_for_the_loss_leaves_the_connection_open) {
  connector keep{context, there};
  std::optional<error_code> first;
  keep.async_next_connection(into(first));
  run();
  asio::cancellation_signal signal;
  std::optional<error_code> cancelled;
  keep.async_next_connection(asio::bind_cancellation_slot(signal.slot(), into(cancelled)));
  context.restart();
  context.poll();
  signal.emit(asio::cancellation_type::total);
  run();
  BOOST_TEST(cancelled.value() == aborted);
  BOOST_TEST(keep.connection().is_open());
}

BOOST_AUTO_TEST_CASE(what_is_waited_for_can_be_cancelled_and_waited_for_again) {
  connector keep{context, there};
  asio::cancellation_signal signal;
  std::optional<error_code> cancelled;
  keep.async_next_connection(asio::bind_cancellation_slot(signal.slot(), into(cancelled)));
  signal.emit(asio::cancellation_type::partial);
  run();
  BOOST_TEST(cancelled.value() == aborted);
  BOOST_TEST(!keep.connection().is_open());
  std::optional<error_code> opened;
  keep.async_next_connection(into(opened));
  run();
  BOOST_TEST(opened.value() == error_code());
}

BOOST_AUTO_TEST_CASE(a_system_error_of_the_users_function_ends_the_attempts) {
  connector_options options;
  options.failed = [](error_code, duration) { throw system_error(asio::error::access_denied); };
  connector keep{context, nowhere, options};
  std::optional<error_code> ended;
  keep.async_next_connection(into(ended));
  run();
  BOOST_TEST(ended.value() == asio::error::access_denied);
}

BOOST_AUTO_TEST_CASE(another_exception_of_the_users_function_leaves_run) {
  connector_options options;
  options.failed = [](error_code, duration) { throw std::logic_error("mine"); };
  connector keep{context, nowhere, options};
  bool called = false;
  keep.async_next_connection([&](error_code) { called = true; });
  BOOST_CHECK_THROW(context.run_for(10s), std::logic_error);
  run();
  BOOST_TEST(!called);
}

BOOST_AUTO_TEST_CASE(destroying_it_between_two_attempts_ends_the_wait) {
  auto options = impatient();
  options.shortest_delay = std::chrono::hours(1);
  std::optional<connector> keep;
  options.failed = [&](error_code, duration) { keep.reset(); };
  keep.emplace(context, nowhere, options);
  std::optional<error_code> ended;
  keep->async_next_connection(into(ended));
  run();
  BOOST_TEST(ended.value() == aborted);
}

BOOST_AUTO_TEST_CASE(closing_it_before_the_operation_has_begun_ends_that) {
  connector keep{context, there, impatient()};
  std::optional<error_code> ended;
  keep.async_next_connection(into(ended));
  keep.close();
  run();
  BOOST_TEST(ended.value() == aborted);
  BOOST_TEST(!keep.connection().is_open());
}

BOOST_AUTO_TEST_CASE(destroying_it_before_the_operation_has_begun_ends_that) {
  std::optional<error_code> ended;
  {
    connector keep{context, nowhere, impatient()};
    keep.async_next_connection(into(ended));
  }
  run();
  BOOST_TEST(ended.value() == aborted);
  BOOST_TEST(failures.empty());
}

BOOST_AUTO_TEST_CASE(after_it_was_closed_it_can_be_asked_for_a_connection_again) {
  connector keep{context, there, impatient()};
  std::optional<error_code> closed;
  std::optional<error_code> opened;
  keep.async_next_connection(into(closed));
  keep.close();
  run();
  keep.async_next_connection(into(opened));
  run();
  BOOST_TEST(closed.value() == aborted);
  BOOST_TEST(opened.value() == error_code());
}

BOOST_AUTO_TEST_CASE(cancelling_the_operations_of_the_connection_ends_the_wait_and_leaves_it_open) {
  connector keep{context, there};
  std::optional<error_code> first;
  keep.async_next_connection(into(first));
  run();
  std::optional<error_code> next;
  keep.async_next_connection(into(next));
  context.restart();
  context.poll();
  keep.connection().cancel();
  run();
  BOOST_TEST(next.value() == aborted);
  BOOST_TEST(keep.connection().is_open());
}

BOOST_AUTO_TEST_CASE(a_graceful_close_comes_to_its_end_before_the_next_connection) {
  connector keep{context, there, impatient()};
  std::optional<error_code> first;
  keep.async_next_connection(into(first));
  run();
  std::optional<error_code> next;
  std::optional<error_code> closed;
  keep.async_next_connection(into(next));
  context.restart();
  context.poll();
  keep.connection().async_close(into(closed));
  run();
  BOOST_TEST(closed.value() == error_code());
  BOOST_TEST(next.value() == error_code());
  BOOST_TEST(keep.connection().is_open());
}

BOOST_AUTO_TEST_CASE(an_operation_goes_on_when_its_object_is_moved) {
  connector first{context, there};
  std::optional<error_code> ended;
  first.async_next_connection(into(ended));
  connector second{std::move(first)};
  run();
  BOOST_TEST(ended.value() == error_code());
  BOOST_TEST(second.connection().is_open());
}

BOOST_AUTO_TEST_CASE(events_are_subscribed_again_by_the_same_object) {
  run([&]() -> asio::awaitable<void> {
    connector keep{context, there, impatient()};
    events<domain_lifecycle_event> lifecycle{keep.connection()};
    for (int i = 0; i != 3; ++i) {
      co_await keep.async_next_connection();
      co_await lifecycle.async_subscribe();
      {
        auto const test = co_await keep.connection().async_call(
            [](virConnectPtr native) { return virDomainLookupByName(native, "test"); });
        co_await keep.connection().async_call([&](virConnectPtr) { return virDomainSuspend(test.get()); });
        // The next connection may find it as this one has left it.
        co_await keep.connection().async_call([&](virConnectPtr) { return virDomainResume(test.get()); });
      }
      auto const suspended = co_await lifecycle.async_next();
      BOOST_TEST(suspended.event == VIR_DOMAIN_EVENT_SUSPENDED);
      auto const resumed = co_await lifecycle.async_next();
      BOOST_TEST(resumed.event == VIR_DOMAIN_EVENT_RESUMED);
      keep.connection().close();
      auto const [error, none] = co_await lifecycle.async_next(tuple);
      BOOST_TEST(error == aborted);
    }
  });
}

BOOST_AUTO_TEST_SUITE_END()
