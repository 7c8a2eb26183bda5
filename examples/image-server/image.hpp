// Copyright (c) 2026 The libvirt-asio authors
// Distributed under the Boost Software License, Version 1.0.

#ifndef LIBVIRT_ASIO_EXAMPLES_IMAGE_SERVER_IMAGE_HPP
#define LIBVIRT_ASIO_EXAMPLES_IMAGE_SERVER_IMAGE_HPP

#include "../look_up.hpp"
#include "../volume_description.hpp"

#include <libvirt-asio/libvirt-asio.hpp>

#include <boost/asio/awaitable.hpp>

#include <cstdint>
#include <string>
#include <utility>

namespace image_server {

/// A volume, and what HTTP is to know of it.
struct image {
  libvirt_asio::storage_vol volume;
  /// libvirt's, which is the same for every pool and connection.
  std::string key;
  /// What a download of it gives.
  std::uint64_t size = 0;
  /// Changes with the contents; empty if libvirt does not know when they have changed.
  std::string etag;
};

/// Asks libvirt, which blocks.
inline image look_up_image(virConnectPtr connection, std::string const& pool, std::string const& volume) {
  image found;
  found.volume.reset(example::look_up_volume(connection, pool, volume));
  example::check(found.volume != nullptr);
  auto* const native = found.volume.get();
  // This has libvirt look again, at the size too.
  auto const changed = example::describe_volume(native).get<std::string>("target.timestamps.mtime", "");
  virStorageVolInfo info{};
  example::check(virStorageVolGetInfoFlags(native, &info, VIR_STORAGE_VOL_GET_PHYSICAL) == 0);
  found.key = virStorageVolGetKey(native);
  found.size = info.allocation;
  if (!changed.empty()) found.etag = '"' + changed + '-' + std::to_string(found.size) + '"';
  return found;
}

/// Opens the connection first if it is not open, or not any more.
/**
 * What libvirt holds for a client that does not read is little: there may be many of them.
 */
inline boost::asio::awaitable<image> find_image(libvirt_asio::connection& connection, std::string uri,
                                                std::string pool, std::string volume) {
  auto const look_up = [pool = std::move(pool), volume = std::move(volume)](virConnectPtr native) {
    return look_up_image(native, pool, volume);
  };
  libvirt_asio::connect_options options;
  options.receive_window = 256 * 1024;
  if (!connection.is_open()) co_await connection.async_open(uri, options);
  co_return co_await connection.async_call(look_up);
}

}  // namespace image_server

#endif
