// Copyright (c) 2026 The libvirt-asio authors
// Distributed under the Boost Software License, Version 1.0.

#include "worker/worker_threads.hpp"

#include "unit/support/counter.hpp"
#include "unit/support/function_task.hpp"

#include <boost/test/unit_test.hpp>

#include <pthread.h>

#include <csignal>
#include <cstddef>
#include <memory>
#include <thread>
#include <utility>

namespace {

using libvirt_asio::detail::worker_threads;
using unit::counter;
using unit::gate;
using unit::make_task;

/// No thread can be made while it lives: each would get a larger stack than there is memory.
class no_more_threads {
 public:
  no_more_threads() {
    ::pthread_getattr_default_np(&former_);
    pthread_attr_t impossible;
    ::pthread_getattr_default_np(&impossible);
    ::pthread_attr_setstacksize(&impossible, std::size_t{1} << 56);
    BOOST_REQUIRE(::pthread_setattr_default_np(&impossible) == 0);
    ::pthread_attr_destroy(&impossible);
  }
  ~no_more_threads() {
    ::pthread_setattr_default_np(&former_);
    ::pthread_attr_destroy(&former_);
  }
  no_more_threads(no_more_threads const&) = delete;
  no_more_threads& operator=(no_more_threads const&) = delete;

 private:
  pthread_attr_t former_{};
};

}  // namespace

BOOST_AUTO_TEST_SUITE(worker_threads_test)

BOOST_AUTO_TEST_CASE(a_task_runs_on_another_thread) {
  auto const ran = std::make_shared<counter>();
  std::thread::id thread;
  worker_threads::instance().run(make_task([&thread, ran] {
    thread = std::this_thread::get_id();
    ++*ran;
  }));
  ran->wait_for(1);
  BOOST_TEST((thread != std::this_thread::get_id()));
}

BOOST_AUTO_TEST_CASE(tasks_that_block_do_not_hold_up_others) {
  constexpr int count = 40;
  auto const running = std::make_shared<counter>();
  auto const ended = std::make_shared<counter>();
  auto const blocked = std::make_shared<gate>();
  for (int i = 0; i != count; ++i)
    worker_threads::instance().run(make_task([=] {
      ++*running;
      blocked->pass();
      ++*ended;
    }));
  running->wait_for(count);
  BOOST_TEST(ended->count() == 0);
  blocked->open();
  ended->wait_for(count);
  BOOST_TEST(running->count() == count);
}

BOOST_AUTO_TEST_CASE(a_task_waits_for_a_thread_when_the_system_has_none_left) {
  // More than may be idle.
  constexpr int count = 64;
  auto const running = std::make_shared<counter>();
  auto const blocked = std::make_shared<gate>();
  for (int i = 0; i != count; ++i)
    worker_threads::instance().run(make_task([=] {
      ++*running;
      blocked->pass();
    }));
  running->wait_for(count);
  auto const ran = std::make_shared<counter>();
  {
    no_more_threads const none;
    worker_threads::instance().run(make_task([ran] { ++*ran; }));
  }
  BOOST_TEST(ran->count() == 0);
  blocked->open();
  ran->wait_for(1);
}

BOOST_AUTO_TEST_CASE(a_task_is_let_go_by_the_thread_that_ran_it) {
  auto const let_go = std::make_shared<counter>();
  std::thread::id thread;
  {
    std::shared_ptr<void> held(nullptr, [&thread, let_go](void*) {
      thread = std::this_thread::get_id();
      ++*let_go;
    });
    worker_threads::instance().run(make_task([held = std::move(held)] {}));
  }
  let_go->wait_for(1);
  BOOST_TEST((thread != std::this_thread::get_id()));
}

BOOST_AUTO_TEST_CASE(signals_are_left_to_the_threads_of_the_program) {
  auto const ran = std::make_shared<counter>();
  sigset_t blocked;
  worker_threads::instance().run(make_task([&blocked, ran] {
    pthread_sigmask(SIG_BLOCK, nullptr, &blocked);
    ++*ran;
  }));
  ran->wait_for(1);
  for (int const signal : {SIGINT, SIGTERM, SIGCHLD, SIGPIPE}) BOOST_TEST(sigismember(&blocked, signal) == 1);
}

BOOST_AUTO_TEST_SUITE_END()
