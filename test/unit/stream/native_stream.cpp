// Copyright (c) 2026 The libvirt-asio authors
// Distributed under the Boost Software License, Version 1.0.

// How libvirt's stream is let go of.

#include <libvirt-asio/libvirt-asio.hpp>

#include "unit/support/counter.hpp"
#include "unit/support/print.hpp"

#include <boost/asio/detached.hpp>
#include <boost/asio/io_context.hpp>
#include <boost/test/unit_test.hpp>

#include <atomic>
#include <chrono>
#include <functional>
#include <future>
#include <memory>
#include <mutex>
#include <optional>
#include <utility>
#include <vector>

#include <dlfcn.h>

namespace {

namespace asio = boost::asio;
using libvirt_asio::connection;
using libvirt_asio::domain;
using libvirt_asio::error_code;
using libvirt_asio::stream;
using libvirt_asio::stream_state;

// Of one connection.
constexpr int calls_at_once = 16;

/// What is called before libvirt frees a stream, on whatever thread that happens.
class free_observer {
 public:
  void set(std::function<void()> function) {
    std::lock_guard const lock(mutex_);
    function_ = std::move(function);
  }

  void notify() {
    std::lock_guard const lock(mutex_);
    if (function_) function_();
  }

 private:
  std::mutex mutex_;
  std::function<void()> function_;
};

free_observer before_free;

/// A picture of a guest, in libvirt's test driver.
struct picture_fixture {
  auto handler() {
    return [this](error_code completed_with, auto const&...) { error = completed_with; };
  }

  picture_fixture() {
    conn.async_open("test:///default", handler());
    BOOST_REQUIRE(!result());
    auto const find = [](virConnectPtr native) { return ::virDomainLookupByName(native, "test"); };
    conn.async_call(find, [this](error_code completed_with, domain found) {
      error = completed_with;
      guest = std::move(found);
    });
    BOOST_REQUIRE(!result());
    libvirt_asio::async_open_screenshot(picture, guest.get(), handler());
    BOOST_REQUIRE(!result());
    before_free.set([this] { ask_on_another_thread(); });
  }
  // A connection is closed when all of its streams are freed, so nothing is left to the next test's observer.
  ~picture_fixture() {
    before_free.set(nullptr);
    conn.async_close(handler());
    static_cast<void>(result());
  }

  /// Runs the context until an operation has completed.
  error_code result() {
    context.restart();
    while (!error) context.run_one();
    return *std::exchange(error, std::nullopt);
  }

  /// Waits until every worker thread is done with what it has done so far: they have to be free for as many calls.
  void wait_for_workers() {
    auto const entered = std::make_shared<unit::counter>();
    auto const may_leave = std::make_shared<unit::gate>();
    for (int call = 0; call != calls_at_once; ++call)
      conn.async_call(
          [entered, may_leave](virConnectPtr) {
            ++*entered;
            may_leave->pass();
          },
          asio::detached);
    entered->wait_for(calls_at_once);
    may_leave->open();
  }

  /// Who asks for the state of the stream waits for whoever holds its mutex.
  void ask_on_another_thread() {
    answers.push_back(std::async(std::launch::async, [this] { return picture.state(); }));
    if (answers.back().wait_for(std::chrono::seconds(10)) != std::future_status::ready) was_held_up = true;
    ++freed;
  }

  /// That a stream is freed, or was, and no lock held meanwhile.
  void check_freed_without_a_lock() {
    freed.wait_for(1);
    BOOST_TEST(!was_held_up);
  }

  asio::io_context context{1};
  libvirt_asio::event_loop loop{context};
  connection conn{context};
  domain guest;
  stream picture{conn};
  std::optional<error_code> error;
  // Waited for when they are destroyed, so after the function that holds up one of them.
  std::vector<std::future<stream_state>> answers;
  unit::counter freed;
  std::atomic<bool> was_held_up = false;
};

}  // namespace

// Instead of libvirt's own, for the library too.
extern "C" int virStreamFree(virStreamPtr stream) {
  static auto* const libvirts =
      reinterpret_cast<int (*)(virStreamPtr)>(::dlsym(RTLD_NEXT, "virStreamFree"));
  before_free.notify();
  return libvirts(stream);
}

BOOST_FIXTURE_TEST_SUITE(native_stream_test, picture_fixture)

BOOST_AUTO_TEST_CASE(a_stream_that_cannot_be_opened_is_freed_without_a_lock) {
  stream other{conn};
  std::swap(picture, other);
  picture.async_open([](virStreamPtr) { return -1; }, handler());
  BOOST_TEST(!!result());
  check_freed_without_a_lock();
}

BOOST_AUTO_TEST_CASE(a_stream_that_has_ended_is_freed_without_a_lock_when_it_is_closed) {
  picture.async_abort(handler());
  BOOST_TEST(!result());
  wait_for_workers();
  BOOST_TEST(freed.count() == 0);
  picture.close();
  check_freed_without_a_lock();
}

BOOST_AUTO_TEST_SUITE_END()
