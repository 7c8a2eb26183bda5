// Copyright (c) 2026 The libvirt-asio authors
// Distributed under the Boost Software License, Version 1.0.

#include <libvirt-asio/open.hpp>

#include <algorithm>
#include <cstdlib>

namespace libvirt_asio::detail {
namespace {

char const* name_or_null(std::string const& name) {
  return name.empty() ? nullptr : name.c_str();
}

unsigned flag_if(bool wanted, unsigned flag) {
  return wanted ? flag : 0U;
}

void check_range(virStorageVolPtr volume, std::uint64_t offset, std::uint64_t length) {
  if (offset == 0 && length == 0) return;
  virStorageVolInfo info{};
  error_info details;
  if (virStorageVolGetInfoFlags(volume, &info, VIR_STORAGE_VOL_GET_PHYSICAL) < 0)
    throw system_error(failed_call(details));
  // With that flag libvirt reports the volume's physical length in the place of its allocation.
  auto const end = std::uint64_t{info.allocation};
  if (offset > end || length > end - offset) throw system_error(client_errc::range_beyond_volume);
}

}  // namespace

console_opener make_console_opener(virDomainPtr owner, console_options options) {
  return {share(owner), std::move(options.device),
          flag_if(options.force, VIR_DOMAIN_CONSOLE_FORCE) | flag_if(options.safe, VIR_DOMAIN_CONSOLE_SAFE)};
}

channel_opener make_channel_opener(virDomainPtr owner, console_options options) {
  return {share(owner), std::move(options.device), flag_if(options.force, VIR_DOMAIN_CHANNEL_FORCE)};
}

download_opener make_download_opener(virStorageVolPtr volume, download_options options) {
  return {share(volume), options.range.offset, options.range.length,
          options.flags | flag_if(options.sparse, VIR_STORAGE_VOL_DOWNLOAD_SPARSE_STREAM)};
}

upload_opener make_upload_opener(virStorageVolPtr volume, upload_options options) {
  return {share(volume), options.range.offset, options.range.length,
          options.flags | flag_if(options.sparse, VIR_STORAGE_VOL_UPLOAD_SPARSE_STREAM)};
}

int console_opener::operator()(virStreamPtr native) const {
  return virDomainOpenConsole(owner.get(), name_or_null(device), native, flags);
}

int channel_opener::operator()(virStreamPtr native) const {
  return virDomainOpenChannel(owner.get(), name_or_null(device), native, flags);
}

int screenshot_opener::operator()(virStreamPtr native) const {
  std::unique_ptr<char, decltype(&std::free)> const type(virDomainScreenshot(owner.get(), native, screen, 0),
                                                         &std::free);
  if (!type) return -1;
  *mime_type = type.get();
  return 0;
}

int download_opener::operator()(virStreamPtr native) const {
  check_range(volume.get(), offset, length);
  return open_part(native, {});
}

int download_opener::open_part(virStreamPtr native, stream_part part) const {
  std::uint64_t wanted = part.length;
  if (length != 0) {
    auto const left = length - part.position;
    wanted = part.length == 0 ? left : std::min(part.length, left);
  }
  return virStorageVolDownload(volume.get(), native, offset + part.position, wanted, flags);
}

bool download_opener::ends_at(std::uint64_t position) const {
  return length != 0 && position >= length;
}

int upload_opener::operator()(virStreamPtr native) const {
  return virStorageVolUpload(volume.get(), native, offset, length, flags);
}

}  // namespace libvirt_asio::detail
