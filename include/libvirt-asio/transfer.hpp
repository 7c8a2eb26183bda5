// Copyright (c) 2026 The libvirt-asio authors
// Distributed under the Boost Software License, Version 1.0.

#ifndef LIBVIRT_ASIO_TRANSFER_HPP
#define LIBVIRT_ASIO_TRANSFER_HPP

#include <libvirt-asio/connection.hpp>
#include <libvirt-asio/detail/share.hpp>
#include <libvirt-asio/detail/transfer_functions.hpp>
#include <libvirt-asio/detail/transfer_initiation.hpp>
#include <libvirt-asio/detail/whole_stream.hpp>
#include <libvirt-asio/open.hpp>
#include <libvirt-asio/stream.hpp>

#include <chrono>
#include <cstdint>
#include <filesystem>
#include <functional>
#include <utility>

namespace libvirt_asio {

/// @addtogroup transfers
/// @{

// --- Whole streams -----------------------------------------------------------------------------------------

/// Reads a stream to its end, into a function.
/**
 * The stream must live until the operation completes. After success it is still to be finished. After a failure or a
 * cancellation it has been aborted.
 *
 * @param source The stream.
 * @param sink Called as `sink(asio::const_buffer)` with the data. The buffer is valid until the function, or its
 * coroutine, has ended.
 * @param token The completion token.
 *
 * @par Completion signature
 * `void(error_code, std::uint64_t)`: the number of bytes, also after a failure.
 *
 * @par Errors
 * Those of `basic_stream::async_read_some()`, except `asio::error::eof`; what the function has thrown.
 *
 * @par Immediate completion
 * Never.
 *
 * @par Per-operation cancellation
 * `terminal`, `partial`, `total`: the stream is aborted.
 *
 * @par libvirt
 * `virStreamRecvAll`
 *
 * @par Example
 * @snippet docs/snippets/reference/transfer.cpp async_recv_all
 */
template <class Executor, class Sink, class CompletionToken = detail::default_token<Executor>>
auto async_recv_all(basic_stream<Executor>& source, Sink sink, CompletionToken&& token = {}) {
  auto start = [&source, sink = std::move(sink)]() mutable {
    return detail::whole_stream(source, [&](std::uint64_t& moved) {
      return detail::recv_all(source, sink, detail::no_holes, false, moved);
    });
  };
  return detail::async_spawn<std::uint64_t>(source.get_executor(), std::move(start), token);
}

/// Reads a sparse stream to its end, into two functions.
/**
 * The stream must live until the operation completes. After success it is still to be finished. After a failure or a
 * cancellation it has been aborted.
 *
 * @param source The stream. It must have been opened with `download_options::sparse`, or else it has no holes.
 * @param sink Called as `sink(asio::const_buffer)` with the data. The buffer is valid until the function, or its
 * coroutine, has ended.
 * @param hole_sink Called as `hole_sink(std::uint64_t)` with the length of each hole, in bytes.
 * @param token The completion token.
 *
 * @par Completion signature
 * `void(error_code, std::uint64_t)`: the number of bytes, holes included, also after a failure.
 *
 * @par Errors
 * Those of `basic_stream::async_receive()`, except `asio::error::eof`; what a function has thrown.
 *
 * @par Immediate completion
 * Never.
 *
 * @par Per-operation cancellation
 * `terminal`, `partial`, `total`: the stream is aborted.
 *
 * @par libvirt
 * `virStreamSparseRecvAll`
 *
 * @par Example
 * @snippet docs/snippets/reference/transfer.cpp async_sparse_recv_all
 */
template <class Executor, class Sink, class HoleSink, class CompletionToken = detail::default_token<Executor>>
auto async_sparse_recv_all(basic_stream<Executor>& source, Sink sink, HoleSink hole_sink,
                           CompletionToken&& token = {}) {
  auto start = [&source, sink = std::move(sink), hole_sink = std::move(hole_sink)]() mutable {
    return detail::whole_stream(source, [&](std::uint64_t& moved) {
      return detail::recv_all(source, sink, hole_sink, true, moved);
    });
  };
  return detail::async_spawn<std::uint64_t>(source.get_executor(), std::move(start), token);
}

/// Writes what a function gives to a stream.
/**
 * The stream must live until the operation completes. After success it is still to be finished. After a failure or a
 * cancellation it has been aborted.
 *
 * @param target The stream.
 * @param source Called as `source(asio::mutable_buffer)`. It fills the buffer, or the beginning of it, and returns the
 * number of bytes; 0 means the end. The buffer is valid until the function, or its coroutine, has ended.
 * @param token The completion token.
 *
 * @par Completion signature
 * `void(error_code, std::uint64_t)`: the number of bytes, also after a failure.
 *
 * @par Errors
 * Those of `basic_stream::async_write_some()`; `asio::error::invalid_argument`, if the function returns more than the
 * size of the buffer; what the function has thrown.
 *
 * @par Immediate completion
 * Never.
 *
 * @par Per-operation cancellation
 * `terminal`, `partial`, `total`: the stream is aborted.
 *
 * @par libvirt
 * `virStreamSendAll`
 *
 * @par Example
 * @snippet docs/snippets/reference/transfer.cpp async_send_all
 */
template <class Executor, class Source, class CompletionToken = detail::default_token<Executor>>
auto async_send_all(basic_stream<Executor>& target, Source source, CompletionToken&& token = {}) {
  auto start = [&target, source = std::move(source)]() mutable {
    return detail::whole_stream(
        target, [&](std::uint64_t& moved) { return detail::send_all(target, source, moved); });
  };
  return detail::async_spawn<std::uint64_t>(target.get_executor(), std::move(start), token);
}

/// Writes the data and the holes that functions give to a sparse stream.
/**
 * The stream must live until the operation completes. After success it is still to be finished. After a failure or a
 * cancellation it has been aborted.
 *
 * @param target The stream. It must have been opened with `upload_options::sparse`.
 * @param source Called as `source(asio::mutable_buffer)`. It fills the buffer, or the beginning of it, with data, and
 * returns the number of bytes; 0 means the end. The buffer is valid until the function, or its coroutine, has ended.
 * @param sections Called as `sections()`. It returns the `section` at the present position of the source, with the
 * number of bytes that are left of it; a length of 0 means the end.
 * @param skip Called as `skip(std::uint64_t)`. It moves the position of the source past a hole of that many bytes.
 * @param token The completion token.
 *
 * @par Completion signature
 * `void(error_code, std::uint64_t)`: the number of bytes, holes included, also after a failure.
 *
 * @par Errors
 * Those of `basic_stream::async_write_some()` and `basic_stream::async_send_hole()`; `asio::error::invalid_argument`,
 * if `source` returns more than the size of the buffer; what a function has thrown.
 *
 * @par Immediate completion
 * Never.
 *
 * @par Per-operation cancellation
 * `terminal`, `partial`, `total`: the stream is aborted.
 *
 * @par libvirt
 * `virStreamSparseSendAll`
 *
 * @par Example
 * @snippet docs/snippets/reference/transfer.cpp async_sparse_send_all
 */
template <class Executor, class Source, class Sections, class Skip,
          class CompletionToken = detail::default_token<Executor>>
auto async_sparse_send_all(basic_stream<Executor>& target, Source source, Sections sections, Skip skip,
                           CompletionToken&& token = {}) {
  auto start = [&target, source = std::move(source), sections = std::move(sections),
                skip = std::move(skip)]() mutable {
    return detail::whole_stream(target, [&](std::uint64_t& moved) {
      return detail::sparse_send_all(target, source, sections, skip, moved);
    });
  };
  return detail::async_spawn<std::uint64_t>(target.get_executor(), std::move(start), token);
}

// --- Volumes -------------------------------------------------------------------------------------------------

/// The progress of a transfer, as it is given to `transfer_options::progress`.
struct transfer_progress {
  /// The bytes of data that have been moved; with `transfer_options::resume` also those that were there already.
  std::uint64_t data = 0;
  /// The bytes in holes, which are recreated instead of moved.
  std::uint64_t holes = 0;
  /// The bytes to be moved, holes included; 0 as long as that is not known.
  std::uint64_t total = 0;
  /// The bytes per second, holes included, on average.
  double rate = 0;
  /// The estimated time to the end, at that rate.
  std::chrono::duration<double> time_left{0};
};

/// The options of `async_download()`, `async_upload()` and `async_copy()`.
/**
 * @par Example
 * @snippet docs/snippets/reference/transfer.cpp transfer_options
 */
struct transfer_options {
  /// The part of the volume.
  /**
   * An upload takes as many bytes from the beginning of the source; a copy takes the same part of the other volume.
   */
  byte_range range{};

  /// Recreates holes on the other side instead of moving zeros.
  /**
   * An upload or copy does this only if it covers the whole volume, because libvirt truncates the file of a volume at
   * each hole.
   */
  bool sparse = true;

  /// The number of ranges that are moved in parallel, each on a connection of its own and at least 16 MiB long.
  /**
   * 0 stands for the number that suits a local daemon: two for a download to a file, one for the others. A source
   * function whose length is not given has one stream.
   */
  unsigned streams = 0;

  /// Continues an interrupted download to a file from the ".part" file that it has left.
  /**
   * If this download is interrupted too, its ".part" file is kept. Without such a file the download begins anew.
   */
  bool resume = false;

  /// The time without progress after which the transfer ends with `asio::error::timed_out`. Zero stands for no limit.
  /**
   * It may take up to a quarter longer. Progress is a packet that was received, a write of up to 1 MiB that has
   * completed, or a request that was answered.
   *
   * Two seconds later the connections of the transfer are cut off and so lost, the caller's too: nothing else ends a
   * call in which libvirt waits for a daemon that neither answers nor goes away. The socket of an adopted connection is
   * left alone.
   *
   * A daemon reads nothing more from a client that has five calls under way. So a transfer beside calls that take
   * minutes needs a connection of its own.
   */
  std::chrono::steady_clock::duration stall_timeout = std::chrono::seconds(60);

  /// Called about ten times a second, and once when everything has been moved.
  /**
   * This last call comes before the file of a download gets its name. The function is called on the executor of the
   * connection.
   */
  std::function<void(transfer_progress const&)> progress{};
};

/// The result of a transfer. One that has failed has a result too: what was moved by then.
struct transfer_result {
  /// The bytes of data that have been moved.
  std::uint64_t data = 0;
  /// The bytes in holes, which were recreated instead of moved.
  std::uint64_t holes = 0;
  /// The number of connections that were used; for a copy, of those to the target.
  unsigned streams = 0;
  /// How long it took.
  std::chrono::duration<double> duration{0};
};

/// Downloads a volume, or a part of it, into a file.
/**
 * The data goes to `path` + ".part", which is renamed when it is complete. Files are written on worker threads.
 *
 * @param opened The connection of the volume. It must live until the operation completes.
 * @param volume The volume.
 * @param path The file. A regular file that is there already is replaced.
 * @param options Which part of the volume, and how it is moved.
 * @param token The completion token.
 *
 * @par Completion signature
 * `void(error_code, transfer_result)`
 *
 * @par Errors
 * - libvirt's error, or the system's;
 * - what the progress function has thrown;
 * - `client_errc::range_beyond_volume`, if the range goes beyond the end of the volume;
 * - `client_errc::source_too_short`, if the volume ends early;
 * - `client_errc::cannot_resume`, if the ".part" file is not of this download;
 * - `client_errc::not_a_file`, if something else than a regular file is in the place of `path` or of the ".part" file,
 *   and the system's error, if a directory is;
 * - `asio::error::timed_out`, if the daemon has stalled (see `transfer_options::stall_timeout`).
 *
 * @par Immediate completion
 * Never.
 *
 * @par Per-operation cancellation
 * `terminal`, `partial`, `total`: no file is left, except the ".part" file with `transfer_options::resume`. The
 * operation completes when it is done with the file, also when the connection is closed.
 *
 * @par libvirt
 * `virStorageVolDownload`
 *
 * @par Example
 * @snippet docs/snippets/reference/transfer.cpp async_download
 */
template <class Executor, class CompletionToken = detail::default_token<Executor>>
auto async_download(basic_connection<Executor>& opened, virStorageVolPtr volume, std::filesystem::path path,
                    transfer_options options, CompletionToken&& token = {}) {
  return detail::initiate_transfer<&detail::start_download>(token, opened.get_executor(),
                                                            detail::core_access::of(opened), detail::share(volume),
                                                            std::move(path), std::move(options));
}

/// Downloads a volume into a file, with the default options.
/// The rest is as for the overload with options.
template <class Executor, class CompletionToken = detail::default_token<Executor>>
  requires(!detail::any_of<CompletionToken, transfer_options>)
auto async_download(basic_connection<Executor>& opened, virStorageVolPtr volume, std::filesystem::path path,
                    CompletionToken&& token = {}) {
  return async_download(opened, volume, std::move(path), transfer_options{},
                        std::forward<CompletionToken>(token));
}

/// Uploads a file, or its beginning, into a volume.
/**
 * Files are read on worker threads. When everything has been sent, the end of each range is read back from the volume.
 *
 * After an error the contents of the volume are undefined. Its length is undefined too, if it was cut off at a hole and
 * the connection is gone, or the daemon does not answer within two seconds.
 *
 * @param opened The connection of the volume. It must live until the operation completes.
 * @param path The file.
 * @param volume The volume.
 * @param options Which part of the volume, and how it is moved.
 * @param token The completion token.
 *
 * @par Completion signature
 * `void(error_code, transfer_result)`
 *
 * @par Errors
 * - libvirt's error, or the system's;
 * - what the progress function has thrown;
 * - `client_errc::not_a_file`, if `path` is neither a regular file nor a block device, and the system's error, if it is
 *   a directory;
 * - `client_errc::volume_too_small`;
 * - `client_errc::source_too_short`, if the file is shorter than the range, or ends early;
 * - `client_errc::upload_incomplete`, if the volume does not hold what was sent;
 * - `asio::error::timed_out`, if the daemon has stalled (see `transfer_options::stall_timeout`).
 *
 * @par Immediate completion
 * Never.
 *
 * @par Per-operation cancellation
 * `terminal`, `partial`, `total`: the volume is as after an error.
 *
 * @par libvirt
 * `virStorageVolUpload`
 *
 * @par Example
 * @snippet docs/snippets/reference/transfer.cpp async_upload
 */
template <class Executor, class CompletionToken = detail::default_token<Executor>>
auto async_upload(basic_connection<Executor>& opened, std::filesystem::path path, virStorageVolPtr volume,
                  transfer_options options, CompletionToken&& token = {}) {
  return detail::initiate_transfer<&detail::start_upload>(token, opened.get_executor(),
                                                          detail::core_access::of(opened), detail::share(volume),
                                                          std::move(path), std::move(options));
}

/// Uploads a file into a volume, with the default options.
/// The rest is as for the overload with options.
template <class Executor, class CompletionToken = detail::default_token<Executor>>
  requires(!detail::any_of<CompletionToken, transfer_options>)
auto async_upload(basic_connection<Executor>& opened, std::filesystem::path path, virStorageVolPtr volume,
                  CompletionToken&& token = {}) {
  return async_upload(opened, std::move(path), volume, transfer_options{},
                      std::forward<CompletionToken>(token));
}

// --- Volumes and functions ---------------------------------------------------------------------------------

/// Downloads a volume, or a part of it, into a function.
/**
 * With one stream, the default, the offsets grow. With more they grow within each range, and the calls for one range
 * may begin before a coroutine for another has ended. Holes are left out, so that the next offset is larger; if
 * `transfer_options::sparse` is off they come as zeros.
 *
 * Memory is bounded: for each stream one buffer is filled while the other is emptied. What the function has received of
 * a transfer that fails is not complete.
 *
 * @param opened The connection of the volume. It must live until the operation completes.
 * @param volume The volume.
 * @param sink Called as `sink(std::uint64_t offset, asio::const_buffer data)` with the data and its offset in the
 * volume. The buffer is valid until the function, or its coroutine, has ended.
 * @param options Which part of the volume, and how it is moved.
 * @param token The completion token.
 *
 * @par Completion signature
 * `void(error_code, transfer_result)`
 *
 * @par Errors
 * Those of the download into a file, without those of files; what a function has thrown.
 *
 * @par Immediate completion
 * Never.
 *
 * @par Per-operation cancellation
 * `terminal`, `partial`, `total`
 *
 * @par libvirt
 * `virStorageVolDownload`
 *
 * @par Example
 * @snippet docs/snippets/reference/transfer.cpp download_to_function
 */
template <class Executor, detail::sink_function Sink, class CompletionToken = detail::default_token<Executor>>
auto async_download(basic_connection<Executor>& opened, virStorageVolPtr volume, Sink sink, transfer_options options,
                    CompletionToken&& token = {}) {
  return detail::initiate_transfer<&detail::start_download_to_sink>(
      token, opened.get_executor(), detail::core_access::of(opened), detail::share(volume),
      detail::make_sink(std::move(sink)), std::move(options));
}

/// Downloads a volume into a function, with the default options.
/// The rest is as for the overload with options.
template <class Executor, detail::sink_function Sink, class CompletionToken = detail::default_token<Executor>>
  requires(!detail::any_of<CompletionToken, transfer_options>)
auto async_download(basic_connection<Executor>& opened, virStorageVolPtr volume, Sink sink,
                    CompletionToken&& token = {}) {
  return async_download(opened, volume, std::move(sink), transfer_options{}, std::forward<CompletionToken>(token));
}

/// Uploads what a function gives into a volume.
/**
 * If the range in the options has a length, as many bytes are taken. Otherwise the function tells the end. With one
 * stream, the default, the offsets grow. With more they grow within each range, and the calls for one range may begin
 * before a coroutine for another has ended.
 *
 * With one stream, and a length that is that of the volume, zeros that fill a whole buffer become holes, unless
 * `transfer_options::sparse` is off.
 *
 * Memory is bounded: for each stream one buffer is filled while the other is emptied.
 *
 * @param opened The connection of the volume. It must live until the operation completes.
 * @param source Called as `source(std::uint64_t offset, asio::mutable_buffer buffer)`. It fills the buffer, or the
 * beginning of it, and returns the number of bytes; 0 means the end. The offset is that of the data in what is
 * uploaded. The buffer is valid until the function, or its coroutine, has ended.
 * @param volume The volume.
 * @param options Which part of the volume, and how it is moved.
 * @param token The completion token.
 *
 * @par Completion signature
 * `void(error_code, transfer_result)`
 *
 * @par Errors
 * Those of the upload of a file, without those of files, and:
 * - `client_errc::source_too_short`, if the function tells the end before the end of the range;
 * - `client_errc::volume_too_small`, also if the source turns out to be longer than the volume;
 * - `asio::error::invalid_argument`, if the function returns more than the size of the buffer;
 * - what a function has thrown.
 *
 * @par Immediate completion
 * Never.
 *
 * @par Per-operation cancellation
 * `terminal`, `partial`, `total`: the volume is as after an error of the upload of a file.
 *
 * @par libvirt
 * `virStorageVolUpload`
 *
 * @par Example
 * @snippet docs/snippets/reference/transfer.cpp upload_from_function
 */
template <class Executor, detail::source_function Source, class CompletionToken = detail::default_token<Executor>>
auto async_upload(basic_connection<Executor>& opened, Source source, virStorageVolPtr volume,
                  transfer_options options, CompletionToken&& token = {}) {
  return detail::initiate_transfer<&detail::start_upload_from_source>(
      token, opened.get_executor(), detail::core_access::of(opened), detail::share(volume),
      detail::make_source(std::move(source)), std::move(options));
}

/// Uploads what a function gives into a volume, with the default options.
/// The rest is as for the overload with options.
template <class Executor, detail::source_function Source, class CompletionToken = detail::default_token<Executor>>
  requires(!detail::any_of<CompletionToken, transfer_options>)
auto async_upload(basic_connection<Executor>& opened, Source source, virStorageVolPtr volume,
                  CompletionToken&& token = {}) {
  return async_upload(opened, std::move(source), volume, transfer_options{}, std::forward<CompletionToken>(token));
}

/// Copies a volume, or a part of it, to another volume, of the same connection or any other.
/**
 * The data goes through this process; nothing goes to a local disk. It is written as by an upload: holes are recreated
 * if the copy covers the whole target, and the end of each range is read back. After an error the target is as after
 * one of an upload.
 *
 * The operation runs on the executor of `from`. The execution contexts of both connections must live until it
 * completes.
 *
 * @param from The connection of the source. It must live until the operation completes.
 * @param source The volume that is read.
 * @param to The connection of the target. It must live until the operation completes.
 * @param target The volume that is written.
 * @param options Which part of the volumes, and how it is moved.
 * @param token The completion token.
 *
 * @par Completion signature
 * `void(error_code, transfer_result)`
 *
 * @par Errors
 * - libvirt's error;
 * - what the progress function has thrown;
 * - `asio::error::invalid_argument`, if both are seen to be the same volume;
 * - `client_errc::range_beyond_volume`, if the range goes beyond the end of the source;
 * - `client_errc::source_too_short`, if the source ends early;
 * - `client_errc::volume_too_small`;
 * - `client_errc::upload_incomplete`, if the target does not hold what was sent;
 * - `asio::error::timed_out`, if a daemon has stalled: the connections to both are then cut off (see
 *   `transfer_options::stall_timeout`).
 *
 * @par Immediate completion
 * Never.
 *
 * @par Per-operation cancellation
 * `terminal`, `partial`, `total`: the target is as after an error.
 *
 * @par libvirt
 * `virStorageVolDownload`, `virStorageVolUpload`
 *
 * @par Example
 * @snippet docs/snippets/reference/transfer.cpp async_copy
 */
template <class Executor, class TargetExecutor, class CompletionToken = detail::default_token<Executor>>
auto async_copy(basic_connection<Executor>& from, virStorageVolPtr source, basic_connection<TargetExecutor>& to,
                virStorageVolPtr target, transfer_options options, CompletionToken&& token = {}) {
  return detail::initiate_transfer<&detail::start_copy>(
      token, from.get_executor(), detail::core_access::of(from), detail::share(source), detail::core_access::of(to),
      detail::share(target), std::move(options));
}

/// Copies a volume to another volume, with the default options.
/// The rest is as for the overload with options.
template <class Executor, class TargetExecutor, class CompletionToken = detail::default_token<Executor>>
  requires(!detail::any_of<CompletionToken, transfer_options>)
auto async_copy(basic_connection<Executor>& from, virStorageVolPtr source, basic_connection<TargetExecutor>& to,
                virStorageVolPtr target, CompletionToken&& token = {}) {
  return async_copy(from, source, to, target, transfer_options{}, std::forward<CompletionToken>(token));
}

/// @}

}  // namespace libvirt_asio

#endif
