#include "storage_pool.hpp"

#include "libvirt_failure.hpp"

namespace test_support {
namespace {

virStoragePoolPtr create(virConnectPtr connection, std::filesystem::path const& folder,
                         std::string const& name) {
  std::string const xml = "<pool type='dir'><name>" + name + "</name><target><path>" + folder.string() +
                          "</path></target></pool>";
  virStoragePoolPtr pool = ::virStoragePoolCreateXML(connection, xml.c_str(), 0);
  if (!pool) throw_last_error("cannot make the storage pool " + name);
  return pool;
}

std::string volume_xml(std::string const& name, std::uint64_t bytes, std::uint64_t allocation,
                       std::string const& format) {
  return "<volume><name>" + name + "</name><capacity>" + std::to_string(bytes) + "</capacity><allocation>" +
         std::to_string(allocation) + "</allocation><target><format type='" + format +
         "'/></target></volume>";
}

}  // namespace

storage_pool::storage_pool(virConnectPtr connection, std::filesystem::path const& folder,
                           std::string const& name)
    : folder_{folder}, pool_{create(connection, folder, name)} {}

storage_pool::~storage_pool() {
  ::virStoragePoolDestroy(pool_);
  ::virStoragePoolFree(pool_);
}

volume_handle storage_pool::create_volume(std::string const& name, std::uint64_t bytes,
                                          std::uint64_t allocation, std::string const& format) {
  std::string const xml = volume_xml(name, bytes, allocation, format);
  volume_handle volume{::virStorageVolCreateXML(pool_, xml.c_str(), 0)};
  if (!volume) throw_last_error("cannot make the volume " + name);
  return volume;
}

}  // namespace test_support
