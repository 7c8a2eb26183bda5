// Copyright (c) 2026 The libvirt-asio authors
// Distributed under the Boost Software License, Version 1.0.

#include "worker/bounded_queue.hpp"

#include "unit/support/counter.hpp"
#include "unit/support/function_task.hpp"

#include <boost/test/unit_test.hpp>

#include <algorithm>
#include <atomic>
#include <memory>
#include <numeric>
#include <thread>
#include <vector>

namespace {

using libvirt_asio::detail::bounded_queue;
using unit::counter;
using unit::gate;
using unit::journal;
using unit::make_task;

/// Tasks that all wait at one gate.
struct blocked_tasks {
  void submit_to(bounded_queue& target, int count) const {
    for (int i = 0; i != count; ++i)
      target.submit(make_task([running = running, ended = ended, blocked = blocked] {
        ++*running;
        blocked->pass();
        ++*ended;
      }));
  }

  std::shared_ptr<counter> running = std::make_shared<counter>();
  std::shared_ptr<counter> ended = std::make_shared<counter>();
  std::shared_ptr<gate> blocked = std::make_shared<gate>();
};

}  // namespace

BOOST_AUTO_TEST_SUITE(bounded_queue_test)

BOOST_AUTO_TEST_CASE(no_more_tasks_run_at_once_than_the_limit_allows) {
  constexpr int limit = 3;
  constexpr int count = 200;
  auto const tasks = std::make_shared<bounded_queue>(limit);
  auto const ended = std::make_shared<counter>();
  auto const running = std::make_shared<std::atomic<int>>(0);
  auto const most = std::make_shared<std::atomic<int>>(0);
  for (int i = 0; i != count; ++i)
    tasks->submit(make_task([=] {
      int const now = ++*running;
      for (int seen = *most; seen < now && !most->compare_exchange_weak(seen, now);) {
      }
      std::this_thread::yield();
      --*running;
      ++*ended;
    }));
  ended->wait_for(count);
  BOOST_TEST(*most <= limit);
}

BOOST_AUTO_TEST_CASE(as_many_tasks_run_at_once_as_the_limit_allows) {
  auto const tasks = std::make_shared<bounded_queue>(3);
  blocked_tasks const blocked;
  blocked.submit_to(*tasks, 5);
  blocked.running->wait_for(3);
  BOOST_TEST(blocked.running->count() == 3);
  blocked.blocked->open();
  blocked.ended->wait_for(5);
  BOOST_TEST(blocked.running->count() == 5);
}

BOOST_AUTO_TEST_CASE(tasks_of_a_queue_of_one_run_in_order) {
  constexpr int count = 100;
  auto const tasks = std::make_shared<bounded_queue>(1);
  auto const order = std::make_shared<journal<int>>();
  auto const ended = std::make_shared<counter>();
  for (int i = 0; i != count; ++i)
    tasks->submit(make_task([=] {
      order->note(i);
      ++*ended;
    }));
  ended->wait_for(count);
  std::vector<int> expected(count);
  std::iota(expected.begin(), expected.end(), 0);
  BOOST_TEST(order->values() == expected, boost::test_tools::per_element());
}

BOOST_AUTO_TEST_CASE(a_queue_that_is_full_does_not_hold_up_another) {
  auto const full = std::make_shared<bounded_queue>(1);
  auto const other = std::make_shared<bounded_queue>(1);
  blocked_tasks const blocked;
  blocked.submit_to(*full, 2);
  auto const ran = std::make_shared<counter>();
  other->submit(make_task([=] { ++*ran; }));
  ran->wait_for(1);
  BOOST_TEST(blocked.ended->count() == 0);
  blocked.blocked->open();
  blocked.ended->wait_for(2);
}

BOOST_AUTO_TEST_CASE(a_task_that_waits_can_be_withdrawn_once) {
  auto const tasks = std::make_shared<bounded_queue>(1);
  blocked_tasks const blocked;
  blocked.submit_to(*tasks, 1);
  auto const ran = std::make_shared<counter>();
  auto const withdrawn = make_task([=] { ++*ran; });
  tasks->submit(withdrawn);
  BOOST_TEST(tasks->withdraw(withdrawn.get()));
  BOOST_TEST(!tasks->withdraw(withdrawn.get()));
  auto const last = std::make_shared<counter>();
  tasks->submit(make_task([=] { ++*last; }));
  blocked.blocked->open();
  last->wait_for(1);
  BOOST_TEST(ran->count() == 0);
}

BOOST_AUTO_TEST_CASE(a_task_that_runs_cannot_be_withdrawn) {
  auto const tasks = std::make_shared<bounded_queue>(1);
  auto const running = std::make_shared<counter>();
  auto const blocked = std::make_shared<gate>();
  auto const task = make_task([=] {
    ++*running;
    blocked->pass();
  });
  tasks->submit(task);
  running->wait_for(1);
  BOOST_TEST(!tasks->withdraw(task.get()));
  blocked->open();
}

BOOST_AUTO_TEST_CASE(a_queue_is_busy_while_a_task_runs) {
  auto const tasks = std::make_shared<bounded_queue>(1);
  BOOST_TEST(!tasks->busy());
  blocked_tasks const blocked;
  blocked.submit_to(*tasks, 1);
  BOOST_TEST(tasks->busy());
  blocked.blocked->open();
  blocked.ended->wait_for(1);
  while (tasks->busy()) std::this_thread::yield();
}

BOOST_AUTO_TEST_CASE(tasks_wait_while_an_idle_queue_is_claimed) {
  auto const tasks = std::make_shared<bounded_queue>(2);
  auto const ran = std::make_shared<counter>();
  {
    bounded_queue::claim const claim(*tasks);
    BOOST_TEST_REQUIRE(static_cast<bool>(claim));
    for (int i = 0; i != 5; ++i) tasks->submit(make_task([=] { ++*ran; }));
    BOOST_TEST(tasks->busy());
    auto const other = std::make_shared<bounded_queue>(1);
    auto const passed = std::make_shared<counter>();
    other->submit(make_task([=] { ++*passed; }));
    passed->wait_for(1);
    BOOST_TEST(ran->count() == 0);
  }
  ran->wait_for(5);
}

BOOST_AUTO_TEST_CASE(as_many_tasks_run_at_once_after_a_claim_as_the_limit_allows) {
  auto const tasks = std::make_shared<bounded_queue>(3);
  blocked_tasks const blocked;
  {
    bounded_queue::claim const claim(*tasks);
    blocked.submit_to(*tasks, 5);
  }
  blocked.running->wait_for(3);
  BOOST_TEST(blocked.running->count() == 3);
  blocked.blocked->open();
  blocked.ended->wait_for(5);
}

BOOST_AUTO_TEST_CASE(a_queue_that_is_busy_or_claimed_cannot_be_claimed) {
  auto const tasks = std::make_shared<bounded_queue>(2);
  blocked_tasks const blocked;
  {
    bounded_queue::claim const first(*tasks);
    BOOST_TEST(!bounded_queue::claim(*tasks));
  }
  BOOST_TEST(static_cast<bool>(bounded_queue::claim(*tasks)));
  blocked.submit_to(*tasks, 1);
  BOOST_TEST(!bounded_queue::claim(*tasks));
  blocked.blocked->open();
  blocked.ended->wait_for(1);
}

BOOST_AUTO_TEST_CASE(a_queue_that_nobody_holds_runs_the_tasks_it_has) {
  blocked_tasks const blocked;
  std::make_shared<bounded_queue>(1)->submit(make_task([] {}));
  {
    auto const tasks = std::make_shared<bounded_queue>(1);
    blocked.submit_to(*tasks, 3);
  }
  blocked.blocked->open();
  blocked.ended->wait_for(3);
  BOOST_TEST(blocked.running->count() == 3);
}

BOOST_AUTO_TEST_SUITE_END()
