// Copyright (c) 2026 The libvirt-asio authors
// Distributed under the Boost Software License, Version 1.0.

#include "events/event_queue.hpp"

#include <boost/test/unit_test.hpp>

#include <memory>
#include <vector>

namespace {

using libvirt_asio::detail::event_queue;

std::vector<int> popped(event_queue<int>& queue) {
  std::vector<int> values;
  while (!queue.empty()) values.push_back(queue.pop());
  return values;
}

BOOST_AUTO_TEST_SUITE(event_queue_test)

BOOST_AUTO_TEST_CASE(values_come_in_the_order_in_which_they_were_added) {
  event_queue<int> queue(100);
  for (int i = 1; i <= 50; ++i) BOOST_TEST(queue.push(int{i}) == 0);
  std::vector<int> const values = popped(queue);
  BOOST_TEST(values.size() == 50U);
  for (int i = 0; i != 50; ++i) BOOST_TEST(values[static_cast<std::size_t>(i)] == i + 1);
  BOOST_TEST(queue.take_dropped() == 0U);
}

BOOST_AUTO_TEST_CASE(a_full_queue_gives_back_the_oldest) {
  event_queue<int> queue(3);
  for (int i = 1; i <= 3; ++i) BOOST_TEST(queue.push(int{i}) == 0);
  BOOST_TEST(queue.push(4) == 1);
  BOOST_TEST(queue.push(5) == 2);
  BOOST_TEST(popped(queue) == (std::vector{3, 4, 5}), boost::test_tools::per_element());
}

BOOST_AUTO_TEST_CASE(what_was_dropped_is_told_once) {
  event_queue<int> queue(1);
  for (int i = 1; i <= 4; ++i) static_cast<void>(queue.push(int{i}));
  BOOST_TEST(queue.take_dropped() == 3U);
  BOOST_TEST(queue.take_dropped() == 0U);
}

BOOST_AUTO_TEST_CASE(a_capacity_of_0_is_one_of_1) {
  event_queue<int> queue(0);
  BOOST_TEST(queue.push(1) == 0);
  BOOST_TEST(queue.push(2) == 1);
  BOOST_TEST(popped(queue) == std::vector{2}, boost::test_tools::per_element());
}

BOOST_AUTO_TEST_CASE(a_queue_that_was_emptied_is_filled_again) {
  event_queue<int> queue(10);
  for (int round = 0; round != 5; ++round) {
    for (int i = 1; i <= 7; ++i) BOOST_TEST(queue.push(int{i}) == 0);
    BOOST_TEST(popped(queue).size() == 7U);
  }
}

BOOST_AUTO_TEST_CASE(values_are_only_moved) {
  event_queue<std::unique_ptr<int>> queue(1);
  static_cast<void>(queue.push(std::make_unique<int>(1)));
  auto const dropped = queue.push(std::make_unique<int>(2));
  BOOST_TEST_REQUIRE(dropped);
  BOOST_TEST(*dropped == 1);
  BOOST_TEST(*queue.pop() == 2);
}

BOOST_AUTO_TEST_SUITE_END()

}  // namespace
