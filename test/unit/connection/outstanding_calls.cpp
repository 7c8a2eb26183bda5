// Copyright (c) 2026 The libvirt-asio authors
// Distributed under the Boost Software License, Version 1.0.

#include "connection/outstanding_calls.hpp"

#include "unit/support/function_task.hpp"

#include <boost/test/unit_test.hpp>

#include <memory>
#include <vector>

namespace {

using libvirt_asio::error_code;
using libvirt_asio::error_info;
using libvirt_asio::detail::bounded_queue;
using libvirt_asio::detail::cancellable;
using libvirt_asio::detail::completion;
using libvirt_asio::detail::outstanding_calls;
using libvirt_asio::detail::pending_call;
using libvirt_asio::detail::task;
using libvirt_asio::detail::waits_for;

/// A call that is never made.
class idle_call final : public pending_call {
 public:
  void assign_cancellation(std::weak_ptr<cancellable>) override {}
  error_info run(virConnectPtr) override { return {}; }
  completion result() override { return {}; }
  completion give_up(error_code) override { return {}; }
  void discard() noexcept override {}
};

struct outstanding_calls_fixture {
  std::shared_ptr<pending_call> add(waits_for waits = waits_for::libvirt) {
    auto call = std::make_shared<idle_call>();
    calls.add(call->id(), {call, waits, queue, work});
    return call;
  }

  static std::vector<std::shared_ptr<pending_call>> calls_of(std::vector<outstanding_calls::entry> const& taken) {
    std::vector<std::shared_ptr<pending_call>> found;
    for (auto const& each : taken) found.push_back(each.call);
    return found;
  }

  // Runs nothing.
  std::shared_ptr<bounded_queue> queue = std::make_shared<bounded_queue>(0);
  std::shared_ptr<task> work = unit::make_task([] {});
  outstanding_calls calls;
};

}  // namespace

BOOST_FIXTURE_TEST_SUITE(outstanding_calls_test, outstanding_calls_fixture)

BOOST_AUTO_TEST_CASE(a_call_can_be_taken_once) {
  auto const call = add();
  BOOST_TEST(calls.take(call->id()) == call);
  BOOST_TEST(calls.take(call->id()) == nullptr);
  BOOST_TEST(!calls.find(call->id()));
}

BOOST_AUTO_TEST_CASE(a_call_that_was_found_is_still_there) {
  auto const call = add();
  BOOST_REQUIRE(calls.find(call->id()));
  BOOST_TEST(calls.find(call->id())->call == call);
  BOOST_TEST(calls.take(call->id()) == call);
}

BOOST_AUTO_TEST_CASE(taking_one_leaves_the_others) {
  auto const first = add();
  auto const second = add();
  BOOST_TEST(calls.take(first->id()) == first);
  BOOST_TEST(calls.take(second->id()) == second);
}

BOOST_AUTO_TEST_CASE(taking_all_leaves_none) {
  auto const for_libvirt = add(waits_for::libvirt);
  auto const for_files = add(waits_for::files);
  BOOST_TEST(calls.take_all().size() == 2U);
  BOOST_TEST(!calls.find(for_libvirt->id()));
  BOOST_TEST(!calls.find(for_files->id()));
}

BOOST_AUTO_TEST_CASE(taking_those_that_closing_ends_leaves_those_that_go_on_to_their_end) {
  auto const to_end = add(waits_for::files_to_end);
  auto const for_files = add(waits_for::files);
  BOOST_TEST((calls_of(calls.take_those_of_connection()) == std::vector{for_files}));
  auto const for_libvirt = add(waits_for::libvirt);
  BOOST_TEST((calls_of(calls.take_those_of_connection()) == std::vector{for_libvirt}));
  BOOST_TEST((calls_of(calls.take_all()) == std::vector{to_end}));
}

BOOST_AUTO_TEST_CASE(a_call_that_no_worker_thread_has_begun_with_can_be_withdrawn_once) {
  auto const call = add();
  queue->submit(work);
  BOOST_TEST(calls.find(call->id())->withdraw());
  BOOST_TEST(!calls.find(call->id())->withdraw());
}

BOOST_AUTO_TEST_SUITE_END()
