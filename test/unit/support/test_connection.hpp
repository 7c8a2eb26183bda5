// Copyright (c) 2026 The libvirt-asio authors
// Distributed under the Boost Software License, Version 1.0.

#ifndef LIBVIRT_ASIO_TEST_UNIT_TEST_CONNECTION_HPP
#define LIBVIRT_ASIO_TEST_UNIT_TEST_CONNECTION_HPP

#include <libvirt/libvirt.h>
#include <libvirt/virterror.h>

#include <memory>

namespace unit {

struct connection_deleter {
  void operator()(virConnectPtr connection) const noexcept { ::virConnectClose(connection); }
};
using connection_handle = std::unique_ptr<virConnect, connection_deleter>;

/// libvirt's own connection to the test driver, which prints no errors.
inline connection_handle open_test_connection() {
  connection_handle connection(::virConnectOpen("test:///default"));
  ::virConnSetErrorFunc(connection.get(), nullptr, [](void*, virErrorPtr) {});
  return connection;
}

}  // namespace unit

#endif
