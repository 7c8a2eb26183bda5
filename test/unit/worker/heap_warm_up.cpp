// Copyright (c) 2026 The libvirt-asio authors
// Distributed under the Boost Software License, Version 1.0.

#include "worker/worker_threads.hpp"

#include <boost/test/unit_test.hpp>

#include <sys/resource.h>

#include <array>
#include <cstdlib>
#include <cstring>
#include <thread>

namespace {

// About as large as a packet of libvirt's.
constexpr std::size_t packet = 262'148;
constexpr long page = 4'096;
constexpr int rounds = 100;

long page_faults() {
  rusage usage{};
  ::getrusage(RUSAGE_THREAD, &usage);
  return usage.ru_minflt;
}

/// Allocates, fills and frees a few packets at a time.
void use_packets() {
  std::array<void*, 4> all{};
  for (void*& each : all) {
    each = std::malloc(packet);
    std::memset(each, 1, packet);
  }
  for (void* const each : all) std::free(each);
}

/// The page faults of all rounds but the first.
long page_faults_of_packets() {
  use_packets();
  auto const before = page_faults();
  for (int round = 0; round != rounds; ++round) use_packets();
  return page_faults() - before;
}

// Those of half a packet a round.
constexpr long bound = rounds * static_cast<long>(packet) / page / 2;

}  // namespace

BOOST_AUTO_TEST_SUITE(heap_warm_up_test)

BOOST_AUTO_TEST_CASE(packets_take_memory_that_is_there_when_worker_threads_are) {
  static_cast<void>(libvirt_asio::detail::worker_threads::instance());
  BOOST_TEST(page_faults_of_packets() < bound);
  long faults_of_thread = 0;
  std::thread([&] { faults_of_thread = page_faults_of_packets(); }).join();
  BOOST_TEST(faults_of_thread < bound);
}

BOOST_AUTO_TEST_SUITE_END()
