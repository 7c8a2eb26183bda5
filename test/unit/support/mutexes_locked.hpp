// Copyright (c) 2026 The libvirt-asio authors
// Distributed under the Boost Software License, Version 1.0.

#ifndef LIBVIRT_ASIO_TEST_UNIT_MUTEXES_LOCKED_HPP
#define LIBVIRT_ASIO_TEST_UNIT_MUTEXES_LOCKED_HPP

#include "support/sanitizer.hpp"

namespace unit {

/// Sanitizers have a `pthread_mutex_lock` of their own.
inline constexpr bool mutexes_are_counted = !test_support::is_sanitized;

/// How many mutexes this thread has locked so far.
int mutexes_locked();

}  // namespace unit

#endif
