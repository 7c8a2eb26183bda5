// Copyright (c) 2026 The libvirt-asio authors
// Distributed under the Boost Software License, Version 1.0.

#ifndef LIBVIRT_ASIO_TEST_UNIT_MUTEXES_LOCKED_HPP
#define LIBVIRT_ASIO_TEST_UNIT_MUTEXES_LOCKED_HPP

namespace unit {

/// How many mutexes this thread has locked so far. Not under a sanitizer, which has a `pthread_mutex_lock` of its own.
int mutexes_locked();

}  // namespace unit

#endif
