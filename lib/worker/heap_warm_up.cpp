// Copyright (c) 2026 The libvirt-asio authors
// Distributed under the Boost Software License, Version 1.0.

#include "worker/heap_warm_up.hpp"

#include <cstddef>
#include <cstdlib>

namespace libvirt_asio::detail {

// libvirt allocates 170 to 260 KiB for a packet. glibc gives that back to the system as soon as it is free, and each
// packet's pages are made anew. By the largest block that was ever freed glibc learns how much to keep, of each arena
// twice as much: so one is freed that is larger than several packets. Nothing is set that the user has not left to
// glibc, and no other allocator minds.
void warm_up_heap() {
  constexpr std::size_t larger_than_packets = std::size_t{4} << 20;
  // A compiler leaves out a pair of calls that it sees to be one.
  void* volatile const block = std::malloc(larger_than_packets);
  std::free(block);
}

}  // namespace libvirt_asio::detail
