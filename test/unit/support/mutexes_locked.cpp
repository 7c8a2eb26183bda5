// Copyright (c) 2026 The libvirt-asio authors
// Distributed under the Boost Software License, Version 1.0.

#include "unit/support/mutexes_locked.hpp"

#include "support/sanitizer.hpp"

#include <dlfcn.h>
#include <pthread.h>

namespace {

thread_local int counted = 0;

}  // namespace

namespace unit {

int mutexes_locked() {
  return counted;
}

}  // namespace unit

#if !LIBVIRT_ASIO_TEST_IS_SANITIZED

// Shared libraries find this one before the C library's.
extern "C" int pthread_mutex_lock(pthread_mutex_t* mutex) noexcept {
  using function = int (*)(pthread_mutex_t*);
  static auto const original = reinterpret_cast<function>(::dlsym(RTLD_NEXT, "pthread_mutex_lock"));
  ++counted;
  return original(mutex);
}

#endif
