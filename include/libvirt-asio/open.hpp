// Copyright (c) 2026 The libvirt-asio authors
// Distributed under the Boost Software License, Version 1.0.

#ifndef LIBVIRT_ASIO_OPEN_HPP
#define LIBVIRT_ASIO_OPEN_HPP

#include <libvirt-asio/detail/adapted_handler.hpp>
#include <libvirt-asio/detail/openers.hpp>
#include <libvirt-asio/detail/screenshot.hpp>
#include <libvirt-asio/stream.hpp>

#include <boost/asio/deferred.hpp>

#include <concepts>
#include <cstdint>
#include <memory>
#include <string>
#include <type_traits>
#include <utility>

namespace libvirt_asio {

// Every function of this header opens a stream as `stream::async_open` does: with the same errors, the same immediate
// completions and the same per-operation cancellation. The libvirt object must be valid when the function is called;
// the operation keeps a reference of its own. A null pointer gives libvirt's own error.

/// The options of `async_open_console` and `async_open_channel`.
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
  /// 0 stands for everything up to the end.
  std::uint64_t length = 0;
};

/// The options of `async_open_download`.
struct download_options {
  /// The part of the volume that the stream reads.
  byte_range range{};

  /// Reports holes: `async_receive` returns them, other reads see zeros.
  /// libvirt: `VIR_STORAGE_VOL_DOWNLOAD_SPARSE_STREAM`.
  bool sparse = false;

  /// Further flags for `virStorageVolDownload`.
  unsigned flags = 0;
};

/// The options of `async_open_upload`.
struct upload_options {
  /// The part of the volume that the stream writes.
  byte_range range{};

  /// Lets `async_send_hole` send holes. libvirt: `VIR_STORAGE_VOL_UPLOAD_SPARSE_STREAM`.
  bool sparse = false;

  /// Further flags for `virStorageVolUpload`.
  unsigned flags = 0;
};

/// Opens a serial or paravirtual console of a domain.
/**
 * Completion signature: `void(error_code)`. libvirt: `virDomainOpenConsole`.
 */
template <class Executor, class CompletionToken = detail::default_token<Executor>>
auto async_open_console(basic_stream<Executor>& target, virDomainPtr owner, console_options options,
                        CompletionToken&& token = {}) {
  return target.async_open(detail::make_console_opener(owner, std::move(options)),
                           std::forward<CompletionToken>(token));
}

template <class Executor, class CompletionToken = detail::default_token<Executor>>
  requires(!detail::any_of<CompletionToken, console_options>)
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
  return target.async_open(detail::make_channel_opener(owner, std::move(options)),
                           std::forward<CompletionToken>(token));
}

template <class Executor, class CompletionToken = detail::default_token<Executor>>
  requires(!detail::any_of<CompletionToken, console_options>)
auto async_open_channel(basic_stream<Executor>& target, virDomainPtr owner, CompletionToken&& token = {}) {
  return async_open_channel(target, owner, console_options{}, std::forward<CompletionToken>(token));
}

/// Takes a screenshot of a domain, which is then read from the stream. `screen` defaults to the first one.
/**
 * Completion signature: `void(error_code, std::string)`, the string being the MIME type of the picture.
 * libvirt: `virDomainScreenshot`.
 */
template <class Executor, class CompletionToken = detail::default_token<Executor>>
auto async_open_screenshot(basic_stream<Executor>& target, virDomainPtr owner, unsigned screen,
                           CompletionToken&& token = {}) {
  auto mime_type = std::make_shared<std::string>();
  auto opening = target.async_open(detail::screenshot_opener{detail::share(owner), screen, mime_type}, asio::deferred);
  return detail::initiate_adapted<void(error_code, std::string)>(token, target.get_executor(), std::move(opening),
                                                                 detail::mime_type_adder{std::move(mime_type)});
}

template <class Executor, class CompletionToken = detail::default_token<Executor>>
  requires(!std::integral<std::remove_cvref_t<CompletionToken>>)
auto async_open_screenshot(basic_stream<Executor>& target, virDomainPtr owner, CompletionToken&& token = {}) {
  return async_open_screenshot(target, owner, 0U, std::forward<CompletionToken>(token));
}

/// Opens a volume for reading: all of it, a `byte_range` of it, or as the options say.
/**
 * The stream is suspended if nobody reads it, its data fills the connection's receive window, and either more comes in
 * all the same (another stream is read, or calls are made) or the connection has been silent, and nothing on it been
 * read, between two keepalive messages: libvirt's stream is aborted, and the next read opens another where the last one
 * stopped. While an operation on it is outstanding it is not suspended.
 *
 * Completion signature: `void(error_code)`; `client_errc::range_beyond_volume` for a range that goes beyond
 * the volume. libvirt: `virStorageVolDownload`.
 */
template <class Executor, class CompletionToken = detail::default_token<Executor>>
auto async_open_download(basic_stream<Executor>& target, virStorageVolPtr volume, download_options options,
                         CompletionToken&& token = {}) {
  return target.async_open(detail::make_download_opener(volume, options), std::forward<CompletionToken>(token));
}

// A template, so that `{}` stands for the options.
template <class Executor, std::same_as<byte_range> Range, class CompletionToken = detail::default_token<Executor>>
auto async_open_download(basic_stream<Executor>& target, virStorageVolPtr volume, Range range,
                         CompletionToken&& token = {}) {
  return async_open_download(target, volume, download_options{.range = range},
                             std::forward<CompletionToken>(token));
}

template <class Executor, class CompletionToken = detail::default_token<Executor>>
  requires(!detail::any_of<CompletionToken, download_options, byte_range>)
auto async_open_download(basic_stream<Executor>& target, virStorageVolPtr volume, CompletionToken&& token = {}) {
  return async_open_download(target, volume, download_options{}, std::forward<CompletionToken>(token));
}

/// Opens a volume for writing: all of it, a `byte_range` of it, or as the options say.
/**
 * A volume in a file grows if more is written than it holds. Open the streams of one
 * volume one after another: libvirt sometimes refuses the second of two that are opened at the same moment.
 *
 * Completion signature: `void(error_code)`. libvirt: `virStorageVolUpload`.
 */
template <class Executor, class CompletionToken = detail::default_token<Executor>>
auto async_open_upload(basic_stream<Executor>& target, virStorageVolPtr volume, upload_options options,
                       CompletionToken&& token = {}) {
  return target.async_open(detail::make_upload_opener(volume, options), std::forward<CompletionToken>(token));
}

// A template, so that `{}` stands for the options.
template <class Executor, std::same_as<byte_range> Range, class CompletionToken = detail::default_token<Executor>>
auto async_open_upload(basic_stream<Executor>& target, virStorageVolPtr volume, Range range,
                       CompletionToken&& token = {}) {
  return async_open_upload(target, volume, upload_options{.range = range}, std::forward<CompletionToken>(token));
}

template <class Executor, class CompletionToken = detail::default_token<Executor>>
  requires(!detail::any_of<CompletionToken, upload_options, byte_range>)
auto async_open_upload(basic_stream<Executor>& target, virStorageVolPtr volume, CompletionToken&& token = {}) {
  return async_open_upload(target, volume, upload_options{}, std::forward<CompletionToken>(token));
}

}  // namespace libvirt_asio

#endif
