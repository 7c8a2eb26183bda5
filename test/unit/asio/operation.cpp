// Copyright (c) 2026 The libvirt-asio authors
// Distributed under the Boost Software License, Version 1.0.

#include <libvirt-asio/detail/handler_operation.hpp>

#include <boost/asio/any_io_executor.hpp>
#include <boost/asio/bind_allocator.hpp>
#include <boost/asio/bind_cancellation_slot.hpp>
#include <boost/asio/bind_executor.hpp>
#include <boost/asio/cancellation_signal.hpp>
#include <boost/asio/io_context.hpp>
#include <boost/asio/post.hpp>
#include <boost/test/unit_test.hpp>

#include <cstddef>
#include <memory>
#include <set>
#include <thread>
#include <utility>
#include <vector>

namespace {

namespace asio = boost::asio;
using libvirt_asio::detail::cancellable;
using libvirt_asio::detail::completion;
using libvirt_asio::detail::make_operation;
using libvirt_asio::detail::next_operation_id;
using libvirt_asio::detail::operation_id;
using libvirt_asio::detail::operation_ptr;

struct memory {
  int allocations = 0;
  int outstanding = 0;
};

/// Counts what it gives out.
template <class T>
struct counting_allocator {
  using value_type = T;

  explicit counting_allocator(memory& counted) : counts(&counted) {}
  template <class U>
  counting_allocator(counting_allocator<U> const& other) noexcept : counts(other.counts) {}

  T* allocate(std::size_t count) {
    ++counts->allocations;
    ++counts->outstanding;
    return std::allocator<T>().allocate(count);
  }
  void deallocate(T* pointer, std::size_t count) {
    --counts->outstanding;
    std::allocator<T>().deallocate(pointer, count);
  }

  friend bool operator==(counting_allocator const& a, counting_allocator const& b) {
    return a.counts == b.counts;
  }

  memory* counts;
};

struct cancellation_listener final : cancellable {
  void cancel(operation_id id, asio::cancellation_type type) override {
    cancelled = id;
    with = type;
  }

  operation_id cancelled = 0;
  asio::cancellation_type with = asio::cancellation_type::none;
};

struct fixture {
  auto handler() {
    return [this](int value) { called_with = value; };
  }

  operation_ptr<int> make() { return make_operation<int>(handler(), context.get_executor()); }

  /// Whether a context has work, and would go on running.
  static bool has_work(asio::io_context& tried) {
    tried.restart();
    tried.poll();
    return !tried.stopped();
  }

  template <class Executor>
  void check_keeps_both_running(Executor const& io, Executor const& other) {
    auto operation = make_operation<int>(asio::bind_executor(other, handler()), io);
    BOOST_TEST(has_work(context));
    BOOST_TEST(has_work(other_context));
    completion(std::move(operation), 7).post();
    BOOST_TEST(!has_work(other_context));
    BOOST_TEST(!has_work(context));
    BOOST_TEST(called_with == 7);
  }

  /// `end` ends an operation on a thread that runs the context; whether the handler is called inside of that.
  template <class End>
  bool called_inside(End end) {
    bool inside = false;
    asio::post(context, [&] {
      end(completion(make(), 7));
      inside = called_with == 7;
    });
    context.run();
    BOOST_TEST(called_with == 7);
    return inside;
  }

  template <class End>
  void check_memory_is_given_back(End end) {
    memory counted;
    int outstanding_when_called = -1;
    auto const on_done = [&](int) { outstanding_when_called = counted.outstanding; };
    auto operation = make_operation<int>(asio::bind_allocator(counting_allocator<void>(counted), on_done),
                                         context.get_executor());
    BOOST_TEST(counted.allocations == 1);
    BOOST_TEST(counted.outstanding == 1);
    asio::post(context, [&] { end(completion(std::move(operation), 7)); });
    context.run();
    BOOST_TEST(outstanding_when_called == 0);
    BOOST_TEST(counted.outstanding == 0);
  }

  asio::io_context context;
  asio::io_context other_context;
  int called_with = 0;
};

constexpr auto post = [](completion&& done) { std::move(done).post(); };
constexpr auto dispatch = [](completion&& done) { std::move(done).dispatch(); };
constexpr auto complete_immediately = [](completion&& done) { std::move(done).complete_immediately(); };

}  // namespace

BOOST_FIXTURE_TEST_SUITE(operation_test, fixture)

BOOST_AUTO_TEST_CASE(post_never_calls_the_handler_inside) {
  BOOST_TEST(!called_inside(post));
}

BOOST_AUTO_TEST_CASE(dispatch_calls_the_handler_inside_on_a_thread_of_the_context) {
  BOOST_TEST(called_inside(dispatch));
}

BOOST_AUTO_TEST_CASE(dispatch_from_another_thread_waits_for_one_of_the_context) {
  completion(make(), 7).dispatch();
  BOOST_TEST(called_with == 0);
  context.run();
  BOOST_TEST(called_with == 7);
}

BOOST_AUTO_TEST_CASE(an_operation_that_completes_at_once_does_not_call_the_handler_inside) {
  BOOST_TEST(!called_inside(complete_immediately));
}

BOOST_AUTO_TEST_CASE(the_handler_is_called_on_its_own_executor) {
  completion(make_operation<int>(asio::bind_executor(other_context, handler()), context.get_executor()), 7)
      .post();
  context.run();
  BOOST_TEST(called_with == 0);
  other_context.run();
  BOOST_TEST(called_with == 7);
}

BOOST_AUTO_TEST_CASE(results_and_handlers_may_be_such_as_can_only_be_moved) {
  std::unique_ptr<int> got;
  auto on_done = [&got, owned = std::make_unique<int>(1)](std::unique_ptr<int> value) {
    got = std::move(value);
  };
  auto operation = make_operation<std::unique_ptr<int>>(std::move(on_done), context.get_executor());
  completion(std::move(operation), std::make_unique<int>(5)).post();
  context.run();
  BOOST_TEST_REQUIRE(got);
  BOOST_TEST(*got == 5);
}

BOOST_AUTO_TEST_CASE(memory_comes_from_the_handler_and_is_given_back_before_it_is_called) {
  check_memory_is_given_back(post);
  context.restart();
  check_memory_is_given_back(dispatch);
  context.restart();
  check_memory_is_given_back(complete_immediately);
}

BOOST_AUTO_TEST_CASE(an_operation_that_is_destroyed_does_not_call_its_handler) {
  memory counted;
  auto alive = std::make_shared<int>();
  auto on_done = [alive, this](int value) { called_with = value; };
  auto operation = make_operation<int>(
      asio::bind_allocator(counting_allocator<void>(counted), std::move(on_done)), context.get_executor());
  BOOST_TEST(alive.use_count() == 2);
  operation.reset();
  BOOST_TEST(alive.use_count() == 1);
  BOOST_TEST(counted.outstanding == 0);
  context.run();
  BOOST_TEST(called_with == 0);
}

BOOST_AUTO_TEST_CASE(a_completion_that_is_destroyed_does_not_call_the_handler) {
  static_cast<void>(completion(make(), 7));
  context.run();
  BOOST_TEST(called_with == 0);
}

BOOST_AUTO_TEST_CASE(an_operation_keeps_both_its_executors_running) {
  check_keeps_both_running(context.get_executor(), other_context.get_executor());
}

BOOST_AUTO_TEST_CASE(an_operation_keeps_both_its_polymorphic_executors_running) {
  check_keeps_both_running<asio::any_io_executor>(context.get_executor(), other_context.get_executor());
}

BOOST_AUTO_TEST_CASE(an_operation_that_is_destroyed_keeps_nothing_running) {
  auto operation = make();
  BOOST_TEST(has_work(context));
  operation.reset();
  BOOST_TEST(!has_work(context));
}

BOOST_AUTO_TEST_CASE(a_cancellation_reaches_the_owner_with_the_identity_of_the_operation) {
  auto const owner = std::make_shared<cancellation_listener>();
  asio::cancellation_signal first_signal;
  asio::cancellation_signal second_signal;
  auto const first = make_operation<int>(asio::bind_cancellation_slot(first_signal.slot(), handler()),
                                         context.get_executor());
  auto const second = make_operation<int>(asio::bind_cancellation_slot(second_signal.slot(), handler()),
                                          context.get_executor());
  first->assign_cancellation(owner, 1);
  second->assign_cancellation(owner, 2);
  second_signal.emit(asio::cancellation_type::partial);
  BOOST_TEST(owner->cancelled == 2U);
  BOOST_TEST((owner->with == asio::cancellation_type::partial));
  first_signal.emit(asio::cancellation_type::total);
  BOOST_TEST(owner->cancelled == 1U);
  BOOST_TEST((owner->with == asio::cancellation_type::total));
}

BOOST_AUTO_TEST_CASE(a_cancellation_does_not_keep_the_owner_alive_and_does_nothing_without_it) {
  auto owner = std::make_shared<cancellation_listener>();
  asio::cancellation_signal signal;
  auto const operation =
      make_operation<int>(asio::bind_cancellation_slot(signal.slot(), handler()), context.get_executor());
  operation->assign_cancellation(owner, 1);
  BOOST_TEST(owner.use_count() == 1);
  owner.reset();
  signal.emit(asio::cancellation_type::terminal);
  BOOST_TEST(called_with == 0);
}

BOOST_AUTO_TEST_CASE(a_handler_without_a_cancellation_slot_cannot_be_cancelled) {
  auto const owner = std::make_shared<cancellation_listener>();
  make()->assign_cancellation(owner, 1);
  BOOST_TEST(owner.use_count() == 1);
}

BOOST_AUTO_TEST_CASE(no_two_operations_have_the_same_identity) {
  constexpr int threads = 4;
  constexpr int each = 1'000;
  std::vector<std::vector<operation_id>> given(threads);
  {
    std::vector<std::jthread> running;
    for (auto& ids : given)
      running.emplace_back([&ids] {
        for (int i = 0; i != each; ++i) ids.push_back(next_operation_id());
      });
  }
  std::set<operation_id> distinct;
  for (auto const& ids : given) distinct.insert(ids.begin(), ids.end());
  BOOST_TEST(distinct.size() == std::size_t{threads} * each);
}

BOOST_AUTO_TEST_SUITE_END()
