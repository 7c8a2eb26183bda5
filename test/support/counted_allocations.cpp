// Copyright (c) 2026 The libvirt-asio authors
// Distributed under the Boost Software License, Version 1.0.

#include "counted_allocations.hpp"

#include <algorithm>
#include <atomic>
#include <cstddef>
#include <cstdlib>
#include <new>

namespace {

// Constant from the beginning: what comes before main() allocates too.
constinit std::atomic<std::uint64_t> allocations{0};

void* allocate(std::size_t alignment, std::size_t size) noexcept {
  allocations.fetch_add(1, std::memory_order_relaxed);
  void* memory = nullptr;
  return ::posix_memalign(&memory, std::max(alignment, alignof(std::max_align_t)), size) == 0 ? memory
                                                                                              : nullptr;
}

void* allocate_or_throw(std::size_t alignment, std::size_t size) {
  void* const memory = allocate(alignment, size);
  if (memory == nullptr) throw std::bad_alloc();
  return memory;
}

}  // namespace

std::uint64_t test_support::counted_allocations() {
  return allocations.load(std::memory_order_relaxed);
}

// The forms that are left out call one of these.

void* operator new(std::size_t size) {
  return allocate_or_throw(1, size);
}

void* operator new(std::size_t size, std::align_val_t alignment) {
  return allocate_or_throw(static_cast<std::size_t>(alignment), size);
}

void operator delete(void* memory) noexcept {
  std::free(memory);
}

void operator delete(void* memory, std::size_t) noexcept {
  std::free(memory);
}

void operator delete(void* memory, std::align_val_t) noexcept {
  std::free(memory);
}

void operator delete(void* memory, std::size_t, std::align_val_t) noexcept {
  std::free(memory);
}

extern "C" void* aligned_alloc(std::size_t alignment, std::size_t size) noexcept {
  return allocate(alignment, size);
}
