// Copyright (c) 2026 The libvirt-asio authors
// Distributed under the Boost Software License, Version 1.0.

// Connections and streams, with libvirt's test driver inside the process.

#include <libvirt-asio/libvirt-asio.hpp>

#include "unit/support/counter.hpp"
#include "unit/support/print.hpp"

#include <boost/asio/as_tuple.hpp>
#include <boost/asio/awaitable.hpp>
#include <boost/asio/co_spawn.hpp>
#include <boost/asio/detached.hpp>
#include <boost/asio/experimental/awaitable_operators.hpp>
#include <boost/asio/io_context.hpp>
#include <boost/asio/post.hpp>
#include <boost/asio/read.hpp>
#include <boost/asio/steady_timer.hpp>
#include <boost/asio/strand.hpp>
#include <boost/asio/thread_pool.hpp>
#include <boost/asio/use_awaitable.hpp>
#include <boost/mp11/list.hpp>
#include <boost/test/unit_test.hpp>

#include <chrono>
#include <cstdlib>
#include <exception>
#include <functional>
#include <future>
#include <memory>
#include <optional>
#include <string>
#include <thread>
#include <tuple>
#include <utility>
#include <vector>

namespace {

namespace asio = boost::asio;
using libvirt_asio::client_errc;
using libvirt_asio::connection;
using libvirt_asio::domain;
using libvirt_asio::errc;
using libvirt_asio::error_code;
using libvirt_asio::event_loop;
using libvirt_asio::stream;
using libvirt_asio::stream_events;
using libvirt_asio::stream_state;
using namespace asio::experimental::awaitable_operators;

constexpr auto as_tuple = asio::as_tuple(asio::use_awaitable);
constexpr auto aborted = asio::error::operation_aborted;

/// What a test case runs its coroutine on.
struct single_threaded {
  asio::io_context context{1};

  void run() { context.run(); }
};

struct multi_threaded {
  asio::io_context context;

  void run() {
    std::vector<std::jthread> threads;
    for (int i = 0; i != 4; ++i) threads.emplace_back([this] { context.run(); });
  }
};

struct pooled {
  asio::thread_pool context{4};

  void run() { context.join(); }
};

using contexts = boost::mp11::mp_list<single_threaded, multi_threaded, pooled>;

/// Runs a coroutine, then has the loop drain: whatever is left registered would make it hang.
template <class Context, class Body>
void run(Body body) {
  Context runner;
  event_loop loop{runner.context};
  connection conn{runner.context};
  std::exception_ptr failure;
  bool idle = false;
  auto const main = [&]() -> asio::awaitable<void> {
    co_await conn.async_open("test:///default", asio::use_awaitable);
    co_await body(conn);
    co_await conn.async_close(asio::use_awaitable);
    co_await loop.async_drain(asio::use_awaitable);
    idle = loop.idle();
  };
  asio::co_spawn(asio::make_strand(runner.context), main,
                 [&](std::exception_ptr thrown) { failure = thrown; });
  runner.run();
  if (failure) std::rethrow_exception(failure);
  BOOST_TEST(idle);
}

asio::awaitable<domain> find_test_domain(connection& conn) {
  co_return co_await conn.async_call([](virConnectPtr c) { return ::virDomainLookupByName(c, "test"); },
                                     asio::use_awaitable);
}

asio::awaitable<std::string> open_screenshot(connection& conn, stream& picture) {
  auto const dom = co_await find_test_domain(conn);
  co_return co_await libvirt_asio::async_open_screenshot(picture, dom.get(), asio::use_awaitable);
}

/// What a call returns: a worker thread is held up when it hands that over to the handler.
class held_up_value {
 public:
  struct gates {
    unit::gate handed_over;
    unit::gate may_go_on;
  };

  held_up_value() = default;
  explicit held_up_value(gates& at) : at_(&at) {}
  held_up_value(held_up_value&& other) noexcept : at_(std::exchange(other.at_, nullptr)) {
    if (!std::exchange(other.is_stored_, false) || at_ == nullptr) return;
    at_->handed_over.open();
    at_->may_go_on.pass();
  }
  held_up_value& operator=(held_up_value&& other) noexcept {
    at_ = std::exchange(other.at_, nullptr);
    is_stored_ = true;
    return *this;
  }
  ~held_up_value() = default;

 private:
  gates* at_ = nullptr;
  bool is_stored_ = false;
};

asio::awaitable<std::string> read_to_end(stream& picture) {
  std::string bytes;
  auto const [error, size] =
      co_await asio::async_read(picture, asio::dynamic_buffer(bytes), asio::transfer_all(), as_tuple);
  BOOST_TEST(error == asio::error::eof);
  BOOST_TEST(size == bytes.size());
  co_return bytes;
}

asio::awaitable<bool> destroy(std::optional<stream>& destroyed) {
  destroyed.reset();
  co_return true;
}

/// The lifecycle events of a connection, registered through libvirt's own function.
class lifecycle_events {
 public:
  explicit lifecycle_events(virConnectPtr owner)
      : owner_(owner),
        // By a type from which newer Clangs let a function be cast to any other.
        id_(::virConnectDomainEventRegisterAny(owner, nullptr, VIR_DOMAIN_EVENT_ID_LIFECYCLE,
                                               VIR_DOMAIN_EVENT_CALLBACK(reinterpret_cast<void (*)()>(&note)), this,
                                               nullptr)) {}

  [[nodiscard]] int id() const { return id_; }
  int deregister() const { return ::virConnectDomainEventDeregisterAny(owner_, id_); }

  void on_each(std::function<void(int)> seen) { seen_ = std::move(seen); }

 private:
  static int note(virConnectPtr, virDomainPtr, int event, int, void* self) {
    static_cast<lifecycle_events*>(self)->seen_(event);
    return 0;
  }

  std::function<void(int)> seen_ = [](int) {};
  virConnectPtr const owner_;
  int const id_;
};

}  // namespace

BOOST_AUTO_TEST_SUITE(test_driver_test)

// --- Connections

BOOST_AUTO_TEST_CASE_TEMPLATE(a_connection_is_opened_and_closed, Context, contexts) {
  run<Context>([](connection& conn) -> asio::awaitable<void> {
    BOOST_TEST(conn.is_open());
    BOOST_TEST(::virConnectIsAlive(conn.native_handle()) == 1);
    auto const [again] = co_await conn.async_open("test:///default", as_tuple);
    BOOST_TEST(again == client_errc::already_open);
    co_await conn.async_close(asio::use_awaitable);
    BOOST_TEST(!conn.is_open());
    BOOST_TEST(conn.native_handle() == nullptr);
    auto const [closed, none] = co_await conn.async_call([](virConnectPtr) { return 0; }, as_tuple);
    BOOST_TEST(closed == client_errc::not_open);
    co_await conn.async_open("test:///default", asio::use_awaitable);
    BOOST_TEST(conn.is_open());
  });
}

BOOST_AUTO_TEST_CASE(without_an_event_loop_a_connection_does_not_open) {
  asio::io_context context;
  connection conn{context};
  error_code opened;
  conn.async_open("test:///default", [&](error_code error) { opened = error; });
  context.run();
  BOOST_TEST(opened == client_errc::no_event_loop);
}

BOOST_AUTO_TEST_CASE_TEMPLATE(the_message_of_an_error_is_that_of_libvirt, Context, contexts) {
  run<Context>([](connection& conn) -> asio::awaitable<void> {
    auto const lookup = [](virConnectPtr c) { return ::virStoragePoolLookupByName(c, "vmm"); };
    auto const [error, pool] = co_await conn.async_call(lookup, as_tuple);
    BOOST_TEST(error == errc::no_storage_pool);
    BOOST_TEST(error.message().find("vmm") != std::string::npos);
    BOOST_TEST(!pool);
    std::string what;
    try {
      co_await conn.async_call(lookup, asio::use_awaitable);
    } catch (boost::system::system_error const& thrown) {
      what = thrown.what();
    }
    BOOST_TEST(what.find("vmm") != std::string::npos);
  });
}

BOOST_AUTO_TEST_CASE_TEMPLATE(the_last_error_is_known_when_a_call_completes, Context, contexts) {
  run<Context>([](connection& conn) -> asio::awaitable<void> {
    int known = 0;
    for (int i = 0; i != 100; ++i) {
      auto const name = std::to_string(i);
      auto const lookup = [&](virConnectPtr c) { return ::virStoragePoolLookupByName(c, name.c_str()); };
      auto const [error, pool] = co_await conn.async_call(lookup, as_tuple);
      known += error.failed() && conn.last_error().message == error.message() ? 1 : 0;
    }
    BOOST_TEST(known == 100);
  });
}

BOOST_AUTO_TEST_CASE_TEMPLATE(a_connection_of_libvirts_is_adopted, Context, contexts) {
  run<Context>([](connection& conn) -> asio::awaitable<void> {
    connection adopted{conn.get_executor(), ::virConnectOpen("test:///default")};
    BOOST_TEST(adopted.is_open());
    auto const dom = co_await find_test_domain(adopted);
    BOOST_TEST(std::string(::virDomainGetName(dom.get())) == "test");
    co_await adopted.async_close(asio::use_awaitable);
    BOOST_TEST(!adopted.is_open());
  });
}

// --- Events

BOOST_AUTO_TEST_CASE_TEMPLATE(a_callback_of_libvirts_sees_a_domain_stop_and_start, Context, contexts) {
  run<Context>([](connection& conn) -> asio::awaitable<void> {
    auto const dom = co_await find_test_domain(conn);
    lifecycle_events events(conn.native_handle());
    BOOST_TEST_REQUIRE(events.id() >= 0);
    auto const strand = co_await asio::this_coro::executor;
    std::vector<int> seen;
    asio::steady_timer news(strand, asio::steady_timer::time_point::max());
    events.on_each([&](int event) {
      asio::post(strand, [&, event] {
        seen.push_back(event);
        if (seen.size() == 2) news.cancel();
      });
    });
    co_await conn.async_call([&](virConnectPtr) { return ::virDomainDestroy(dom.get()); },
                             asio::use_awaitable);
    co_await conn.async_call([&](virConnectPtr) { return ::virDomainCreate(dom.get()); },
                             asio::use_awaitable);
    if (seen.size() < 2) co_await news.async_wait(as_tuple);
    std::vector<int> const expected{VIR_DOMAIN_EVENT_STOPPED, VIR_DOMAIN_EVENT_STARTED};
    BOOST_TEST(seen == expected, boost::test_tools::per_element());
    BOOST_TEST(events.deregister() == 0);
  });
}

// --- Streams

BOOST_AUTO_TEST_CASE_TEMPLATE(a_screenshot_is_read_to_its_end_and_finished, Context, contexts) {
  run<Context>([](connection& conn) -> asio::awaitable<void> {
    stream picture{conn};
    auto const mime_type = co_await open_screenshot(conn, picture);
    BOOST_TEST(mime_type == "image/png");
    BOOST_TEST(picture.is_open());
    auto const bytes = co_await read_to_end(picture);
    BOOST_TEST(bytes.substr(0, 8) == "\x89PNG\r\n\x1a\n");
    BOOST_TEST(bytes.find("IEND") != std::string::npos);
    char byte;
    auto const [again, size] = co_await picture.async_read_some(asio::buffer(&byte, 1), as_tuple);
    BOOST_TEST(again == asio::error::eof);
    BOOST_TEST(size == 0U);
    co_await picture.async_finish(asio::use_awaitable);
    BOOST_TEST(picture.state() == stream_state::finished);
  });
}

BOOST_AUTO_TEST_CASE_TEMPLATE(a_screenshot_is_whole_however_it_is_read, Context, contexts) {
  run<Context>([](connection& conn) -> asio::awaitable<void> {
    stream whole_picture{conn};
    co_await open_screenshot(conn, whole_picture);
    auto const whole = co_await read_to_end(whole_picture);
    stream picture{conn};
    co_await open_screenshot(conn, picture);
    std::string bytes;
    for (;;) {
      char few[701];
      auto const [error, size] = co_await picture.async_read_some(asio::buffer(few), as_tuple);
      bytes.append(few, size);
      if (error) break;
    }
    BOOST_TEST((bytes == whole));
  });
}

BOOST_AUTO_TEST_CASE_TEMPLATE(a_stream_is_opened_again_after_it_was_closed_or_ended, Context, contexts) {
  run<Context>([](connection& conn) -> asio::awaitable<void> {
    stream picture{conn};
    for (int i = 0; i != 3; ++i) {
      co_await open_screenshot(conn, picture);
      auto const bytes_read = co_await read_to_end(picture);
      BOOST_TEST(bytes_read.size() > 8U);
      if (i == 0) picture.close();
      if (i == 1) co_await picture.async_finish(asio::use_awaitable);
    }
  });
}

BOOST_AUTO_TEST_CASE_TEMPLATE(a_stream_may_be_destroyed_half_read, Context, contexts) {
  run<Context>([](connection& conn) -> asio::awaitable<void> {
    for (int i = 0; i != 10; ++i) {
      stream picture{conn};
      co_await open_screenshot(conn, picture);
      char byte;
      auto const size = co_await picture.async_read_some(asio::buffer(&byte, 1), asio::use_awaitable);
      BOOST_TEST(size == 1U);
    }
  });
}

BOOST_AUTO_TEST_CASE_TEMPLATE(a_read_of_a_stream_that_is_destroyed_is_aborted_or_done, Context, contexts) {
  run<Context>([](connection& conn) -> asio::awaitable<void> {
    for (int i = 0; i != 10; ++i) {
      std::optional<stream> picture{conn};
      co_await open_screenshot(conn, *picture);
      char buffer[100];
      auto const [error, size, destroyed] =
          co_await (picture->async_read_some(asio::buffer(buffer), as_tuple) && destroy(picture));
      BOOST_TEST((error == aborted || size != 0));
    }
  });
}

BOOST_AUTO_TEST_CASE_TEMPLATE(a_stream_is_aborted_and_then_refuses_everything, Context, contexts) {
  run<Context>([](connection& conn) -> asio::awaitable<void> {
    stream picture{conn};
    co_await open_screenshot(conn, picture);
    co_await picture.async_abort(asio::use_awaitable);
    BOOST_TEST(picture.state() == stream_state::aborted);
    char byte;
    auto const [read, bytes] = co_await picture.async_read_some(asio::buffer(&byte, 1), as_tuple);
    BOOST_TEST(read == client_errc::not_open);
    auto const [finish] = co_await picture.async_finish(as_tuple);
    BOOST_TEST(finish == client_errc::not_open);
    auto const [abort] = co_await picture.async_abort(as_tuple);
    BOOST_TEST(abort == client_errc::not_open);
  });
}

BOOST_AUTO_TEST_CASE_TEMPLATE(a_stream_that_was_not_opened_refuses_everything, Context, contexts) {
  run<Context>([](connection& conn) -> asio::awaitable<void> {
    stream never{conn};
    BOOST_TEST(never.state() == stream_state::closed);
    BOOST_TEST(never.native_handle() == nullptr);
    char byte = 0;
    auto const [read, bytes] = co_await never.async_read_some(asio::buffer(&byte, 1), as_tuple);
    BOOST_TEST(read == client_errc::not_open);
    auto const [write, written] = co_await never.async_write_some(asio::buffer(&byte, 1), as_tuple);
    BOOST_TEST(write == client_errc::not_open);
    auto const [wait, events] = co_await never.async_wait(stream_events::readable, as_tuple);
    BOOST_TEST(wait == client_errc::not_open);
    auto const [finish] = co_await never.async_finish(as_tuple);
    BOOST_TEST(finish == client_errc::not_open);
    error_code error;
    BOOST_TEST(never.read_some(asio::buffer(&byte, 1), error) == 0U);
    BOOST_TEST(error == client_errc::not_open);
  });
}

BOOST_AUTO_TEST_CASE_TEMPLATE(a_stream_that_is_open_is_not_opened_again, Context, contexts) {
  run<Context>([](connection& conn) -> asio::awaitable<void> {
    stream picture{conn};
    co_await open_screenshot(conn, picture);
    auto const dom = co_await find_test_domain(conn);
    auto const [error, type] = co_await libvirt_asio::async_open_screenshot(picture, dom.get(), as_tuple);
    BOOST_TEST(error == client_errc::already_open);
    auto const bytes_read = co_await read_to_end(picture);
    BOOST_TEST(bytes_read.size() > 8U);
  });
}

BOOST_AUTO_TEST_CASE_TEMPLATE(a_null_domain_gives_the_error_of_libvirt, Context, contexts) {
  run<Context>([](connection& conn) -> asio::awaitable<void> {
    stream picture{conn};
    auto const [error, type] = co_await libvirt_asio::async_open_screenshot(picture, nullptr, as_tuple);
    BOOST_TEST(error == errc::invalid_domain);
    BOOST_TEST(picture.last_error().code == VIR_ERR_INVALID_DOMAIN);
    BOOST_TEST(picture.state() == stream_state::closed);
    co_await open_screenshot(conn, picture);
    BOOST_TEST(picture.is_open());
  });
}

BOOST_AUTO_TEST_CASE_TEMPLATE(a_read_of_nothing_completes_with_nothing, Context, contexts) {
  run<Context>([](connection& conn) -> asio::awaitable<void> {
    stream picture{conn};
    co_await open_screenshot(conn, picture);
    auto const [read, none] = co_await picture.async_read_some(asio::mutable_buffer(), as_tuple);
    BOOST_TEST(!read);
    BOOST_TEST(none == 0U);
    auto const bytes_read = co_await read_to_end(picture);
    BOOST_TEST(bytes_read.size() > 8U);
  });
}

// On one thread, so that the first cannot complete before the second is started.
BOOST_AUTO_TEST_CASE(two_reads_at_once_are_one_too_many) {
  run<single_threaded>([](connection& conn) -> asio::awaitable<void> {
    stream picture{conn};
    co_await open_screenshot(conn, picture);
    char first[4], second[4];
    auto const [error, size, refused] = co_await (picture.async_read_some(asio::buffer(first), as_tuple) &&
                                                  picture.async_read_some(asio::buffer(second), as_tuple));
    BOOST_TEST((refused == std::tuple<error_code, std::size_t>(client_errc::operation_in_progress, 0)));
    BOOST_TEST(!error);
    BOOST_TEST_REQUIRE(size != 0U);
    std::string const bytes(first, size);
    BOOST_TEST(bytes == std::string("\x89PNG").substr(0, bytes.size()));
  });
}

BOOST_AUTO_TEST_CASE_TEMPLATE(a_screenshot_becomes_readable, Context, contexts) {
  run<Context>([](connection& conn) -> asio::awaitable<void> {
    stream picture{conn};
    co_await open_screenshot(conn, picture);
    auto const events = co_await picture.async_wait(stream_events::readable, asio::use_awaitable);
    BOOST_TEST(events == stream_events::readable);
    auto const bytes_read = co_await read_to_end(picture);
    BOOST_TEST(bytes_read.size() > 8U);
    auto const at_end = co_await picture.async_wait(stream_events::readable, asio::use_awaitable);
    BOOST_TEST(at_end == stream_events::readable);
  });
}

BOOST_AUTO_TEST_CASE_TEMPLATE(closing_the_connection_ends_its_streams, Context, contexts) {
  run<Context>([](connection& conn) -> asio::awaitable<void> {
    stream picture{conn};
    co_await open_screenshot(conn, picture);
    co_await conn.async_close(asio::use_awaitable);
    char byte;
    auto const [error, size] = co_await picture.async_read_some(asio::buffer(&byte, 1), as_tuple);
    BOOST_TEST(error == client_errc::not_open);
    BOOST_TEST(picture.state() == stream_state::closed);
  });
}

BOOST_AUTO_TEST_CASE_TEMPLATE(a_stream_of_libvirts_is_adopted, Context, contexts) {
  run<Context>([](connection& conn) -> asio::awaitable<void> {
    auto const dom = co_await find_test_domain(conn);
    virStreamPtr const made = ::virStreamNew(conn.native_handle(), VIR_STREAM_NONBLOCK);
    std::free(::virDomainScreenshot(dom.get(), made, 0, 0));
    stream picture{conn, made};
    BOOST_TEST(picture.is_open());
    BOOST_TEST(picture.native_handle() == made);
    auto const bytes = co_await read_to_end(picture);
    BOOST_TEST(bytes.substr(1, 3) == "PNG");
  });
}

BOOST_AUTO_TEST_CASE_TEMPLATE(a_stream_can_be_moved, Context, contexts) {
  run<Context>([](connection& conn) -> asio::awaitable<void> {
    stream first{conn};
    co_await open_screenshot(conn, first);
    stream second{std::move(first)};
    stream third{conn};
    third = std::move(second);
    auto const bytes_read = co_await read_to_end(third);
    BOOST_TEST(bytes_read.size() > 8U);
  });
}

// --- Orders of destruction

BOOST_AUTO_TEST_CASE(an_io_context_may_be_destroyed_with_a_stream_open) {
  std::optional<connection> conn;
  std::optional<stream> picture;
  bool completed = false;
  std::optional<event_loop> loop;
  auto const alive = std::make_shared<int>();
  char buffer[100];
  {
    asio::io_context context;
    loop.emplace(context);
    conn.emplace(context);
    asio::co_spawn(
        context,
        [&]() -> asio::awaitable<void> {
          co_await conn->async_open("test:///default", asio::use_awaitable);
          picture.emplace(*conn);
          co_await open_screenshot(*conn, *picture);
          picture->async_read_some(asio::buffer(buffer),
                                   [alive, &completed](error_code, std::size_t) { completed = true; });
          context.stop();
        },
        asio::detached);
    context.run();
  }
  BOOST_TEST(!completed);
  BOOST_TEST(alive.use_count() == 1);
  BOOST_TEST(!conn->is_open());
}

BOOST_AUTO_TEST_CASE(destroying_an_io_context_waits_for_the_worker_thread_that_completes_a_call) {
  held_up_value::gates gates;
  std::optional<connection> conn;
  std::optional<event_loop> loop;
  std::optional<asio::io_context> context(std::in_place);
  loop.emplace(*context);
  conn.emplace(*context);
  conn->async_open("test:///default", [&](error_code) {
    conn->async_call([&](virConnectPtr) { return held_up_value(gates); }, [](error_code, held_up_value) {});
    context->stop();
  });
  context->run();
  gates.handed_over.pass();
  auto const destroyed = std::async(std::launch::async, [&] { context.reset(); });
  // Nothing is to happen until the worker thread goes on.
  bool const too_early = destroyed.wait_for(std::chrono::milliseconds(50)) == std::future_status::ready;
  gates.may_go_on.open();
  destroyed.wait();
  BOOST_TEST(!too_early);
}

BOOST_AUTO_TEST_CASE(the_event_loop_may_be_destroyed_before_its_connections) {
  asio::io_context context;
  std::optional<event_loop> loop(context);
  connection conn{context};
  stream picture{conn};
  asio::co_spawn(
      context,
      [&]() -> asio::awaitable<void> {
        co_await conn.async_open("test:///default", asio::use_awaitable);
        co_await open_screenshot(conn, picture);
        loop.reset();
        co_await conn.async_close(asio::use_awaitable);
      },
      asio::detached);
  context.run();
  BOOST_TEST(!conn.is_open());
  BOOST_TEST(picture.state() == stream_state::closed);
}

BOOST_AUTO_TEST_SUITE_END()
