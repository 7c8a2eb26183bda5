// Copyright (c) 2026 The libvirt-asio authors
// Distributed under the Boost Software License, Version 1.0.

#ifndef LIBVIRT_ASIO_OPEN_HPP
#define LIBVIRT_ASIO_OPEN_HPP

#include <libvirt-asio/handle.hpp>
#include <libvirt-asio/stream.hpp>

#include <boost/asio/compose.hpp>

#include <algorithm>
#include <cstdint>
#include <memory>
#include <string>
#include <utility>

namespace libvirt_asio {

// Every function of this header opens a stream as `stream::async_open` does: the same errors, the same
// per-operation cancellation. The libvirt object must be valid when the function is called; the operation
// keeps a reference of its own. A null pointer gives libvirt's own error.

/// Which console or channel, and how it is opened.
struct console_options {
  /// The alias or target name of the device; empty for the first one. libvirt: `dev_name`, `name`.
  std::string device{};

  /// Takes the device from a client that has it open.
  /// libvirt: `VIR_DOMAIN_CONSOLE_FORCE`, `VIR_DOMAIN_CHANNEL_FORCE`.
  bool force = false;

  /// Fails when the hypervisor cannot make sure that only one client has the console open; no effect on
  /// channels. libvirt: `VIR_DOMAIN_CONSOLE_SAFE`.
  bool safe = false;
};

/// A part of a volume, in bytes.
struct byte_range {
  std::uint64_t offset = 0;
  /// 0 stands for all up to the end.
  std::uint64_t length = 0;
};

namespace detail {

[[nodiscard]] domain share(virDomainPtr object);
[[nodiscard]] storage_vol share(virStorageVolPtr object);

/// libvirt takes a range that goes beyond the volume for the part of it that does not; this throws.
void check_range(virStorageVolPtr volume, byte_range range);

struct console_opener {
  domain owner;
  console_options options;

  int operator()(virStreamPtr native) const {
    unsigned const flags = (options.force ? unsigned{VIR_DOMAIN_CONSOLE_FORCE} : 0U) |
                           (options.safe ? unsigned{VIR_DOMAIN_CONSOLE_SAFE} : 0U);
    return virDomainOpenConsole(owner.get(), options.device.empty() ? nullptr : options.device.c_str(),
                                native, flags);
  }
};

struct channel_opener {
  domain owner;
  console_options options;

  int operator()(virStreamPtr native) const {
    unsigned const flags = options.force ? unsigned{VIR_DOMAIN_CHANNEL_FORCE} : 0U;
    return virDomainOpenChannel(owner.get(), options.device.empty() ? nullptr : options.device.c_str(),
                                native, flags);
  }
};

struct screenshot_opener {
  domain owner;
  unsigned screen;
  std::shared_ptr<std::string> mime_type;

  int operator()(virStreamPtr native) const {
    std::unique_ptr<char, decltype(&std::free)> type(
        virDomainScreenshot(owner.get(), native, screen, 0), &std::free);
    if (!type) return -1;
    *mime_type = type.get();
    return 0;
  }
};

struct download_opener {
  storage_vol volume;
  byte_range range;
  unsigned flags;

  int operator()(virStreamPtr native) const {
    check_range(volume.get(), range);
    return open_part(native, {});
  }

  int open_part(virStreamPtr native, stream_part part) const {
    std::uint64_t length = part.length;
    if (range.length != 0) {
      auto const left = range.length - part.position;
      length = part.length == 0 ? left : std::min(part.length, left);
    }
    return virStorageVolDownload(volume.get(), native, range.offset + part.position, length, flags);
  }

  [[nodiscard]] bool ends_at(std::uint64_t position) const {
    return range.length != 0 && position >= range.length;
  }
};

struct upload_opener {
  storage_vol volume;
  byte_range range;
  unsigned flags;

  int operator()(virStreamPtr native) const {
    return virStorageVolUpload(volume.get(), native, range.offset, range.length, flags);
  }
};

}  // namespace detail

/// Opens a serial or paravirtual console of a domain.
/**
 * Completion signature: `void(error_code)`. libvirt: `virDomainOpenConsole`.
 */
template <class Executor, class CompletionToken = detail::default_token<Executor>>
auto async_open_console(basic_stream<Executor>& target, virDomainPtr owner, console_options options,
                        CompletionToken&& token = {}) {
  return target.async_open(detail::console_opener{detail::share(owner), std::move(options)},
                           std::forward<CompletionToken>(token));
}

template <class Executor, class CompletionToken = detail::default_token<Executor>>
  requires(!std::same_as<std::remove_cvref_t<CompletionToken>, console_options>)
auto async_open_console(basic_stream<Executor>& target, virDomainPtr owner, CompletionToken&& token = {}) {
  return async_open_console(target, owner, console_options{}, std::forward<CompletionToken>(token));
}

/// Opens a channel of a domain.
/**
 * Completion signature: `void(error_code)`. libvirt: `virDomainOpenChannel`.
 */
template <class Executor, class CompletionToken = detail::default_token<Executor>>
auto async_open_channel(basic_stream<Executor>& target, virDomainPtr owner, console_options options,
                        CompletionToken&& token = {}) {
  return target.async_open(detail::channel_opener{detail::share(owner), std::move(options)},
                           std::forward<CompletionToken>(token));
}

template <class Executor, class CompletionToken = detail::default_token<Executor>>
  requires(!std::same_as<std::remove_cvref_t<CompletionToken>, console_options>)
auto async_open_channel(basic_stream<Executor>& target, virDomainPtr owner, CompletionToken&& token = {}) {
  return async_open_channel(target, owner, console_options{}, std::forward<CompletionToken>(token));
}

/// Takes a screenshot of a domain, to be read from the stream.
/**
 * Completion signature: `void(error_code, std::string)`, the string being the MIME type of the picture.
 * libvirt: `virDomainScreenshot`.
 */
template <class Executor, class CompletionToken = detail::default_token<Executor>>
auto async_open_screenshot(basic_stream<Executor>& target, virDomainPtr owner, unsigned screen,
                           CompletionToken&& token = {}) {
  auto mime_type = std::make_shared<std::string>();
  // Shared, so that the composed operation can be moved while the stream's operation refers to the opener.
  auto opener = std::make_shared<detail::screenshot_opener>(detail::share(owner), screen, mime_type);
  return asio::async_compose<CompletionToken, void(error_code, std::string)>(
      [&target, mime_type, opener, opening = false](auto& self, error_code error = {}) mutable {
        if (opening) return self.complete(error, error ? std::string() : std::move(*mime_type));
        opening = true;
        target.async_open([opener](virStreamPtr native) { return (*opener)(native); }, std::move(self));
      },
      token, target);
}

template <class Executor, class CompletionToken = detail::default_token<Executor>>
  requires(!std::integral<std::remove_cvref_t<CompletionToken>>)
auto async_open_screenshot(basic_stream<Executor>& target, virDomainPtr owner, CompletionToken&& token = {}) {
  return async_open_screenshot(target, owner, 0U, std::forward<CompletionToken>(token));
}

/// Opens a volume for reading.
/**
 * A range that goes beyond the volume gives `client_errc::range_beyond_volume`.
 *
 * When nobody reads the stream, and what has come for it takes up the connection's receive window while
 * another stream is being read, libvirt's stream is aborted, and opened again by the next read, where the
 * last one stopped.
 *
 * `flags` are libvirt's, `VIR_STORAGE_VOL_DOWNLOAD_SPARSE_STREAM` for one.
 *
 * Completion signature: `void(error_code)`. libvirt: `virStorageVolDownload`.
 */
template <class Executor, class CompletionToken = detail::default_token<Executor>>
auto async_open_download(basic_stream<Executor>& target, virStorageVolPtr volume, byte_range range,
                         unsigned flags, CompletionToken&& token = {}) {
  return target.async_open(detail::download_opener{detail::share(volume), range, flags},
                           std::forward<CompletionToken>(token));
}

template <class Executor, class CompletionToken = detail::default_token<Executor>>
  requires(!std::same_as<std::remove_cvref_t<CompletionToken>, byte_range>)
auto async_open_download(basic_stream<Executor>& target, virStorageVolPtr volume,
                         CompletionToken&& token = {}) {
  return async_open_download(target, volume, byte_range{}, 0U, std::forward<CompletionToken>(token));
}

/// Opens a volume for writing.
/**
 * A volume in a file grows if more is written than it has room for: libvirt sets no bound.
 *
 * `flags` are libvirt's, `VIR_STORAGE_VOL_UPLOAD_SPARSE_STREAM` for one. Open the streams of one volume one
 * after another: libvirt now and then refuses the second of two that are opened at the same moment.
 *
 * Completion signature: `void(error_code)`. libvirt: `virStorageVolUpload`.
 */
template <class Executor, class CompletionToken = detail::default_token<Executor>>
auto async_open_upload(basic_stream<Executor>& target, virStorageVolPtr volume, byte_range range,
                       unsigned flags, CompletionToken&& token = {}) {
  return target.async_open(detail::upload_opener{detail::share(volume), range, flags},
                           std::forward<CompletionToken>(token));
}

template <class Executor, class CompletionToken = detail::default_token<Executor>>
  requires(!std::same_as<std::remove_cvref_t<CompletionToken>, byte_range>)
auto async_open_upload(basic_stream<Executor>& target, virStorageVolPtr volume, CompletionToken&& token = {}) {
  return async_open_upload(target, volume, byte_range{}, 0U, std::forward<CompletionToken>(token));
}

}  // namespace libvirt_asio

#endif
