// Copyright (c) 2026 The libvirt-asio authors
// Distributed under the Boost Software License, Version 1.0.

#include "transfer/sent_tail.hpp"

#include <boost/test/unit_test.hpp>

#include <vector>

namespace {

using libvirt_asio::detail::sent_tail;

std::vector<std::byte> bytes(std::size_t size, int value) {
  return std::vector<std::byte>(size, std::byte(value));
}

std::vector<std::byte> operator+(std::vector<std::byte> first, std::vector<std::byte> const& second) {
  first.insert(first.end(), second.begin(), second.end());
  return first;
}

}  // namespace

BOOST_AUTO_TEST_SUITE(sent_tail_test)

BOOST_AUTO_TEST_CASE(little_is_kept_whole) {
  sent_tail tail;
  BOOST_TEST(tail.bytes().empty());
  tail.add(bytes(10, 1));
  tail.add_zeros(5);
  tail.add(bytes(3, 2));
  BOOST_CHECK(tail.bytes() == bytes(10, 1) + bytes(5, 0) + bytes(3, 2));
}

BOOST_AUTO_TEST_CASE(of_much_the_end_is_kept) {
  sent_tail tail;
  tail.add(bytes(100, 1));
  tail.add(bytes(sent_tail::longest - 50, 2));
  BOOST_CHECK(tail.bytes() == bytes(50, 1) + bytes(sent_tail::longest - 50, 2));
  tail.add(bytes(3 * sent_tail::longest, 3));
  BOOST_CHECK(tail.bytes() == bytes(sent_tail::longest, 3));
  tail.add_zeros(10);
  BOOST_CHECK(tail.bytes() == bytes(sent_tail::longest - 10, 3) + bytes(10, 0));
}

BOOST_AUTO_TEST_CASE(a_hole_larger_than_memory_is_a_tail_of_zeros) {
  sent_tail tail;
  tail.add(bytes(10, 1));
  tail.add_zeros(std::uint64_t{1} << 60);
  BOOST_CHECK(tail.bytes() == bytes(sent_tail::longest, 0));
}

BOOST_AUTO_TEST_SUITE_END()
