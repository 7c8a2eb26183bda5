// Copyright (c) 2026 The libvirt-asio authors
// Distributed under the Boost Software License, Version 1.0.

#include <libvirt-asio/open.hpp>

namespace libvirt_asio::detail {

// libvirt reports a null pointer when it is used: taking a reference to it must not do so before.
domain share(virDomainPtr object) {
  if (object != nullptr) virDomainRef(object);
  return domain(object);
}

storage_vol share(virStorageVolPtr object) {
  if (object != nullptr) virStorageVolRef(object);
  return storage_vol(object);
}

void check_range(virStorageVolPtr volume, byte_range range) {
  if (range.offset == 0 && range.length == 0) return;
  virStorageVolInfo info{};
  error_info details;
  if (virStorageVolGetInfoFlags(volume, &info, VIR_STORAGE_VOL_GET_PHYSICAL) < 0)
    throw system_error(failed_call(details));
  // With that flag libvirt reports the volume's physical length in the place of its allocation.
  auto const length = std::uint64_t{info.allocation};
  if (range.offset > length || range.length > length - range.offset)
    throw system_error(client_errc::range_beyond_volume);
}

}  // namespace libvirt_asio::detail
