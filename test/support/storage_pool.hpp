#ifndef LIBVIRT_ASIO_TEST_SUPPORT_STORAGE_POOL_HPP
#define LIBVIRT_ASIO_TEST_SUPPORT_STORAGE_POOL_HPP

#include <libvirt/libvirt.h>

#include <cstdint>
#include <filesystem>
#include <memory>
#include <string>

namespace test_support {

struct volume_deleter {
  void operator()(virStorageVolPtr volume) const noexcept { ::virStorageVolFree(volume); }
};
using volume_handle = std::unique_ptr<virStorageVol, volume_deleter>;

/// A pool whose volumes are the files of a folder. It ends with the object, which must not outlive the
/// connection; the volumes end with the folder.
class storage_pool {
 public:
  storage_pool(virConnectPtr connection, std::filesystem::path const& folder,
               std::string const& name = "pool");
  ~storage_pool();

  storage_pool(storage_pool const&) = delete;
  storage_pool& operator=(storage_pool const&) = delete;

  virStoragePoolPtr pool() const noexcept { return pool_; }

  /// The file that is the volume of this name.
  std::filesystem::path path(std::string const& volume) const { return folder_ / volume; }

  /// Makes a volume of `bytes` bytes, sparse but for the first `allocation` bytes.
  volume_handle create_volume(std::string const& name, std::uint64_t bytes, std::uint64_t allocation = 0,
                              std::string const& format = "raw");

 private:
  std::filesystem::path folder_;
  virStoragePoolPtr pool_;
};

}  // namespace test_support

#endif
