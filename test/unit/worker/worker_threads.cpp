// Copyright (c) 2026 The libvirt-asio authors
// Distributed under the Boost Software License, Version 1.0.

#include "worker/worker_threads.hpp"

#include "unit/support/counter.hpp"
#include "unit/support/function_task.hpp"

#include <boost/test/unit_test.hpp>

#include <csignal>
#include <memory>
#include <thread>
#include <utility>

namespace {

using libvirt_asio::detail::worker_threads;
using unit::counter;
using unit::gate;
using unit::make_task;

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
