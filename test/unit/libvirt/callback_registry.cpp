// Copyright (c) 2026 The libvirt-asio authors
// Distributed under the Boost Software License, Version 1.0.

#include "libvirt/callback_registry.hpp"

#include <boost/test/unit_test.hpp>

#include <memory>

namespace {

/// Of a type of its own each test: a registry is shared by the process.
template <int>
struct object {};

template <int Test>
using registry_of = libvirt_asio::detail::callback_registry<object<Test>>;

}  // namespace

BOOST_AUTO_TEST_SUITE(callback_registry_test)

BOOST_AUTO_TEST_CASE(an_object_is_found_by_its_number) {
  auto& registry = registry_of<1>::instance();
  auto const first = std::make_shared<object<1>>();
  auto const second = std::make_shared<object<1>>();
  auto const first_number = registry.add(first);
  auto const second_number = registry.add(second);
  BOOST_TEST(registry.find(first_number) == first);
  BOOST_TEST(registry.find(second_number) == second);
}

BOOST_AUTO_TEST_CASE(an_object_that_was_removed_is_not_found) {
  auto& registry = registry_of<2>::instance();
  auto const kept = std::make_shared<object<2>>();
  auto const number = registry.add(kept);
  registry.remove(number);
  BOOST_TEST(registry.find(number) == nullptr);
}

BOOST_AUTO_TEST_CASE(an_object_that_is_gone_is_not_found) {
  auto& registry = registry_of<3>::instance();
  auto lost = std::make_shared<object<3>>();
  auto const number = registry.add(lost);
  lost.reset();
  BOOST_TEST(registry.find(number) == nullptr);
}

BOOST_AUTO_TEST_CASE(the_number_of_a_removed_object_is_not_given_to_another) {
  auto& registry = registry_of<4>::instance();
  auto const kept = std::make_shared<object<4>>();
  auto const number = registry.add(kept);
  registry.remove(number);
  BOOST_TEST(registry.add(kept) != number);
  BOOST_TEST(registry.find(number) == nullptr);
}

BOOST_AUTO_TEST_CASE(no_object_has_the_number_0) {
  auto& registry = registry_of<5>::instance();
  auto const kept = std::make_shared<object<5>>();
  BOOST_TEST(registry.add(kept) != 0U);
  BOOST_TEST(registry.find(0) == nullptr);
}

BOOST_AUTO_TEST_SUITE_END()
