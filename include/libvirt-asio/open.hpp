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

/// @addtogroup stream_opening
/// @{

/// The options of `async_open_console()` and `async_open_channel()`.
struct console_options {
  /// The alias or target name of the device. If it is empty, the first one is opened.
  std::string device{};

  /// Takes the device from a client that has it open. libvirt: `VIR_DOMAIN_CONSOLE_FORCE`, `VIR_DOMAIN_CHANNEL_FORCE`.
  bool force = false;

  /// Fails if the hypervisor cannot make sure that only one client has the console open. Has no effect on channels.
  /// libvirt: `VIR_DOMAIN_CONSOLE_SAFE`.
  bool safe = false;
};

/// A part of a volume, in bytes.
struct byte_range {
  /// Where it begins.
  std::uint64_t offset = 0;
  /// Its length. 0 stands for everything up to the end.
  std::uint64_t length = 0;
};

/// The options of `async_open_download()`.
struct download_options {
  /// The part of the volume that the stream reads.
  byte_range range{};

  /// Reports holes: `basic_stream::async_receive()` gives them, other reads see zeros.
  /// libvirt: `VIR_STORAGE_VOL_DOWNLOAD_SPARSE_STREAM`.
  bool sparse = false;

  /// Further flags for `virStorageVolDownload`.
  unsigned flags = 0;
};

/// The options of `async_open_upload()`.
struct upload_options {
  /// The part of the volume that the stream writes.
  byte_range range{};

  /// Lets `basic_stream::async_send_hole()` write holes. libvirt: `VIR_STORAGE_VOL_UPLOAD_SPARSE_STREAM`.
  bool sparse = false;

  /// Further flags for `virStorageVolUpload`.
  unsigned flags = 0;
};

/// Opens a serial or paravirtual console of a domain.
/**
 * @param target The stream that is opened.
 * @param owner The domain.
 * @param options Which console, and how it is opened.
 * @param token The completion token.
 *
 * @par Completion signature
 * `void(error_code)`
 *
 * @par Errors
 * Those of `basic_stream::async_open()`.
 *
 * @par Immediate completion
 * As for `basic_stream::async_open()`.
 *
 * @par Per-operation cancellation
 * `terminal`, `partial`: as for `basic_stream::async_open()`.
 *
 * @par libvirt
 * `virDomainOpenConsole`, on a worker thread.
 *
 * @par Example
 * @snippet docs/snippets/reference/open.cpp async_open_console
 */
template <class Executor, class CompletionToken = detail::default_token<Executor>>
auto async_open_console(basic_stream<Executor>& target, virDomainPtr owner, console_options options,
                        CompletionToken&& token = {}) {
  return target.async_open(detail::make_console_opener(owner, std::move(options)),
                           std::forward<CompletionToken>(token));
}

/// Opens the first console of a domain, with the default options.
/// The rest is as for the overload with options.
template <class Executor, class CompletionToken = detail::default_token<Executor>>
  requires(!detail::any_of<CompletionToken, console_options>)
auto async_open_console(basic_stream<Executor>& target, virDomainPtr owner, CompletionToken&& token = {}) {
  return async_open_console(target, owner, console_options{}, std::forward<CompletionToken>(token));
}

/// Opens a channel of a domain.
/**
 * @param target The stream that is opened.
 * @param owner The domain.
 * @param options Which channel, and how it is opened.
 * @param token The completion token.
 *
 * @par Completion signature
 * `void(error_code)`
 *
 * @par Errors
 * Those of `basic_stream::async_open()`.
 *
 * @par Immediate completion
 * As for `basic_stream::async_open()`.
 *
 * @par Per-operation cancellation
 * `terminal`, `partial`: as for `basic_stream::async_open()`.
 *
 * @par libvirt
 * `virDomainOpenChannel`, on a worker thread.
 *
 * @par Example
 * @snippet docs/snippets/reference/open.cpp async_open_channel
 */
template <class Executor, class CompletionToken = detail::default_token<Executor>>
auto async_open_channel(basic_stream<Executor>& target, virDomainPtr owner, console_options options,
                        CompletionToken&& token = {}) {
  return target.async_open(detail::make_channel_opener(owner, std::move(options)),
                           std::forward<CompletionToken>(token));
}

/// Opens the first channel of a domain, with the default options.
/// The rest is as for the overload with options.
template <class Executor, class CompletionToken = detail::default_token<Executor>>
  requires(!detail::any_of<CompletionToken, console_options>)
auto async_open_channel(basic_stream<Executor>& target, virDomainPtr owner, CompletionToken&& token = {}) {
  return async_open_channel(target, owner, console_options{}, std::forward<CompletionToken>(token));
}

/// Takes a screenshot of a domain, which is then read from the stream.
/**
 * @param target The stream that is opened.
 * @param owner The domain.
 * @param screen Which screen. The first one is 0.
 * @param token The completion token.
 *
 * @par Completion signature
 * `void(error_code, std::string)`: the MIME type of the picture.
 *
 * @par Errors
 * Those of `basic_stream::async_open()`.
 *
 * @par Immediate completion
 * As for `basic_stream::async_open()`.
 *
 * @par Per-operation cancellation
 * `terminal`, `partial`: as for `basic_stream::async_open()`.
 *
 * @par libvirt
 * `virDomainScreenshot`, on a worker thread.
 *
 * @par Example
 * @snippet docs/snippets/reference/open.cpp async_open_screenshot
 */
template <class Executor, class CompletionToken = detail::default_token<Executor>>
auto async_open_screenshot(basic_stream<Executor>& target, virDomainPtr owner, unsigned screen,
                           CompletionToken&& token = {}) {
  auto mime_type = std::make_shared<std::string>();
  auto opening = target.async_open(detail::screenshot_opener{detail::share(owner), screen, mime_type}, asio::deferred);
  return detail::initiate_adapted<void(error_code, std::string)>(token, target.get_executor(), std::move(opening),
                                                                 detail::mime_type_adder{std::move(mime_type)});
}

/// Takes a screenshot of the first screen of a domain.
/// The rest is as for the overload with options.
template <class Executor, class CompletionToken = detail::default_token<Executor>>
  requires(!std::integral<std::remove_cvref_t<CompletionToken>>)
auto async_open_screenshot(basic_stream<Executor>& target, virDomainPtr owner, CompletionToken&& token = {}) {
  return async_open_screenshot(target, owner, 0U, std::forward<CompletionToken>(token));
}

/// Opens a volume for reading.
/**
 * The stream is suspended if nobody reads it, its data fills the receive window of the connection, and one of two
 * things happens: more arrives all the same, because another stream is read or calls are made; or the connection has
 * been silent, and nothing on it has been read, between two keepalive messages. libvirt's stream is then aborted, and
 * the next read opens another one where the last one has stopped. While an operation on the stream is outstanding, it
 * is not suspended.
 *
 * @param target The stream that is opened.
 * @param volume The volume.
 * @param options Which part of the volume, and how it is opened.
 * @param token The completion token.
 *
 * @par Completion signature
 * `void(error_code)`
 *
 * @par Errors
 * Those of `basic_stream::async_open()`; `client_errc::range_beyond_volume`, if the range goes beyond the end of the
 * volume.
 *
 * @par Immediate completion
 * As for `basic_stream::async_open()`.
 *
 * @par Per-operation cancellation
 * `terminal`, `partial`: as for `basic_stream::async_open()`.
 *
 * @par libvirt
 * `virStorageVolDownload`, on a worker thread.
 *
 * @par Example
 * @snippet docs/snippets/reference/open.cpp async_open_download
 */
template <class Executor, class CompletionToken = detail::default_token<Executor>>
auto async_open_download(basic_stream<Executor>& target, virStorageVolPtr volume, download_options options,
                         CompletionToken&& token = {}) {
  return target.async_open(detail::make_download_opener(volume, options), std::forward<CompletionToken>(token));
}

/// Opens a part of a volume for reading. (`Range` is `byte_range`; it is a template so that `{}` stands for the
/// options.)
/// The rest is as for the overload with options.
template <class Executor, std::same_as<byte_range> Range, class CompletionToken = detail::default_token<Executor>>
auto async_open_download(basic_stream<Executor>& target, virStorageVolPtr volume, Range range,
                         CompletionToken&& token = {}) {
  return async_open_download(target, volume, download_options{.range = range},
                             std::forward<CompletionToken>(token));
}

/// Opens a whole volume for reading.
/// The rest is as for the overload with options.
template <class Executor, class CompletionToken = detail::default_token<Executor>>
  requires(!detail::any_of<CompletionToken, download_options, byte_range>)
auto async_open_download(basic_stream<Executor>& target, virStorageVolPtr volume, CompletionToken&& token = {}) {
  return async_open_download(target, volume, download_options{}, std::forward<CompletionToken>(token));
}

/// Opens a volume for writing.
/**
 * A volume in a file grows if more is written than it holds. Open the streams of one volume one after another: libvirt
 * sometimes refuses the second of two that are opened at the same moment.
 *
 * @param target The stream that is opened.
 * @param volume The volume.
 * @param options Which part of the volume, and how it is opened.
 * @param token The completion token.
 *
 * @par Completion signature
 * `void(error_code)`
 *
 * @par Errors
 * Those of `basic_stream::async_open()`.
 *
 * @par Immediate completion
 * As for `basic_stream::async_open()`.
 *
 * @par Per-operation cancellation
 * `terminal`, `partial`: as for `basic_stream::async_open()`.
 *
 * @par libvirt
 * `virStorageVolUpload`, on a worker thread.
 *
 * @par Example
 * @snippet docs/snippets/reference/open.cpp async_open_upload
 */
template <class Executor, class CompletionToken = detail::default_token<Executor>>
auto async_open_upload(basic_stream<Executor>& target, virStorageVolPtr volume, upload_options options,
                       CompletionToken&& token = {}) {
  return target.async_open(detail::make_upload_opener(volume, options), std::forward<CompletionToken>(token));
}

/// Opens a part of a volume for writing. (`Range` is `byte_range`; it is a template so that `{}` stands for the
/// options.)
/// The rest is as for the overload with options.
template <class Executor, std::same_as<byte_range> Range, class CompletionToken = detail::default_token<Executor>>
auto async_open_upload(basic_stream<Executor>& target, virStorageVolPtr volume, Range range,
                       CompletionToken&& token = {}) {
  return async_open_upload(target, volume, upload_options{.range = range}, std::forward<CompletionToken>(token));
}

/// Opens a whole volume for writing.
/// The rest is as for the overload with options.
template <class Executor, class CompletionToken = detail::default_token<Executor>>
  requires(!detail::any_of<CompletionToken, upload_options, byte_range>)
auto async_open_upload(basic_stream<Executor>& target, virStorageVolPtr volume, CompletionToken&& token = {}) {
  return async_open_upload(target, volume, upload_options{}, std::forward<CompletionToken>(token));
}

/// @}

}  // namespace libvirt_asio

#endif
