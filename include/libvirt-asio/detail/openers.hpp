// Copyright (c) 2026 The libvirt-asio authors
// Distributed under the Boost Software License, Version 1.0.

#ifndef LIBVIRT_ASIO_DETAIL_OPENERS_HPP
#define LIBVIRT_ASIO_DETAIL_OPENERS_HPP

#include <libvirt-asio/detail/default_token.hpp>
#include <libvirt-asio/detail/export.hpp>
#include <libvirt-asio/detail/share.hpp>
#include <libvirt-asio/handle.hpp>
#include <libvirt-asio/stream.hpp>

#include <cstdint>
#include <memory>
#include <string>

namespace libvirt_asio {

struct console_options;
struct download_options;
struct upload_options;

}  // namespace libvirt_asio

// The function objects by which the functions of open.hpp open a stream, on a worker thread. Each owns a reference
// to its libvirt object.

namespace libvirt_asio::detail {

struct LIBVIRT_ASIO_EXPORT console_opener {
  domain owner;
  std::string device;
  unsigned flags;

  int operator()(virStreamPtr native) const;
};

struct LIBVIRT_ASIO_EXPORT channel_opener {
  domain owner;
  std::string device;
  unsigned flags;

  int operator()(virStreamPtr native) const;
};

struct LIBVIRT_ASIO_EXPORT screenshot_opener {
  domain owner;
  unsigned screen;
  std::shared_ptr<std::string> mime_type;

  int operator()(virStreamPtr native) const;
};

/// Can also open the stream again at a later position.
struct LIBVIRT_ASIO_EXPORT download_opener {
  storage_vol volume;
  std::uint64_t offset;
  std::uint64_t length;
  unsigned flags;

  /// libvirt takes a range that goes beyond the volume for the part of it that does not; this throws.
  int operator()(virStreamPtr native) const;
  int open_part(virStreamPtr native, stream_part part) const;
  [[nodiscard]] bool ends_at(std::uint64_t position) const;
};

struct LIBVIRT_ASIO_EXPORT upload_opener {
  storage_vol volume;
  std::uint64_t offset;
  std::uint64_t length;
  unsigned flags;

  int operator()(virStreamPtr native) const;
};

LIBVIRT_ASIO_EXPORT [[nodiscard]]
console_opener make_console_opener(virDomainPtr owner, console_options options);
LIBVIRT_ASIO_EXPORT [[nodiscard]]
channel_opener make_channel_opener(virDomainPtr owner, console_options options);
LIBVIRT_ASIO_EXPORT [[nodiscard]]
download_opener make_download_opener(virStorageVolPtr volume, download_options options);
LIBVIRT_ASIO_EXPORT [[nodiscard]]
upload_opener make_upload_opener(virStorageVolPtr volume, upload_options options);

}  // namespace libvirt_asio::detail

#endif
