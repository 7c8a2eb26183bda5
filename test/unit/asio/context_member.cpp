// Copyright (c) 2026 The libvirt-asio authors
// Distributed under the Boost Software License, Version 1.0.

#include "asio/context_member.hpp"

#include <boost/asio/io_context.hpp>
#include <boost/asio/post.hpp>
#include <boost/asio/strand.hpp>
#include <boost/test/unit_test.hpp>

#include <atomic>
#include <functional>
#include <latch>
#include <memory>
#include <thread>
#include <vector>

namespace {

namespace asio = boost::asio;
using libvirt_asio::detail::context_member;
using libvirt_asio::detail::join_context;

/// What happens on either side while a context is destroyed.
struct member final : context_member {
  explicit member(asio::any_io_executor executor = {}) : context_member(std::move(executor)) {}
  ~member() override {
    if (before_leaving) before_leaving();
    leave_context();
  }

  void context_destroyed() noexcept override {
    ++destructions;
    permit_when_destroyed = gives_permit();
    given_back_when_destroyed = given_back.load();
    if (when_destroyed) when_destroyed();
  }

  [[nodiscard]] bool gives_permit() const { return static_cast<bool>(permit(*this)); }

  std::atomic<int> destructions{0};
  std::atomic<bool> given_back{false};
  std::function<void()> before_leaving;
  std::function<void()> when_destroyed;
  bool permit_when_destroyed = false;
  bool given_back_when_destroyed = false;
};

struct fixture {
  std::shared_ptr<member> make_member() const {
    auto made = std::make_shared<member>(context->get_executor());
    join_context(made);
    return made;
  }

  std::unique_ptr<asio::io_context> context = std::make_unique<asio::io_context>();
};

}  // namespace

BOOST_FIXTURE_TEST_SUITE(context_member_test, fixture)

BOOST_AUTO_TEST_CASE(every_member_is_told_once_that_its_context_is_destroyed) {
  auto const first = make_member();
  auto const second = make_member();
  BOOST_TEST(first->destructions == 0);
  context.reset();
  BOOST_TEST(first->destructions == 1);
  BOOST_TEST(second->destructions == 1);
}

BOOST_AUTO_TEST_CASE(a_member_of_another_context_is_not_told) {
  asio::io_context other;
  auto const stranger = std::make_shared<member>(other.get_executor());
  join_context(stranger);
  make_member();
  context.reset();
  BOOST_TEST(stranger->destructions == 0);
  BOOST_TEST(stranger->gives_permit());
}

BOOST_AUTO_TEST_CASE(a_member_may_be_gone_before_its_context) {
  make_member();
  auto const left = make_member();
  context.reset();
  BOOST_TEST(left->destructions == 1);
}

BOOST_AUTO_TEST_CASE(a_member_that_has_joined_no_context_gives_permits) {
  BOOST_TEST(member().gives_permit());
}

BOOST_AUTO_TEST_CASE(several_permits_may_be_out_at_once) {
  auto const joined = make_member();
  context_member::permit const first(*joined);
  context_member::permit const second(*joined);
  BOOST_TEST(static_cast<bool>(first));
  BOOST_TEST(static_cast<bool>(second));
}

BOOST_AUTO_TEST_CASE(there_is_no_permit_once_the_context_is_destroyed) {
  auto const joined = make_member();
  BOOST_TEST(joined->gives_permit());
  context.reset();
  BOOST_TEST(!joined->permit_when_destroyed);
  BOOST_TEST(!joined->gives_permit());
}

// Whether destruction has begun shows in that there are no more permits.
BOOST_AUTO_TEST_CASE(destruction_waits_for_a_permit_that_another_thread_has) {
  for (int repetition = 0; repetition != 50; ++repetition) {
    auto const joined = make_member();
    std::latch has_permit{1};
    bool destroyed_meanwhile = false;
    std::jthread holder([&] {
      context_member::permit const held(*joined);
      has_permit.count_down();
      while (joined->gives_permit()) std::this_thread::yield();
      for (int chance = 0; chance != 100; ++chance) std::this_thread::yield();
      destroyed_meanwhile = joined->destructions != 0;
      joined->given_back = true;
    });
    has_permit.wait();
    context.reset();
    holder.join();
    BOOST_TEST(!destroyed_meanwhile);
    BOOST_TEST(joined->given_back_when_destroyed);
    context = std::make_unique<asio::io_context>();
  }
}

// Asio's strand loses what another thread submits while its service is shut down.
BOOST_AUTO_TEST_CASE(the_service_of_strands_is_shut_down_after_members_are_told) {
  auto const joined = make_member();
  auto const submitted = std::make_shared<int>();
  asio::post(asio::make_strand(*context), [submitted] {});
  long kept = 0;
  joined->when_destroyed = [&] { kept = submitted.use_count() - 1; };
  context.reset();
  BOOST_TEST(kept == 1);
  BOOST_TEST(submitted.use_count() == 1);
}

BOOST_AUTO_TEST_CASE(a_member_has_no_executor_once_its_context_is_gone) {
  auto const joined = make_member();
  BOOST_TEST(static_cast<bool>(joined->executor()));
  context.reset();
  BOOST_TEST(!joined->executor());
}

BOOST_AUTO_TEST_CASE(destruction_waits_for_a_member_that_another_thread_destroys) {
  auto const joined = make_member();
  auto leaving = make_member();
  std::latch leaves{1};
  std::atomic<bool> left{false};
  leaving->before_leaving = [&] {
    leaves.count_down();
    while (joined->gives_permit()) std::this_thread::yield();
    for (int chance = 0; chance != 100; ++chance) std::this_thread::yield();
    left = true;
  };
  std::jthread const destroyer([last = std::move(leaving)]() mutable { last.reset(); });
  leaves.wait();
  context.reset();
  BOOST_TEST(left);
}

BOOST_AUTO_TEST_CASE(destruction_waits_for_a_permit_of_any_member) {
  auto const joined = make_member();
  auto const other = make_member();
  std::latch has_permit{1};
  std::jthread holder([&] {
    context_member::permit const held(*other);
    has_permit.count_down();
    while (joined->gives_permit()) std::this_thread::yield();
    joined->given_back = true;
  });
  has_permit.wait();
  context.reset();
  BOOST_TEST(joined->given_back_when_destroyed);
}

BOOST_AUTO_TEST_CASE(nobody_has_a_permit_when_the_context_is_destroyed_in_the_midst_of_many) {
  auto const joined = make_member();
  std::atomic<bool> overlaps{false};
  std::latch all_run{4};
  std::vector<std::jthread> threads;
  for (int i = 0; i != 4; ++i)
    threads.emplace_back([&] {
      all_run.arrive_and_wait();
      for (;;) {
        context_member::permit const held(*joined);
        if (!held) return;
        if (joined->destructions != 0) overlaps = true;
      }
    });
  all_run.wait();
  context.reset();
  threads.clear();
  BOOST_TEST(!overlaps);
  BOOST_TEST(joined->destructions == 1);
}

BOOST_AUTO_TEST_SUITE_END()
