// Copyright (c) 2026 The libvirt-asio authors
// Distributed under the Boost Software License, Version 1.0.

// The event loop itself: registration, idling, its end.

#include <libvirt-asio/detail/libvirt_call.hpp>
#include <libvirt-asio/event_loop.hpp>

#include "connection/receive_window.hpp"
#include "event_loop/loop_core.hpp"
#include "libvirt/free_function.hpp"
#include "libvirt/update_observers.hpp"
#include "unit/support/socket_pair.hpp"
#include "unit/support/watches.hpp"

#include <boost/asio/bind_cancellation_slot.hpp>
#include <boost/asio/bind_executor.hpp>
#include <boost/asio/cancellation_signal.hpp>
#include <boost/asio/io_context.hpp>
#include <boost/asio/post.hpp>
#include <boost/asio/strand.hpp>
#include <boost/asio/use_future.hpp>
#include <boost/test/unit_test.hpp>

#include <unistd.h>

#include <array>
#include <atomic>
#include <memory>
#include <optional>
#include <stdexcept>
#include <thread>

namespace {

namespace asio = boost::asio;
using libvirt_asio::error_code;
using libvirt_asio::event_loop;
using libvirt_asio::detail::event_loop_core;
using libvirt_asio::detail::free_function;
using libvirt_asio::detail::libvirt_call;
using libvirt_asio::detail::receive_window;
using unit::contexts;
using unit::counter;
using unit::gate;
using unit::handle_watch;
using unit::readable;
using unit::running_loop;
using unit::socket_pair;
using unit::timeout;
using unit::writable;

/// A completion handler that keeps what it was given.
struct drained {
  auto handler() {
    return [this](error_code completed_with) {
      error = completed_with;
      ++completed;
    };
  }

  error_code error;
  counter completed;
};

}  // namespace

BOOST_AUTO_TEST_SUITE(event_loop_test)

// --- One at a time

BOOST_AUTO_TEST_CASE_TEMPLATE(a_second_event_loop_throws_and_leaves_the_first_alone, Context, contexts) {
  timeout timer;
  running_loop<Context> loop;
  asio::io_context other;
  BOOST_CHECK_THROW(event_loop{other}, std::logic_error);
  timer.add(1);
  loop.wait_for(timer.fired());
  BOOST_TEST(timer.remove() == 0);
}

BOOST_AUTO_TEST_CASE_TEMPLATE(after_one_event_loop_another_may_be_made, Context, contexts) {
  for (int i = 0; i != 3; ++i) {
    socket_pair socket;
    handle_watch watch;
    timeout timer;
    running_loop<Context> loop;
    watch.add(socket.fd(), writable);
    timer.add(1);
    loop.wait_for(watch.fired());
    loop.wait_for(timer.fired());
    BOOST_TEST(!loop.loop().idle());
  }
}

BOOST_AUTO_TEST_CASE(without_an_event_loop_libvirt_finds_nothing) {
  { running_loop<unit::single_threaded> loop; }
  BOOST_TEST(::virEventAddHandle(
                 0, readable, [](int, int, int, void*) {}, nullptr, nullptr) == -1);
  BOOST_TEST(::virEventAddTimeout(
                 0, [](int, void*) {}, nullptr, nullptr) == -1);
  BOOST_TEST(::virEventRemoveHandle(1) == -1);
  BOOST_TEST(::virEventRemoveTimeout(1) == -1);
  ::virEventUpdateHandle(1, readable);
  ::virEventUpdateTimeout(1, 0);
}

// --- A call that must not be refused its timeout

BOOST_AUTO_TEST_CASE(without_an_event_loop_a_timeout_is_left_to_the_call_that_takes_it) {
  { running_loop<unit::single_threaded> loop; }
  int opaque = 0;
  virFreeCallback const free = [](void*) {};
  free_function refused;
  libvirt_call const call({.takes_refused_timeout = &refused});
  int const number = ::virEventAddTimeout(
      0, [](int, void*) {}, &opaque, free);
  BOOST_TEST(number > 0);
  BOOST_TEST((refused.function == free));
  BOOST_TEST(refused.opaque == &opaque);
  ::virEventUpdateTimeout(number, 0);
  BOOST_TEST(::virEventRemoveTimeout(number) == -1);
}

BOOST_AUTO_TEST_CASE(a_loop_whose_context_is_gone_leaves_a_timeout_to_the_call_that_takes_it) {
  auto context = std::make_unique<asio::io_context>();
  event_loop const loop(*context);
  context.reset();
  free_function refused;
  libvirt_call const call({.takes_refused_timeout = &refused});
  BOOST_TEST(::virEventAddTimeout(
                 0, [](int, void*) {}, nullptr, [](void*) {}) > 0);
  BOOST_TEST(!!refused.function);
}

BOOST_AUTO_TEST_CASE_TEMPLATE(a_loop_that_is_alive_adds_the_timeout_of_a_call_that_takes_refused_ones,
                              Context, contexts) {
  timeout timer;
  running_loop<Context> loop;
  free_function refused;
  {
    libvirt_call const call({.takes_refused_timeout = &refused});
    timer.add(1);
  }
  loop.wait_for(timer.fired());
  BOOST_TEST(!refused.function);
}

BOOST_AUTO_TEST_CASE_TEMPLATE(the_next_event_loop_does_not_know_the_ids_of_the_former, Context, contexts) {
  socket_pair socket;
  handle_watch former_watch, watch;
  timeout former_timer, timer;
  {
    running_loop<Context> former;
    former_watch.add(socket.fd(), readable);
    former_timer.add(-1);
  }
  running_loop<Context> loop;
  watch.add(socket.fd(), readable);
  timer.add(-1);
  former_watch.update(writable);
  former_timer.update(0);
  BOOST_TEST(former_watch.remove() == -1);
  BOOST_TEST(former_timer.remove() == -1);
  loop.let_rounds_pass();
  BOOST_TEST(watch.fired().count() == 0);
  BOOST_TEST(timer.fired().count() == 0);
  BOOST_TEST(watch.remove() == 0);
  BOOST_TEST(timer.remove() == 0);
}

BOOST_AUTO_TEST_CASE(an_event_loop_runs_on_a_strand) {
  asio::io_context context;
  timeout timer;
  std::atomic<bool> on_strand = false;
  auto const strand = asio::make_strand(context);
  event_loop loop{strand};
  timer.add(1, [&](timeout& self) {
    on_strand = strand.running_in_this_thread();
    self.remove();
  });
  context.run();
  BOOST_TEST(on_strand);
  BOOST_TEST(timer.is_proper());
}

BOOST_AUTO_TEST_CASE_TEMPLATE(an_event_loop_knows_its_executor, Context, contexts) {
  running_loop<Context> loop;
  BOOST_TEST((loop.loop().get_executor() == asio::any_io_executor(loop.runner().context().get_executor())));
}

BOOST_AUTO_TEST_CASE(an_io_context_returns_when_there_is_nothing_left_to_watch) {
  asio::io_context context;
  socket_pair socket;
  handle_watch watch;
  timeout timer;
  event_loop loop{context};
  watch.add(socket.fd(), writable, [](handle_watch& self, int) { self.remove(); });
  timer.add(1, [](timeout& self) { self.update(-1); });
  context.run();
  BOOST_TEST(watch.fired().count() == 1);
  BOOST_TEST(timer.fired().count() == 1);
}

// --- Idling

BOOST_AUTO_TEST_CASE_TEMPLATE(a_loop_is_idle_while_nothing_is_registered, Context, contexts) {
  socket_pair socket;
  handle_watch watch;
  timeout timer;
  drained without_watch, without_timer;
  running_loop<Context> loop;
  BOOST_TEST(loop.loop().idle());
  watch.add(socket.fd(), 0);
  BOOST_TEST(!loop.loop().idle());
  watch.remove();
  loop.loop().async_drain(without_watch.handler());
  loop.wait_for(without_watch.completed);
  BOOST_TEST(loop.loop().idle());
  timer.add(-1);
  BOOST_TEST(!loop.loop().idle());
  timer.remove();
  loop.loop().async_drain(without_timer.handler());
  loop.wait_for(without_timer.completed);
  BOOST_TEST(loop.loop().idle());
}

BOOST_AUTO_TEST_CASE_TEMPLATE(a_loop_is_not_idle_while_a_free_function_runs, Context, contexts) {
  running_loop<Context> loop;
  static event_loop* running = nullptr;
  static std::atomic<bool> idle = true;
  static counter* freed = nullptr;
  counter freed_here;
  freed = &freed_here;
  idle = true;
  running = &loop.loop();
  int const id = ::virEventAddTimeout(
      -1, [](int, void*) {}, nullptr,
      [](void*) {
        idle = running->idle();
        ++*freed;
      });
  ::virEventRemoveTimeout(id);
  loop.wait_for(freed_here);
  BOOST_TEST(!idle);
}

BOOST_AUTO_TEST_CASE_TEMPLATE(drain_completes_when_the_last_free_function_has_run, Context, contexts) {
  socket_pair socket;
  handle_watch watch;
  timeout timer;
  drained end;
  running_loop<Context> loop;
  watch.add(socket.fd(), readable);
  timer.add(1);
  loop.loop().async_drain(end.handler());
  loop.let_rounds_pass();
  BOOST_TEST(end.completed.count() == 0);
  watch.remove();
  loop.let_rounds_pass();
  BOOST_TEST(end.completed.count() == 0);
  timer.remove();
  loop.wait_for(end.completed);
  BOOST_TEST(!end.error);
  BOOST_TEST(watch.is_proper());
  BOOST_TEST(timer.is_proper());
  BOOST_TEST(loop.loop().idle());
}

BOOST_AUTO_TEST_CASE(drain_of_an_idle_loop_completes_but_not_inside_the_call) {
  asio::io_context context;
  event_loop loop{context};
  drained end;
  loop.async_drain(end.handler());
  BOOST_TEST(end.completed.count() == 0);
  context.run();
  BOOST_TEST(end.completed.count() == 1);
  BOOST_TEST(!end.error);
}

BOOST_AUTO_TEST_CASE_TEMPLATE(several_drains_complete_together, Context, contexts) {
  timeout timer;
  drained ends[3];
  running_loop<Context> loop;
  timer.add(-1);
  for (auto& end : ends) loop.loop().async_drain(end.handler());
  timer.remove();
  for (auto& end : ends) loop.wait_for(end.completed);
  for (auto& end : ends) BOOST_TEST(!end.error);
}

BOOST_AUTO_TEST_CASE(drain_can_be_cancelled) {
  for (auto const type : {asio::cancellation_type::terminal, asio::cancellation_type::partial,
                          asio::cancellation_type::total}) {
    asio::io_context context;
    event_loop loop{context};
    timeout timer(-1);
    drained cancelled, other;
    asio::cancellation_signal signal;
    loop.async_drain(asio::bind_cancellation_slot(signal.slot(), cancelled.handler()));
    loop.async_drain(other.handler());
    signal.emit(type);
    BOOST_TEST(cancelled.completed.count() == 0);
    context.poll();
    BOOST_TEST(cancelled.completed.count() == 1);
    BOOST_TEST(cancelled.error == asio::error::operation_aborted);
    BOOST_TEST(other.completed.count() == 0);
    timer.remove();
    context.restart();
    context.run();
    BOOST_TEST(other.completed.count() == 1);
    BOOST_TEST(cancelled.completed.count() == 1);
  }
}

BOOST_AUTO_TEST_CASE_TEMPLATE(drain_is_aborted_when_the_loop_is_destroyed, Context, contexts) {
  timeout timer;
  drained end;
  running_loop<Context> loop;
  timer.add(-1);
  loop.loop().async_drain(end.handler());
  loop.end();
  loop.wait_for(end.completed);
  BOOST_TEST(end.error == asio::error::operation_aborted);
}

BOOST_AUTO_TEST_CASE(drain_completes_on_the_executor_of_its_handler_and_keeps_it_running) {
  asio::io_context context, of_handler;
  event_loop loop{context};
  timeout timer(-1);
  std::atomic<bool> completed = false;
  loop.async_drain(asio::bind_executor(of_handler, [&](error_code) { completed = true; }));
  std::jthread const runs_handler([&] { of_handler.run(); });
  timer.remove();
  context.run();
  while (!completed) std::this_thread::yield();
  BOOST_TEST(of_handler.get_executor().running_in_this_thread() == false);
}

BOOST_AUTO_TEST_CASE_TEMPLATE(drain_gives_a_future, Context, contexts) {
  running_loop<Context> loop;
  auto end = loop.loop().async_drain(asio::use_future);
  drained after;
  loop.loop().async_drain(after.handler());
  loop.wait_for(after.completed);
  BOOST_CHECK_NO_THROW(end.get());
}

// --- The end of a loop

BOOST_AUTO_TEST_CASE_TEMPLATE(a_loop_destroyed_with_watches_left_frees_them_before_it_is_gone, Context,
                              contexts) {
  socket_pair socket, other_socket;
  handle_watch watch, same_fd, other;
  timeout timer, immediate, disabled;
  running_loop<Context> loop;
  watch.add(socket.fd(), readable | writable);
  same_fd.add(socket.fd(), readable);
  other.add(other_socket.fd(), 0);
  timer.add(1);
  immediate.add(0);
  disabled.add(-1);
  loop.wait_for(watch.fired());
  loop.end();
  for (auto const* const each : {&watch, &same_fd, &other}) BOOST_TEST(each->is_proper());
  for (auto const* const each : {&timer, &immediate, &disabled}) BOOST_TEST(each->is_proper());
}

BOOST_AUTO_TEST_CASE_TEMPLATE(watches_of_a_destroyed_loop_neither_fire_nor_are_found, Context, contexts) {
  socket_pair socket;
  handle_watch watch;
  timeout timer;
  running_loop<Context> loop;
  watch.add(socket.fd(), readable);
  timer.add(5);
  loop.end();
  socket.write_from_peer();
  watch.update(readable | writable);
  timer.update(0);
  BOOST_TEST(watch.remove() == -1);
  BOOST_TEST(timer.remove() == -1);
  loop.runner().stop();
  BOOST_TEST(watch.fired().count() == 0);
  BOOST_TEST(watch.is_proper());
  BOOST_TEST(timer.is_proper());
}

BOOST_AUTO_TEST_CASE_TEMPLATE(removed_watches_are_freed_once_when_the_loop_is_destroyed, Context, contexts) {
  socket_pair socket;
  handle_watch watch;
  timeout timer;
  running_loop<Context> loop;
  watch.add(socket.fd(), readable);
  timer.add(0);
  watch.remove();
  timer.remove();
  loop.end();
  BOOST_TEST(watch.is_proper());
  BOOST_TEST(timer.is_proper());
}

BOOST_AUTO_TEST_CASE(the_end_of_a_loop_waits_for_a_callback_on_another_thread) {
  counter started;
  gate released;
  timeout timer;
  running_loop<unit::multi_threaded> loop;
  timer.add(0, [&](timeout&) {
    ++started;
    released.pass();
  });
  started.wait_for(1);
  std::atomic<bool> ended = false;
  std::jthread const ending([&] {
    loop.end();
    ended = true;
  });
  // Once the ids are unknown the loop is being destroyed.
  while (::virEventAddTimeout(
             -1, [](int, void*) {}, nullptr, nullptr) != -1)
    std::this_thread::yield();
  BOOST_TEST(!ended);
  BOOST_TEST(timer.freed().count() == 0);
  released.open();
  timer.freed().wait_for(1);
  BOOST_TEST(timer.is_proper());
}

BOOST_AUTO_TEST_CASE_TEMPLATE(a_loop_may_be_destroyed_by_a_callback, Context, contexts) {
  socket_pair socket;
  handle_watch watch, other;
  running_loop<Context> loop;
  other.add(socket.fd(), readable);
  watch.add(socket.fd(), writable, [&](handle_watch&, int) { loop.end(); });
  loop.wait_for(watch.freed());
  loop.wait_for(other.freed());
  BOOST_TEST(watch.fired().count() == 1);
  BOOST_TEST(watch.is_proper());
  BOOST_TEST(other.is_proper());
}

BOOST_AUTO_TEST_CASE(an_io_context_may_be_destroyed_before_its_loop) {
  socket_pair socket;
  handle_watch watch;
  timeout timer, immediate;
  auto const alive = std::make_shared<int>();
  std::atomic<bool> called = false;
  auto context = std::make_unique<asio::io_context>();
  event_loop loop{*context};
  watch.add(socket.fd(), readable);
  timer.add(1);
  immediate.add(0);
  context->run_one();
  loop.async_drain([alive, &called](error_code) { called = true; });
  context.reset();
  BOOST_TEST(watch.is_proper());
  BOOST_TEST(timer.is_proper());
  BOOST_TEST(immediate.is_proper());
  BOOST_TEST(!called);
  BOOST_TEST(alive.use_count() == 1);
  BOOST_TEST(watch.remove() == -1);
  BOOST_TEST(::virEventAddTimeout(
                 0, [](int, void*) {}, nullptr, nullptr) == -1);
  BOOST_TEST(loop.idle());
}

BOOST_AUTO_TEST_CASE(a_call_learns_of_the_update_that_switches_a_handle_off_and_of_no_other) {
  struct observer final : libvirt_asio::detail::handle_observer {
    void handle_switched_off() noexcept override { ++times; }
    int times = 0;
  } observer;
  socket_pair const socket;
  handle_watch watch;
  asio::io_context context;
  event_loop const loop{context};
  watch.add(socket.fd(), readable);
  libvirt_call const call({.on_handle_switched_off = &observer});
  watch.update(readable | writable);
  BOOST_TEST(observer.times == 0);
  watch.update(0);
  BOOST_TEST(observer.times == 1);
}

BOOST_AUTO_TEST_CASE(only_a_socket_is_taken_for_a_connections) {
  asio::io_context context;
  auto const loop = std::make_shared<event_loop_core>(context.get_executor());
  socket_pair const socket;
  std::array<int, 2> pipe{};
  BOOST_TEST_REQUIRE(::pipe(pipe.data()) == 0);
  auto const attach = [&loop](int fd) {
    int const watch = loop->add_handle(
        fd, readable, [](int, int, int, void*) {}, nullptr, nullptr);
    return loop->attach(watch, 0, std::make_shared<receive_window>(0));
  };
  BOOST_TEST(attach(socket.fd()) != nullptr);
  BOOST_TEST(attach(pipe[0]) == nullptr);
  loop->stop();
  ::close(pipe[0]);
  ::close(pipe[1]);
}

BOOST_AUTO_TEST_CASE(a_thread_pool_may_be_destroyed_before_its_loop) {
  socket_pair socket;
  handle_watch watch;
  timeout timer;
  auto pool = std::make_unique<asio::thread_pool>(2);
  event_loop loop{*pool};
  watch.add(socket.fd(), writable);
  timer.add(0);
  watch.fired().wait_for(1);
  pool.reset();
  BOOST_TEST(watch.is_proper());
  BOOST_TEST(timer.is_proper());
  BOOST_TEST(watch.remove() == -1);
}

BOOST_AUTO_TEST_CASE(an_io_context_that_never_ran_may_be_destroyed_after_its_loop) {
  socket_pair socket;
  handle_watch watch, removed;
  timeout timer;
  {
    asio::io_context context;
    event_loop loop{context};
    watch.add(socket.fd(), writable);
    removed.add(socket.fd(), writable);
    removed.remove();
    timer.add(1);
  }
  BOOST_TEST(watch.is_proper());
  BOOST_TEST(removed.is_proper());
  BOOST_TEST(timer.is_proper());
}

BOOST_AUTO_TEST_SUITE_END()

// Alone in a process, as libvirt keeps the first implementation for ever.
BOOST_AUTO_TEST_SUITE(foreign_implementation_test, *boost::unit_test::disabled())

BOOST_AUTO_TEST_CASE(an_implementation_registered_before_makes_the_event_loop_throw) {
  BOOST_TEST_REQUIRE(::virEventRegisterDefaultImpl() == 0);
  asio::io_context context;
  for (int i = 0; i != 2; ++i) BOOST_CHECK_THROW(event_loop{context}, std::logic_error);
  int const timer = ::virEventAddTimeout(
      -1, [](int, void*) {}, nullptr, nullptr);
  BOOST_TEST(::virEventRemoveTimeout(timer) == 0);
}

BOOST_AUTO_TEST_SUITE_END()
