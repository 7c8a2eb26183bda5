// Copyright (c) 2026 The libvirt-asio authors
// Distributed under the Boost Software License, Version 1.0.

#ifndef LIBVIRT_ASIO_TEST_UNIT_SUPPORT_PROGRAM_FUNCTION_HPP
#define LIBVIRT_ASIO_TEST_UNIT_SUPPORT_PROGRAM_FUNCTION_HPP

#include "libvirt/last_error.hpp"

#include <libvirt/virterror.h>

#include <atomic>

namespace unit {

/// The error function that a program sets.
class program_function {
 public:
  program_function() {
    ::virSetErrorFunc(this, [](void* self, virErrorPtr) { ++static_cast<program_function*>(self)->calls_; });
  }
  ~program_function() { ::virSetErrorFunc(nullptr, &libvirt_asio::detail::print_or_record); }
  program_function(program_function const&) = delete;
  program_function& operator=(program_function const&) = delete;

  [[nodiscard]] int calls() const { return calls_; }

 private:
  std::atomic<int> calls_ = 0;
};

}  // namespace unit

#endif
