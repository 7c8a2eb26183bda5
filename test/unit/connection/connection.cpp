// Copyright (c) 2026 The libvirt-asio authors
// Distributed under the Boost Software License, Version 1.0.

// Connections to libvirt's test driver: cancellation, loss, and objects that were moved from.

#include <libvirt-asio/libvirt-asio.hpp>

#include "unit/support/print.hpp"

#include <boost/asio/bind_cancellation_slot.hpp>
#include <boost/asio/cancellation_signal.hpp>
#include <boost/asio/co_spawn.hpp>
#include <boost/asio/detached.hpp>
#include <boost/asio/io_context.hpp>
#include <boost/asio/use_awaitable.hpp>
#include <boost/test/unit_test.hpp>

#include <atomic>
#include <functional>
#include <future>
#include <mutex>
#include <optional>
#include <string>
#include <utility>

#include <dlfcn.h>

namespace {

namespace asio = boost::asio;
using libvirt_asio::client_errc;
using libvirt_asio::close_reason;
using libvirt_asio::connection;
using libvirt_asio::error_code;
using libvirt_asio::stream;

constexpr auto aborted = asio::error::operation_aborted;
constexpr auto terminal = asio::cancellation_type::terminal;
constexpr int repetitions = 50;
// Of one connection.
constexpr int calls_at_once = 16;

/// By what libvirt has been asked to tell of the loss of a connection.
struct close_callback {
  void tell_of_loss() const { function(nullptr, VIR_CONNECT_CLOSE_REASON_EOF, opaque); }

  virConnectCloseFunc function = nullptr;
  void* opaque = nullptr;
};

/// The last one that was registered, and what is called with it before that has returned.
std::mutex registering;
close_callback last_registered;
std::function<void(close_callback const&)> on_registration;

/// What an operation has completed with.
struct outcome {
  auto handler() {
    return [this](error_code completed_with, auto const&...) { error = completed_with; };
  }

  std::optional<error_code> error;
};

struct connection_fixture {
  connection_fixture() { open(); }

  /// Runs the context until the operation has completed.
  error_code result(outcome& awaited) {
    context.restart();
    while (!awaited.error) context.run_one();
    return *std::exchange(awaited.error, std::nullopt);
  }

  void open() {
    outcome opening;
    conn.async_open("test:///default", opening.handler());
    BOOST_REQUIRE(!result(opening));
  }

  void close() {
    outcome closing;
    conn.async_close(closing.handler());
    BOOST_REQUIRE(!result(closing));
  }

  void poll() {
    context.restart();
    context.poll();
  }

  /// `start(handler)` starts an operation, whose signal is emitted when it is over.
  template <class Start>
  error_code finish_with_signal(asio::cancellation_signal& signal, Start start) {
    outcome finished;
    start(asio::bind_cancellation_slot(signal.slot(), finished.handler()));
    return result(finished);
  }

  /// Has a worker thread make a call that lasts until then. It has begun when this returns: one that only waits for a
  /// thread holds up no close.
  void make_call_until(std::promise<void>& end) {
    std::promise<void> begun;
    conn.async_call(
        [&begun, until = end.get_future().share()](virConnectPtr) {
          begun.set_value();
          until.wait();
        },
        asio::detached);
    begun.get_future().wait();
  }

  asio::io_context context{1};
  libvirt_asio::event_loop loop{context};
  connection conn{context};
};

auto wait_for(std::promise<void>& promise) {
  return [until = promise.get_future().share()](virConnectPtr) { until.wait(); };
}

}  // namespace

// Instead of libvirt's own, for the library too.
extern "C" int virConnectRegisterCloseCallback(virConnectPtr connection, virConnectCloseFunc function,
                                               void* opaque, virFreeCallback free) {
  static auto* const libvirts = reinterpret_cast<decltype(&virConnectRegisterCloseCallback)>(
      ::dlsym(RTLD_NEXT, "virConnectRegisterCloseCallback"));
  int const result = libvirts(connection, function, opaque, free);
  std::lock_guard const lock(registering);
  last_registered = {function, opaque};
  if (on_registration) std::exchange(on_registration, nullptr)(last_registered);
  return result;
}

BOOST_FIXTURE_TEST_SUITE(connection_test, connection_fixture)

// --- Late cancellations ------------------------------------------------------------------------------------

BOOST_AUTO_TEST_CASE(a_late_cancellation_of_a_call_does_not_end_the_next) {
  for (int repetition = 0; repetition != repetitions; ++repetition) {
    asio::cancellation_signal signal;
    auto const nothing = [](virConnectPtr) {};
    BOOST_TEST(!finish_with_signal(signal, [&](auto handler) { conn.async_call(nothing, handler); }));
    std::promise<void> may_end;
    outcome next;
    conn.async_call(wait_for(may_end), next.handler());
    signal.emit(terminal);
    poll();
    BOOST_TEST(!next.error);
    may_end.set_value();
    BOOST_TEST(!result(next));
  }
}

BOOST_AUTO_TEST_CASE(a_late_cancellation_of_an_opening_does_not_end_the_next) {
  for (int repetition = 0; repetition != repetitions; ++repetition) {
    close();
    asio::cancellation_signal signal;
    BOOST_TEST(
        !finish_with_signal(signal, [&](auto handler) { conn.async_open("test:///default", handler); }));
    close();
    outcome next;
    conn.async_open("test:///default", next.handler());
    signal.emit(terminal);
    BOOST_TEST(!result(next));
  }
}

BOOST_AUTO_TEST_CASE(a_late_cancellation_of_a_wait_for_the_loss_does_not_end_the_next) {
  for (int repetition = 0; repetition != repetitions; ++repetition) {
    asio::cancellation_signal signal;
    auto const ended = finish_with_signal(signal, [&](auto handler) {
      conn.async_wait_closed(handler);
      conn.cancel();
    });
    BOOST_TEST(ended == aborted);
    outcome next;
    conn.async_wait_closed(next.handler());
    signal.emit(terminal);
    poll();
    BOOST_TEST(!next.error);
    conn.cancel();
    BOOST_TEST(result(next) == aborted);
  }
}

BOOST_AUTO_TEST_CASE(a_late_cancellation_of_a_close_does_not_end_the_next) {
  for (int repetition = 0; repetition != repetitions; ++repetition) {
    asio::cancellation_signal signal;
    BOOST_TEST(!finish_with_signal(signal, [&](auto handler) { conn.async_close(handler); }));
    open();
    std::promise<void> may_end;
    make_call_until(may_end);
    outcome next;
    conn.async_close(next.handler());
    signal.emit(terminal);
    poll();
    BOOST_TEST(!next.error);
    may_end.set_value();
    BOOST_TEST(!result(next));
    open();
  }
}

BOOST_AUTO_TEST_CASE(cancelling_one_of_two_closes_leaves_the_other_waiting) {
  std::promise<void> may_end;
  make_call_until(may_end);
  asio::cancellation_signal signal;
  outcome cancelled;
  outcome other;
  conn.async_close(asio::bind_cancellation_slot(signal.slot(), cancelled.handler()));
  conn.async_close(other.handler());
  signal.emit(terminal);
  BOOST_TEST(result(cancelled) == aborted);
  poll();
  BOOST_TEST(!other.error);
  may_end.set_value();
  BOOST_TEST(!result(other));
}

// --- Cancelling everything ---------------------------------------------------------------------------------

BOOST_AUTO_TEST_CASE(cancel_ends_a_call_and_a_wait_and_leaves_the_connection_open) {
  std::promise<void> may_end;
  outcome call;
  outcome wait;
  conn.async_call(wait_for(may_end), call.handler());
  conn.async_wait_closed(wait.handler());
  conn.cancel();
  BOOST_TEST(result(call) == aborted);
  BOOST_TEST(result(wait) == aborted);
  BOOST_TEST(conn.is_open());
  may_end.set_value();
}

BOOST_AUTO_TEST_CASE(a_call_cancelled_while_it_waits_for_a_worker_is_never_made) {
  std::promise<void> may_end;
  auto const blocks = wait_for(may_end);
  for (int call = 0; call != calls_at_once; ++call) conn.async_call(blocks, asio::detached);
  std::atomic<bool> is_made{false};
  outcome waiting;
  conn.async_call([&](virConnectPtr) { is_made = true; }, waiting.handler());
  conn.cancel();
  BOOST_TEST(result(waiting) == aborted);
  may_end.set_value();
  close();
  BOOST_TEST(!is_made);
}

BOOST_AUTO_TEST_CASE(cancel_ends_every_close) {
  std::promise<void> may_end;
  make_call_until(may_end);
  outcome first;
  outcome second;
  conn.async_close(first.handler());
  conn.async_close(second.handler());
  conn.cancel();
  BOOST_TEST(result(first) == aborted);
  BOOST_TEST(result(second) == aborted);
  may_end.set_value();
}

// --- Calls that go on to their end --------------------------------------------------------------------------

struct call_to_end_fixture : connection_fixture {
  /// Has a worker thread make such a call. It has begun when this returns.
  call_to_end_fixture() {
    libvirt_asio::detail::async_call(
        libvirt_asio::detail::core_access::of(conn), context.get_executor(),
        libvirt_asio::detail::waits_for::files_to_end,
        [this](virConnectPtr) {
          begun.set_value();
          may_end.get_future().wait();
        },
        handler);
    begun.get_future().wait();
  }

  std::promise<void> begun;
  std::promise<void> may_end;
  outcome call;
  decltype(call.handler()) handler = call.handler();
};

BOOST_FIXTURE_TEST_CASE(a_call_that_goes_on_to_its_end_is_not_ended_by_cancelling_or_closing, call_to_end_fixture) {
  conn.cancel();
  conn.close();
  poll();
  BOOST_TEST(!call.error);
  may_end.set_value();
  BOOST_TEST(!result(call));
}

BOOST_FIXTURE_TEST_CASE(a_graceful_close_waits_for_a_call_that_goes_on_to_its_end, call_to_end_fixture) {
  outcome closing;
  conn.async_close(closing.handler());
  poll();
  BOOST_TEST(!closing.error);
  may_end.set_value();
  BOOST_TEST(!result(call));
  BOOST_TEST((closing.error || !result(closing)));
}

// --- Lost --------------------------------------------------------------------------------------------------

BOOST_AUTO_TEST_CASE(a_loss_that_libvirt_tells_of_ends_the_wait_for_it) {
  outcome wait;
  close_reason reason{};
  conn.async_wait_closed([&](error_code error, close_reason told) {
    wait.error = error;
    reason = told;
  });
  last_registered.tell_of_loss();
  BOOST_TEST(!result(wait));
  BOOST_TEST((reason == close_reason::eof));
}

BOOST_AUTO_TEST_CASE(a_loss_that_comes_while_the_connection_is_being_opened_ends_a_later_wait) {
  close();
  on_registration = &close_callback::tell_of_loss;
  open();
  outcome wait;
  conn.async_wait_closed(wait.handler());
  BOOST_TEST(!result(wait));
}

BOOST_AUTO_TEST_CASE(a_late_close_callback_of_a_former_connection_leaves_the_new_one_alone) {
  auto const former = last_registered;
  close();
  open();
  outcome wait;
  conn.async_wait_closed(wait.handler());
  former.tell_of_loss();
  poll();
  BOOST_TEST(!wait.error);
  outcome call;
  conn.async_call([](virConnectPtr) {}, call.handler());
  BOOST_TEST(!result(call));
  last_registered.tell_of_loss();
  BOOST_TEST(!result(wait));
}

// --- Moved from --------------------------------------------------------------------------------------------

BOOST_AUTO_TEST_CASE(a_connection_goes_on_as_one_with_another_executor_type) {
  libvirt_asio::basic_connection<asio::io_context::executor_type> source{context};
  outcome opening;
  source.async_open("test:///default", opening.handler());
  BOOST_REQUIRE(!result(opening));
  connection const moved = std::move(source);
  BOOST_TEST(moved.is_open());
  BOOST_TEST(!source.is_open());
}

BOOST_AUTO_TEST_CASE(a_connection_can_have_a_default_completion_token) {
  auto awaiting = asio::use_awaitable.as_default_on(std::move(conn));
  std::optional<int> called;
  auto body = [&]() -> asio::awaitable<void> {
    called = co_await awaiting.async_call([](virConnectPtr) { return 7; });
  };
  outcome ended;
  asio::co_spawn(context, body(), [&](std::exception_ptr const& thrown) {
    BOOST_TEST(!thrown);
    ended.error = error_code();
  });
  BOOST_TEST(!result(ended));
  BOOST_TEST(called.value_or(0) == 7);
}

BOOST_AUTO_TEST_CASE(a_connection_that_was_moved_from_is_one_that_was_never_opened) {
  connection const moved = std::move(conn);
  BOOST_TEST(moved.is_open());
  BOOST_TEST(!conn.is_open());
  BOOST_TEST(conn.last_error().code == 0);
  conn.cancel();
  conn.close();
  outcome call;
  conn.async_call([](virConnectPtr) {}, call.handler());
  BOOST_TEST(result(call) == client_errc::not_open);
  outcome wait;
  conn.async_wait_closed(wait.handler());
  BOOST_TEST(result(wait) == client_errc::not_open);
  close();
}

BOOST_AUTO_TEST_CASE(a_connection_that_was_moved_from_can_be_opened_again) {
  connection const moved = std::move(conn);
  open();
  BOOST_TEST(conn.is_open());
  BOOST_TEST(conn.native_handle() != moved.native_handle());
}

BOOST_AUTO_TEST_CASE(a_stream_of_a_connection_that_was_moved_from_opens_when_that_is_open_again) {
  connection const moved = std::move(conn);
  stream target{conn};
  outcome opening;
  target.async_open([](virStreamPtr) { return -1; }, opening.handler());
  BOOST_TEST(result(opening) == client_errc::not_open);
  open();
  target.async_open([](virStreamPtr) {}, opening.handler());
  BOOST_TEST(result(opening) != client_errc::not_open);
}

BOOST_AUTO_TEST_SUITE_END()
