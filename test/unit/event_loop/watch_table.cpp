// Copyright (c) 2026 The libvirt-asio authors
// Distributed under the Boost Software License, Version 1.0.

#include "event_loop/watch_table.hpp"

#include <boost/test/unit_test.hpp>

namespace {

using libvirt_asio::detail::watch;
using libvirt_asio::detail::watch_table;
using libvirt_asio::detail::watched_descriptor;

constexpr int readable = VIR_EVENT_HANDLE_READABLE;
constexpr int some_fd = 7;
constexpr int other_fd = 8;

struct watch_table_fixture {
  watched_descriptor& add(int fd, int id) { return watches.add(fd, {id, readable, nullptr, nullptr, nullptr}); }

  watch_table watches;
};

}  // namespace

BOOST_FIXTURE_TEST_SUITE(watch_table_test, watch_table_fixture)

BOOST_AUTO_TEST_CASE(a_watch_is_found_with_its_descriptor) {
  auto& descriptor = add(some_fd, 1);
  add(other_fd, 2);
  auto const found = watches.find(1);
  BOOST_REQUIRE(found);
  BOOST_TEST(found.descriptor == &descriptor);
  BOOST_TEST(found.watched->id == 1);
  BOOST_TEST(!watches.find(3));
}

BOOST_AUTO_TEST_CASE(watches_on_the_same_descriptor_share_it) {
  auto& descriptor = add(some_fd, 1);
  BOOST_TEST(&add(some_fd, 2) == &descriptor);
  BOOST_TEST(descriptor.watches.size() == 2U);
  BOOST_TEST(watches.descriptors().size() == 1U);
}

BOOST_AUTO_TEST_CASE(a_descriptor_goes_with_its_last_watch) {
  auto& descriptor = add(some_fd, 1);
  add(some_fd, 2);
  watches.remove(watches.find(1));
  BOOST_TEST(!watches.find(1));
  BOOST_REQUIRE(watches.find(2));
  BOOST_TEST(watches.find(2).descriptor == &descriptor);
  watches.remove(watches.find(2));
  BOOST_TEST(watches.empty());
}

BOOST_AUTO_TEST_CASE(a_watch_is_found_after_an_earlier_one_on_its_descriptor_was_removed) {
  add(some_fd, 1);
  add(some_fd, 2);
  add(some_fd, 3);
  watches.remove(watches.find(2));
  BOOST_TEST(watches.find(1).watched->id == 1);
  BOOST_TEST(watches.find(3).watched->id == 3);
}

BOOST_AUTO_TEST_CASE(a_descriptor_whose_number_is_used_again_is_another) {
  auto const former = add(some_fd, 1).serial;
  watches.remove(watches.find(1));
  auto& present = add(some_fd, 2);
  BOOST_TEST(watches.descriptor(some_fd, former) == nullptr);
  BOOST_TEST(watches.descriptor(some_fd, present.serial) == &present);
}

BOOST_AUTO_TEST_CASE(a_table_that_was_cleared_knows_nothing) {
  auto const serial = add(some_fd, 1).serial;
  watches.clear();
  BOOST_TEST(watches.empty());
  BOOST_TEST(!watches.find(1));
  BOOST_TEST(watches.descriptor(some_fd, serial) == nullptr);
}

BOOST_AUTO_TEST_SUITE_END()
