// Copyright (c) 2026 The libvirt-asio authors
// Distributed under the Boost Software License, Version 1.0.

#ifndef LIBVIRT_ASIO_TEST_BENCHMARK_LIBVIRT_HANDLES_HPP
#define LIBVIRT_ASIO_TEST_BENCHMARK_LIBVIRT_HANDLES_HPP

#include "support/libvirt_failure.hpp"

#include <libvirt/libvirt.h>
#include <libvirt-asio/handle.hpp>

#include <memory>
#include <string>
#include <type_traits>

namespace benchmark {

using connection_handle = std::unique_ptr<virConnect, libvirt_asio::handle_deleter<virConnectClose>>;
using stream_handle = std::unique_ptr<virStream, libvirt_asio::handle_deleter<virStreamFree>>;

/// Turns libvirt's failures into exceptions: null pointers and negative numbers.
template <class Result>
Result checked(Result result, char const* what) {
  bool failed = false;
  if constexpr (std::is_pointer_v<Result>)
    failed = result == nullptr;
  else
    failed = result < 0;
  if (failed) test_support::throw_last_error(what);
  return result;
}

inline connection_handle open_connection(std::string const& uri) {
  return connection_handle(checked(::virConnectOpen(uri.c_str()), "cannot connect"));
}

inline libvirt_asio::storage_vol find_volume(virConnectPtr connection, std::string const& path) {
  return libvirt_asio::storage_vol(
      checked(::virStorageVolLookupByPath(connection, path.c_str()), "cannot find the volume"));
}

inline libvirt_asio::domain find_domain(virConnectPtr connection, std::string const& name) {
  return libvirt_asio::domain(
      checked(::virDomainLookupByName(connection, name.c_str()), "cannot find the guest"));
}

inline stream_handle new_stream(virConnectPtr connection, unsigned flags = 0) {
  return stream_handle(checked(::virStreamNew(connection, flags), "cannot make a stream"));
}

}  // namespace benchmark

#endif
