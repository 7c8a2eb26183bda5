// Copyright (c) 2026 The libvirt-asio authors
// Distributed under the Boost Software License, Version 1.0.

// Events of libvirt's test driver, whose domains, networks and pools are in this process.

#include <libvirt-asio/libvirt-asio.hpp>

#include "unit/support/print.hpp"

#include <boost/asio/as_tuple.hpp>
#include <boost/asio/co_spawn.hpp>
#include <boost/asio/io_context.hpp>
#include <boost/asio/post.hpp>
#include <boost/asio/use_awaitable.hpp>
#include <boost/test/unit_test.hpp>

#include <cstdint>
#include <exception>
#include <memory>
#include <optional>
#include <string>
#include <thread>
#include <tuple>
#include <type_traits>
#include <utility>
#include <variant>
#include <vector>

namespace {

namespace asio = boost::asio;
using namespace libvirt_asio;

constexpr auto tuple = asio::as_tuple(asio::use_awaitable);
constexpr auto aborted = asio::error::operation_aborted;

subscribe_options with_capacity(std::size_t capacity) {
  subscribe_options options;
  options.capacity = capacity;
  return options;
}

struct events_fixture {
  events_fixture() {
    run([&]() -> asio::awaitable<void> {
      co_await conn.async_open("test:///default");
      dom.reset(virDomainLookupByName(conn.native_handle(), "test"));
    });
  }

  ~events_fixture() {
    run([&]() -> asio::awaitable<void> {
      dom.reset();
      co_await conn.async_close();
      co_await loop.async_drain();
    });
  }

  template <class Function>
  void run(Function function) {
    std::exception_ptr failure;
    asio::co_spawn(context, std::move(function), [&](std::exception_ptr thrown) { failure = thrown; });
    context.restart();
    context.run();
    if (failure) std::rethrow_exception(failure);
  }

  /// Two events of the domain: that it is suspended, and that it is resumed.
  void suspend_and_resume() const {
    virDomainSuspend(dom.get());
    virDomainResume(dom.get());
  }

  /// Runs what is ready, so that libvirt's events have arrived.
  asio::awaitable<void> let_arrive() {
    for (int turn = 0; turn != 10; ++turn) co_await asio::post(context, asio::use_awaitable);
  }

  template <class Sequence>
  static void check_next_is(Sequence& sequence, int event) {
    error_code error;
    auto const next = sequence.try_next(error);
    BOOST_TEST(!error);
    if (next) BOOST_TEST(next->event == event);
  }

  template <class Sequence>
  static void check_next_fails(Sequence& sequence, error_code expected) {
    error_code error;
    BOOST_TEST(!sequence.try_next(error));
    BOOST_TEST(error == expected);
  }

  asio::io_context context{1};
  event_loop loop{context};
  connection conn{context};
  domain dom;
};

using lifecycle_events = events<domain_lifecycle_event>;
// The refused type last and first.
using mixtures = std::tuple<std::variant<domain_lifecycle_event, secret_value_changed_event>,
                            std::variant<secret_value_changed_event, domain_lifecycle_event>>;
using merged_events = events<std::variant<domain_lifecycle_event, domain_reboot_event, domain_balloon_change_event>>;

static_assert(std::is_same_v<lifecycle_events::value_type, domain_lifecycle_event>);
static_assert(!std::is_copy_constructible_v<lifecycle_events>);
static_assert(std::is_nothrow_move_constructible_v<lifecycle_events>);

}  // namespace

BOOST_FIXTURE_TEST_SUITE(events_test, events_fixture)

// --- What they carry ---------------------------------------------------------------------------------------

BOOST_AUTO_TEST_CASE(an_event_owns_its_domain_and_has_libvirts_numbers) {
  run([&]() -> asio::awaitable<void> {
    lifecycle_events lifecycle{conn};
    co_await lifecycle.async_subscribe();
    suspend_and_resume();
    auto const suspended = co_await lifecycle.async_next();
    BOOST_TEST(virDomainGetName(suspended.dom.get()) == std::string("test"));
    BOOST_TEST(suspended.event == VIR_DOMAIN_EVENT_SUSPENDED);
    BOOST_TEST(suspended.detail == VIR_DOMAIN_EVENT_SUSPENDED_PAUSED);
    auto const resumed = co_await lifecycle.async_next();
    BOOST_TEST(resumed.event == VIR_DOMAIN_EVENT_RESUMED);
  });
}

BOOST_AUTO_TEST_CASE(pools_and_networks_have_events_too) {
  run([&]() -> asio::awaitable<void> {
    events<storage_pool_refresh_event> refreshes{conn};
    events<network_lifecycle_event> networks{conn};
    co_await refreshes.async_subscribe();
    co_await networks.async_subscribe();
    storage_pool const pool(virStoragePoolLookupByName(conn.native_handle(), "default-pool"));
    virStoragePoolRefresh(pool.get(), 0);
    network const net(virNetworkLookupByName(conn.native_handle(), "default"));
    virNetworkDestroy(net.get());
    virNetworkCreate(net.get());
    auto const refreshed = co_await refreshes.async_next();
    BOOST_TEST(virStoragePoolGetName(refreshed.pool.get()) == std::string("default-pool"));
    auto const stopped = co_await networks.async_next();
    BOOST_TEST(virNetworkGetName(stopped.net.get()) == std::string("default"));
    BOOST_TEST(stopped.event == VIR_NETWORK_EVENT_STOPPED);
    BOOST_TEST((co_await networks.async_next()).event == VIR_NETWORK_EVENT_STARTED);
  });
}

BOOST_AUTO_TEST_CASE(events_of_several_types_come_in_one_order) {
  run([&]() -> asio::awaitable<void> {
    merged_events merged{conn};
    co_await merged.async_subscribe();
    virDomainSuspend(dom.get());
    virDomainSetMemory(dom.get(), 1'000'000);
    virDomainResume(dom.get());
    auto const first = co_await merged.async_next();
    BOOST_TEST(std::get<domain_lifecycle_event>(first).event == VIR_DOMAIN_EVENT_SUSPENDED);
    auto last = co_await merged.async_next();
    if (auto const* const balloon = std::get_if<domain_balloon_change_event>(&last)) {
      BOOST_TEST(balloon->actual == 1'000'000U);
      last = co_await merged.async_next();
    }
    BOOST_TEST(std::get<domain_lifecycle_event>(last).event == VIR_DOMAIN_EVENT_RESUMED);
  });
}

// --- Subscribing -------------------------------------------------------------------------------------------

BOOST_AUTO_TEST_CASE(any_number_of_sequences_get_the_same_events) {
  run([&]() -> asio::awaitable<void> {
    std::vector<lifecycle_events> all;
    for (int i = 0; i != 10; ++i) co_await all.emplace_back(conn).async_subscribe();
    suspend_and_resume();
    co_await let_arrive();
    for (auto& each : all) {
      check_next_is(each, VIR_DOMAIN_EVENT_SUSPENDED);
      check_next_is(each, VIR_DOMAIN_EVENT_RESUMED);
    }
  });
}

BOOST_AUTO_TEST_CASE(events_of_one_domain_are_those_of_no_other) {
  run([&]() -> asio::awaitable<void> {
    domain const other(virDomainDefineXML(conn.native_handle(), R"(<domain type='test'><name>other</name>
        <memory>1024</memory><os><type>hvm</type></os></domain>)"));
    lifecycle_events of_all{conn}, of_other{conn};
    co_await of_all.async_subscribe();
    co_await of_other.async_subscribe(other.get(), with_capacity(10));
    suspend_and_resume();
    virDomainCreate(other.get());
    virDomainDestroy(other.get());
    virDomainUndefine(other.get());
    co_await let_arrive();
    check_next_is(of_other, VIR_DOMAIN_EVENT_STARTED);
    check_next_is(of_other, VIR_DOMAIN_EVENT_STOPPED);
    check_next_is(of_other, VIR_DOMAIN_EVENT_UNDEFINED);
    check_next_fails(of_other, asio::error::would_block);
    check_next_is(of_all, VIR_DOMAIN_EVENT_SUSPENDED);
  });
}

BOOST_AUTO_TEST_CASE(what_libvirt_does_not_know_is_its_own_error) {
  run([&]() -> asio::awaitable<void> {
    events<secret_value_changed_event> secrets{conn};
    auto const [error] = co_await secrets.async_subscribe(tuple);
    BOOST_TEST(error == errc::no_support);
    BOOST_TEST(error.message().find("virConnectSecretEventRegisterAny") != std::string::npos);
    BOOST_TEST(conn.last_error().code == VIR_ERR_NO_SUPPORT);
    check_next_fails(secrets, client_errc::not_open);
  });
}

BOOST_AUTO_TEST_CASE_TEMPLATE(one_type_that_libvirt_does_not_know_fails_all_of_a_variant, Event, mixtures) {
  run([&]() -> asio::awaitable<void> {
    for (int round = 0; round != 50; ++round) {
      events<Event> mixed{conn};
      auto const [error] = co_await mixed.async_subscribe(tuple);
      BOOST_TEST(error == errc::no_support);
      check_next_fails(mixed, client_errc::not_open);
    }
    lifecycle_events lifecycle{conn};
    co_await lifecycle.async_subscribe();
    suspend_and_resume();
    co_await lifecycle.async_next();
  });
}

BOOST_AUTO_TEST_CASE(a_connection_closed_by_another_thread_leaves_no_subscription) {
  for (int round = 0; round != 50; ++round) {
    connection other{context};
    run([&]() -> asio::awaitable<void> { co_await other.async_open("test:///default"); });
    lifecycle_events lifecycle{other};
    std::jthread const closing([&] { other.close(); });
    bool ended = false;
    lifecycle.async_subscribe([&](error_code) { ended = true; });
    context.restart();
    while (!ended) context.run_one();
  }
}

BOOST_AUTO_TEST_CASE(a_function_is_a_completion_token) {
  static bool called = false;
  run([&]() -> asio::awaitable<void> {
    lifecycle_events lifecycle{conn};
    lifecycle.async_subscribe(+[](error_code) { called = true; });
    while (!called) co_await let_arrive();
  });
}

BOOST_AUTO_TEST_CASE(a_connection_that_is_not_open_has_no_events) {
  run([&]() -> asio::awaitable<void> {
    connection closed{context};
    lifecycle_events lifecycle{closed};
    auto const [error] = co_await lifecycle.async_subscribe(tuple);
    BOOST_TEST(error == client_errc::not_open);
  });
}

BOOST_AUTO_TEST_CASE(it_is_subscribed_again_after_its_end) {
  run([&]() -> asio::awaitable<void> {
    lifecycle_events lifecycle{conn};
    for (int round = 0; round != 3; ++round) {
      co_await lifecycle.async_subscribe();
      auto const [again] = co_await lifecycle.async_subscribe(tuple);
      BOOST_TEST(again == client_errc::already_open);
      suspend_and_resume();
      BOOST_TEST((co_await lifecycle.async_next()).event == VIR_DOMAIN_EVENT_SUSPENDED);
      lifecycle.unsubscribe();
    }
  });
}

BOOST_AUTO_TEST_CASE(a_sequence_that_was_moved_from_is_a_new_one) {
  run([&]() -> asio::awaitable<void> {
    lifecycle_events first{conn};
    co_await first.async_subscribe();
    lifecycle_events second{std::move(first)};
    suspend_and_resume();
    BOOST_TEST((co_await second.async_next()).event == VIR_DOMAIN_EVENT_SUSPENDED);
    check_next_fails(first, client_errc::not_open);
    co_await first.async_subscribe();
  });
}

// --- Taking them -------------------------------------------------------------------------------------------

BOOST_AUTO_TEST_CASE(an_event_reaches_who_waits_without_another_turn_of_the_context) {
  run([&]() -> asio::awaitable<void> {
    lifecycle_events lifecycle{conn};
    co_await lifecycle.async_subscribe();
    bool came_first = false;
    std::optional<bool> taken_first;
    lifecycle.async_next([&](error_code, domain_lifecycle_event) { taken_first = !came_first; });
    // The loop's round is posted before this, and the handler would be after.
    virDomainSuspend(dom.get());
    asio::post(context, [&] { came_first = true; });
    co_await let_arrive();
    BOOST_TEST(taken_first.value());
    virDomainResume(dom.get());
  });
}

BOOST_AUTO_TEST_CASE(a_cancelled_wait_loses_no_event) {
  run([&]() -> asio::awaitable<void> {
    lifecycle_events lifecycle{conn};
    co_await lifecycle.async_subscribe();
    std::optional<error_code> cancelled;
    lifecycle.async_next([&](error_code error, domain_lifecycle_event) { cancelled = error; });
    lifecycle.cancel();
    suspend_and_resume();
    BOOST_TEST((co_await lifecycle.async_next()).event == VIR_DOMAIN_EVENT_SUSPENDED);
    BOOST_TEST(*cancelled == aborted);
  });
}

BOOST_AUTO_TEST_CASE(a_loss_is_told_in_its_place_with_its_number) {
  run([&]() -> asio::awaitable<void> {
    lifecycle_events lifecycle{conn};
    co_await lifecycle.async_subscribe(with_capacity(3));
    for (int i = 0; i != 5; ++i) suspend_and_resume();
    co_await let_arrive();
    auto const [error, none] = co_await lifecycle.async_next(tuple);
    BOOST_TEST(error == client_errc::events_lost);
    BOOST_TEST(!none.dom);
    BOOST_TEST(lifecycle.lost() == 7U);
    check_next_is(lifecycle, VIR_DOMAIN_EVENT_RESUMED);
    check_next_is(lifecycle, VIR_DOMAIN_EVENT_SUSPENDED);
    check_next_is(lifecycle, VIR_DOMAIN_EVENT_RESUMED);
    BOOST_TEST(!lifecycle.try_next());
  });
}

BOOST_AUTO_TEST_CASE(what_is_read_and_what_is_lost_of_a_flood_is_what_there_was) {
  constexpr std::uint64_t pairs = 20'000;
  std::uint64_t read = 0, lost = 0;
  run([&]() -> asio::awaitable<void> {
    lifecycle_events lifecycle{conn};
    co_await lifecycle.async_subscribe(with_capacity(16));
    std::jthread const flood([&] {
      for (std::uint64_t i = 0; i != pairs; ++i) suspend_and_resume();
    });
    while (read + lost != 2 * pairs) {
      auto const [error, event] = co_await lifecycle.async_next(tuple);
      if (error == client_errc::events_lost)
        lost += lifecycle.lost();
      else if (!error)
        ++read;
      else
        throw system_error(error);
      // Slower than they come.
      co_await let_arrive();
    }
  });
  BOOST_TEST(read != 0U);
  BOOST_TEST(lost != 0U);
}

// --- The end -----------------------------------------------------------------------------------------------

BOOST_AUTO_TEST_CASE(unsubscribing_ends_the_sequence_after_what_is_in_the_queue) {
  run([&]() -> asio::awaitable<void> {
    lifecycle_events lifecycle{conn};
    co_await lifecycle.async_subscribe();
    suspend_and_resume();
    co_await let_arrive();
    lifecycle.unsubscribe();
    check_next_is(lifecycle, VIR_DOMAIN_EVENT_SUSPENDED);
    check_next_is(lifecycle, VIR_DOMAIN_EVENT_RESUMED);
    check_next_fails(lifecycle, aborted);
    auto const [error, none] = co_await lifecycle.async_next(tuple);
    BOOST_TEST(error == aborted);
    BOOST_CHECK_THROW(static_cast<void>(lifecycle.try_next()), system_error);
  });
}

BOOST_AUTO_TEST_CASE(closing_the_connection_ends_the_sequence) {
  run([&]() -> asio::awaitable<void> {
    lifecycle_events lifecycle{conn};
    co_await lifecycle.async_subscribe();
    std::optional<error_code> ended;
    lifecycle.async_next([&](error_code error, domain_lifecycle_event) { ended = error; });
    dom.reset();
    co_await conn.async_close();
    co_await let_arrive();
    BOOST_TEST(ended.value() == aborted);
    check_next_fails(lifecycle, aborted);
  });
}

BOOST_AUTO_TEST_CASE(a_call_from_inside_an_events_handler_is_answered) {
  run([&]() -> asio::awaitable<void> {
    lifecycle_events lifecycle{conn};
    co_await lifecycle.async_subscribe();
    for (int i = 0; i != 20; ++i) {
      suspend_and_resume();
      auto const event = co_await lifecycle.async_next();
      BOOST_TEST(co_await conn.async_call([&](virConnectPtr) { return virDomainIsActive(event.dom.get()); }) == 1);
    }
  });
}

BOOST_AUTO_TEST_CASE(a_thousand_subscriptions_made_and_dropped_while_events_come_leave_nothing) {
  run([&]() -> asio::awaitable<void> {
    std::jthread const flood([&](std::stop_token const& stop) {
      while (!stop.stop_requested()) suspend_and_resume();
    });
    for (int i = 0; i != 1000; ++i) {
      auto lifecycle = std::make_unique<lifecycle_events>(conn);
      // Each at another moment: while libvirt is asked, afterwards, and with an event.
      if (i % 3 == 0) {
        lifecycle->async_subscribe([](error_code) {});
      } else {
        co_await lifecycle->async_subscribe();
        if (i % 3 == 1) co_await lifecycle->async_next(tuple);
      }
    }
  });
}

BOOST_AUTO_TEST_CASE(the_context_is_destroyed_with_sequences_in_every_state) {
  auto apart = std::make_unique<asio::io_context>(1);
  connection other{context};
  run([&]() -> asio::awaitable<void> { co_await other.async_open("test:///default"); });
  bool called = false;
  auto const forbidden = [&](auto&&...) { called = true; };
  std::vector<lifecycle_events> all;
  for (int i = 0; i != 4; ++i) all.emplace_back(apart->get_executor(), other);
  all[1].async_subscribe(forbidden);
  all[2].async_subscribe(forbidden);
  all[3].async_subscribe(forbidden);
  all[3].async_next(forbidden);
  suspend_and_resume();
  apart.reset();
  BOOST_TEST(!called);
}

BOOST_AUTO_TEST_SUITE_END()
