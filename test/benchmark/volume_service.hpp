// Copyright (c) 2026 The libvirt-asio authors
// Distributed under the Boost Software License, Version 1.0.

#ifndef LIBVIRT_ASIO_TEST_BENCHMARK_VOLUME_SERVICE_HPP
#define LIBVIRT_ASIO_TEST_BENCHMARK_VOLUME_SERVICE_HPP

#include "libvirt_handles.hpp"

#include "support/private_libvirtd.hpp"
#include "support/storage_pool.hpp"
#include "support/temporary_folder.hpp"
#include "support/test_data.hpp"

#include <cstdint>
#include <string>

namespace benchmark {

constexpr std::uint64_t gibibyte = std::uint64_t{1} << 30;

/// A daemon with a storage pool in memory, as the write-back of a disk makes runs vary by several times.
class volume_service {
 public:
  explicit volume_service(test_support::libvirtd_options const& options = {})
      : daemon_(options),
        folder_(daemon_.make_folder("/dev/shm")),
        connection_(open_connection(daemon_.unix_uri())),
        pool_(connection_.get(), folder_.path()) {}

  [[nodiscard]] test_support::private_libvirtd& daemon() { return daemon_; }
  [[nodiscard]] virConnectPtr connection() const { return connection_.get(); }

  /// Makes a sparse volume and returns its path.
  std::string make_volume(std::string const& name, std::uint64_t bytes) {
    pool_.create_volume(name, bytes);
    return pool_.path(name).string();
  }

  /// Makes a volume full of test data and returns its path.
  std::string make_full_volume(std::string const& name, std::uint64_t bytes) {
    std::string path = make_volume(name, bytes);
    test_support::write_test_file(path, bytes);
    return path;
  }

 private:
  test_support::private_libvirtd daemon_;
  test_support::temporary_folder folder_;
  connection_handle connection_;
  test_support::storage_pool pool_;
};

}  // namespace benchmark

#endif
