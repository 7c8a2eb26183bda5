// Copyright (c) 2026 The libvirt-asio authors
// Distributed under the Boost Software License, Version 1.0.

#ifndef LIBVIRT_ASIO_TEST_UNIT_SUPPORT_NO_MORE_DESCRIPTORS_HPP
#define LIBVIRT_ASIO_TEST_UNIT_SUPPORT_NO_MORE_DESCRIPTORS_HPP

#include <boost/test/unit_test.hpp>

#include <sys/resource.h>

namespace unit {

/// The process can make no file descriptor while it lives.
class no_more_descriptors {
 public:
  no_more_descriptors() {
    BOOST_REQUIRE(::getrlimit(RLIMIT_NOFILE, &former_) == 0);
    rlimit const none{0, former_.rlim_max};
    BOOST_REQUIRE(::setrlimit(RLIMIT_NOFILE, &none) == 0);
  }
  ~no_more_descriptors() { BOOST_TEST(::setrlimit(RLIMIT_NOFILE, &former_) == 0); }
  no_more_descriptors(no_more_descriptors const&) = delete;
  no_more_descriptors& operator=(no_more_descriptors const&) = delete;

 private:
  rlimit former_{};
};

}  // namespace unit

#endif
