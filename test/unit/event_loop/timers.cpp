// Copyright (c) 2026 The libvirt-asio authors
// Distributed under the Boost Software License, Version 1.0.

// Timeouts, through libvirt's public functions.

#include "unit/support/watches.hpp"

#include <boost/test/unit_test.hpp>

#include <atomic>
#include <chrono>
#include <cstdlib>
#include <new>
#include <numeric>
#include <thread>
#include <vector>

namespace {

using unit::contexts;
using unit::counter;
using unit::gate;
using unit::journal;
using unit::running_loop;
using unit::timeout;

thread_local int allocations = 0;

constexpr int one_hour = 3'600'000;

}  // namespace

void* operator new(std::size_t size) {
  ++allocations;
  if (void* const memory = std::malloc(size)) return memory;
  throw std::bad_alloc();
}

void* operator new(std::size_t size, std::nothrow_t const&) noexcept {
  ++allocations;
  return std::malloc(size);
}

void operator delete(void* memory) noexcept {
  std::free(memory);
}

void operator delete(void* memory, std::size_t) noexcept {
  std::free(memory);
}

BOOST_AUTO_TEST_SUITE(timers_test)

BOOST_AUTO_TEST_CASE_TEMPLATE(timers_fire_in_the_order_of_their_deadlines, Context, contexts) {
  journal<int> order;
  timeout timers[4];
  running_loop<Context> loop;
  for (int const interval : {30, 10, 40, 20})
    timers[interval / 10 - 1].add(interval, [&order, interval](timeout& self) {
      order.note(interval);
      self.remove();
    });
  for (auto const& timer : timers) loop.wait_for(timer.freed());
  BOOST_TEST(order.values() == (std::vector{10, 20, 30, 40}), boost::test_tools::per_element());
}

BOOST_AUTO_TEST_CASE_TEMPLATE(a_timer_does_not_fire_early, Context, contexts) {
  using clock = std::chrono::steady_clock;
  std::atomic<clock::time_point> fired{};
  timeout timer;
  running_loop<Context> loop;
  auto const added = clock::now();
  timer.add(20, [&](timeout& self) {
    fired = clock::now();
    self.remove();
  });
  loop.wait_for(timer.freed());
  BOOST_TEST((fired.load() - added >= std::chrono::milliseconds(20)));
}

BOOST_AUTO_TEST_CASE_TEMPLATE(a_timer_repeats, Context, contexts) {
  timeout timer;
  running_loop<Context> loop;
  timer.add(1);
  BOOST_TEST(timer.id() > 0);
  loop.wait_for(timer.fired(), 20);
  BOOST_TEST(timer.remove() == 0);
}

BOOST_AUTO_TEST_CASE_TEMPLATE(a_timer_of_0_fires_in_every_iteration, Context, contexts) {
  timeout first, second;
  std::atomic<int> turn = 0;
  std::atomic<int> out_of_turn = 0;
  running_loop<Context> loop;
  first.add(0, [&](timeout&) { out_of_turn += turn.exchange(1); });
  loop.wait_for(first.fired());
  turn = 0;
  loop.wait_for(first.fired(), 100);
  second.add(0, [&](timeout&) { turn = 0; });
  // A first callback may have looked before the second timer was there, and be about to say so.
  loop.wait_for(second.fired(), 10);
  int const before = out_of_turn;
  loop.wait_for(second.fired(), 100);
  BOOST_TEST(out_of_turn == before);
}

BOOST_AUTO_TEST_CASE_TEMPLATE(a_negative_interval_disables_until_the_next_update, Context, contexts) {
  timeout timer;
  running_loop<Context> loop;
  timer.add(-1, [](timeout& self) { self.update(-1); });
  loop.let_rounds_pass();
  BOOST_TEST(timer.fired().count() == 0);
  timer.update(1);
  loop.wait_for(timer.fired());
  loop.let_rounds_pass();
  BOOST_TEST(timer.fired().count() == 1);
}

BOOST_AUTO_TEST_CASE_TEMPLATE(a_timer_is_switched_between_0_and_off, Context, contexts) {
  timeout timer;
  running_loop<Context> loop;
  timer.add(-1, [](timeout& self) { self.update(-1); });
  for (int i = 1; i <= 20; ++i) {
    timer.update(0);
    loop.wait_for(timer.fired(), i);
    loop.let_rounds_pass();
    BOOST_TEST(timer.fired().count() == i);
  }
}

// The remote driver does so for every packet.
BOOST_AUTO_TEST_CASE_TEMPLATE(switching_between_0_and_off_allocates_nothing, Context, contexts) {
  timeout switched, switching;
  std::atomic<int> allocated = -1;
  running_loop<Context> loop;
  switched.add(-1);
  switching.add(0, [&](timeout& self) {
    int const before = allocations;
    for (int i = 0; i != 1'000; ++i) {
      switched.update(0);
      switched.update(-1);
    }
    allocated = allocations - before;
    self.update(-1);
  });
  loop.wait_for(switching.fired());
  BOOST_TEST(allocated == 0);
  BOOST_TEST(switched.fired().count() == 0);
}

BOOST_AUTO_TEST_CASE(switching_between_0_and_off_outside_of_rounds_allocates_at_most_once) {
  timeout switched;
  running_loop<unit::single_threaded> loop;
  switched.add(-1);
  int const before = allocations;
  for (int i = 0; i != 1'000; ++i) {
    switched.update(0);
    switched.update(-1);
  }
  BOOST_TEST(allocations - before <= 1);
}

BOOST_AUTO_TEST_CASE_TEMPLATE(a_timer_far_away_can_be_drawn_near, Context, contexts) {
  timeout timer;
  running_loop<Context> loop;
  timer.add(one_hour);
  timer.update(1);
  loop.wait_for(timer.fired());
  BOOST_TEST(timer.remove() == 0);
}

BOOST_AUTO_TEST_CASE_TEMPLATE(a_timer_may_be_added_before_the_first_deadline, Context, contexts) {
  timeout far, near;
  running_loop<Context> loop;
  far.add(one_hour);
  loop.let_rounds_pass();
  near.add(1);
  loop.wait_for(near.fired());
  BOOST_TEST(far.fired().count() == 0);
}

BOOST_AUTO_TEST_CASE_TEMPLATE(a_timer_put_off_does_not_fire_at_its_first_deadline, Context, contexts) {
  timeout put_off, later;
  running_loop<Context> loop;
  put_off.add(5);
  later.add(10);
  put_off.update(one_hour);
  loop.wait_for(later.fired());
  BOOST_TEST(put_off.fired().count() == 0);
}

BOOST_AUTO_TEST_CASE_TEMPLATE(a_removed_timer_is_freed_and_does_not_fire, Context, contexts) {
  timeout removed, later;
  running_loop<Context> loop;
  removed.add(5);
  later.add(10);
  BOOST_TEST(removed.remove() == 0);
  BOOST_TEST(removed.remove() == -1);
  loop.wait_for(later.fired());
  loop.wait_for(removed.freed());
  BOOST_TEST(removed.fired().count() == 0);
  BOOST_TEST(removed.is_proper());
}

BOOST_AUTO_TEST_CASE_TEMPLATE(a_timer_may_remove_itself, Context, contexts) {
  for (int const interval : {0, 1}) {
    timeout timer;
    running_loop<Context> loop;
    timer.add(interval, [](timeout& self) { self.remove(); });
    loop.wait_for(timer.freed());
    loop.let_rounds_pass();
    BOOST_TEST(timer.fired().count() == 1);
    BOOST_TEST(timer.is_proper());
  }
}

BOOST_AUTO_TEST_CASE_TEMPLATE(a_timer_may_remove_another_that_is_due_too, Context, contexts) {
  timeout first, second, holder;
  running_loop<Context> loop;
  // Added inside one callback, both are due in the same round.
  holder.add(0, [&](timeout& self) {
    first.add(0, [&](timeout& due) {
      second.remove();
      due.remove();
    });
    second.add(0);
    self.remove();
  });
  loop.wait_for(second.freed());
  BOOST_TEST(second.fired().count() == 0);
  BOOST_TEST(second.is_proper());
}

BOOST_AUTO_TEST_CASE_TEMPLATE(a_timer_may_add_another, Context, contexts) {
  timeout first, second;
  running_loop<Context> loop;
  first.add(1, [&](timeout& self) {
    second.add(1);
    self.remove();
  });
  loop.wait_for(second.fired());
  BOOST_TEST(first.fired().count() == 1);
}

BOOST_AUTO_TEST_CASE_TEMPLATE(removing_a_timer_does_not_wait_for_its_callback_but_free_does, Context,
                              contexts) {
  counter started;
  gate released;
  timeout timer;
  running_loop<Context> loop;
  timer.add(0, [&](timeout&) {
    ++started;
    released.pass();
  });
  std::atomic<int> freed_early = -1;
  std::jthread const other([&] {
    started.wait_for(1);
    timer.remove();
    freed_early = timer.freed().count();
    released.open();
  });
  loop.wait_for(timer.freed());
  BOOST_TEST(freed_early == 0);
  BOOST_TEST(timer.is_proper());
}

BOOST_AUTO_TEST_CASE_TEMPLATE(ten_thousand_timers_fire, Context, contexts) {
  constexpr std::size_t count = 10'000;
  std::vector<timeout> timers(count);
  counter fired;
  running_loop<Context> loop;
  for (std::size_t i = 0; i != count; ++i)
    timers[i].add(1 + static_cast<int>(i % 50), [&](timeout& self) {
      self.update(-1);
      ++fired;
    });
  loop.wait_for(fired, count);
  loop.let_rounds_pass();
  BOOST_TEST(fired.count() == static_cast<int>(count));
}

BOOST_AUTO_TEST_CASE_TEMPLATE(timers_are_added_updated_and_removed_from_many_threads, Context, contexts) {
  constexpr std::size_t threads_count = 4;
  constexpr std::size_t rounds = 300;
  std::vector<timeout> timers(threads_count * rounds);
  counter ended;
  running_loop<Context> loop;
  std::vector<std::jthread> threads;
  for (std::size_t thread = 0; thread != threads_count; ++thread)
    threads.emplace_back([&, thread] {
      for (std::size_t round = 0; round != rounds; ++round) {
        auto& timer = timers[thread * rounds + round];
        timer.add(static_cast<int>(round % 3));
        timer.update(-1);
        timer.update(static_cast<int>(round % 2));
        if (round % 3 == 0) timer.fired().wait_for(1);
        timer.remove();
      }
      ++ended;
    });
  loop.wait_for(ended, static_cast<int>(threads_count));
  std::size_t proper = 0;
  for (auto const& timer : timers) {
    loop.wait_for(timer.freed());
    proper += timer.is_proper() ? 1 : 0;
  }
  BOOST_TEST(proper == timers.size());
}

BOOST_AUTO_TEST_SUITE_END()
