// Copyright (c) 2026 The libvirt-asio authors
// Distributed under the Boost Software License, Version 1.0.

#ifndef LIBVIRT_ASIO_DETAIL_SHARE_HPP
#define LIBVIRT_ASIO_DETAIL_SHARE_HPP

#include <libvirt-asio/detail/export.hpp>
#include <libvirt-asio/handle.hpp>

namespace libvirt_asio::detail {

// Another reference to an object of libvirt's. A null pointer stays one: libvirt reports it when it is used.
LIBVIRT_ASIO_EXPORT [[nodiscard]] domain share(virDomainPtr object);
LIBVIRT_ASIO_EXPORT [[nodiscard]] network share(virNetworkPtr object);
LIBVIRT_ASIO_EXPORT [[nodiscard]] node_device share(virNodeDevicePtr object);
LIBVIRT_ASIO_EXPORT [[nodiscard]] secret share(virSecretPtr object);
LIBVIRT_ASIO_EXPORT [[nodiscard]] storage_pool share(virStoragePoolPtr object);
LIBVIRT_ASIO_EXPORT [[nodiscard]] storage_vol share(virStorageVolPtr object);

}  // namespace libvirt_asio::detail

#endif
