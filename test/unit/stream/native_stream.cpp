// Copyright (c) 2026 The libvirt-asio authors
// Distributed under the Boost Software License, Version 1.0.

// How libvirt's stream is let go of.

#include <libvirt-asio/libvirt-asio.hpp>

#include "unit/support/counter.hpp"
#include "unit/support/picture_session.hpp"
#include "unit/support/print.hpp"

#include <boost/test/unit_test.hpp>

#include <atomic>
#include <chrono>
#include <functional>
#include <future>
#include <mutex>
#include <utility>
#include <vector>

#include <dlfcn.h>

namespace {

using libvirt_asio::stream;
using libvirt_asio::stream_state;

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

struct native_stream_fixture : unit::picture_session {
  native_stream_fixture() {
    open_picture();
    before_free.set([this] { ask_on_another_thread(); });
  }
  // A connection is closed when all of its streams are freed, so nothing is left to the next test's observer.
  ~native_stream_fixture() {
    before_free.set(nullptr);
    conn.async_close(handler());
    static_cast<void>(result());
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

BOOST_FIXTURE_TEST_SUITE(native_stream_test, native_stream_fixture)

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
  // The worker thread lets go of the stream after it has completed the abort.
  occupy_workers()->open();
  BOOST_TEST(freed.count() == 0);
  picture.close();
  check_freed_without_a_lock();
}

BOOST_AUTO_TEST_SUITE_END()
