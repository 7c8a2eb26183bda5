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

// Functions that the caller passes in (sinks, sources, `sections`, `skip` and `progress`) run on the executor of the
// stream or connection, and may throw. This ends the operation as any other error does: streams are aborted, and a
// download leaves no file but the ".part" with `resume`. A `boost::system::system_error` gives the operation's error
// code. Any other exception leaves the `run()` that would have called the completion handler, as an exception of the
// handler would; the handler is destroyed without being called.

// --- Whole streams -----------------------------------------------------------------------------------------
//
// The counterparts of libvirt's functions of the same names, with functions of the caller's in place of libvirt's
// handlers: plain functions, or coroutines that return `asio::awaitable`. When the operation succeeds, the stream
// is still to be finished; when it fails or is cancelled, the stream has been aborted.
//
// The stream must live until the operation completes. Per-operation cancellation: `terminal`, `partial` and `total`,
// all of which abort the stream. Immediate completion: never.

/// Reads a stream to its end: `sink(asio::const_buffer)` receives the data.
/**
 * Completion signature: `void(error_code, std::uint64_t)`, the number of bytes. libvirt: `virStreamRecvAll`.
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

/// Reads a sparse stream to its end: `sink(asio::const_buffer)` receives the data, `hole_sink(std::uint64_t)` the
/// lengths of the holes.
/**
 * Completion signature: `void(error_code, std::uint64_t)`, the number of bytes, holes included. libvirt:
 * `virStreamSparseRecvAll`.
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

/// Writes the data of `source(asio::mutable_buffer)` to a stream. The source fills the buffer and returns the number
/// of bytes, 0 at its end; more than the buffer has are `asio::error::invalid_argument`.
/**
 * Completion signature: `void(error_code, std::uint64_t)`, the number of bytes. libvirt: `virStreamSendAll`.
 */
template <class Executor, class Source, class CompletionToken = detail::default_token<Executor>>
auto async_send_all(basic_stream<Executor>& target, Source source, CompletionToken&& token = {}) {
  auto start = [&target, source = std::move(source)]() mutable {
    return detail::whole_stream(
        target, [&](std::uint64_t& moved) { return detail::send_all(target, source, moved); });
  };
  return detail::async_spawn<std::uint64_t>(target.get_executor(), std::move(start), token);
}

/// Writes data and holes to a sparse stream.
/**
 * `sections()` returns the `section` that the source is in, and how many bytes of it are left; a length of 0 means the
 * end. `source(asio::mutable_buffer)` fills the buffer with data and returns the number of bytes, and
 * `skip(std::uint64_t)` moves the source past a hole.
 *
 * Completion signature: `void(error_code, std::uint64_t)`, the number of bytes, holes included. libvirt:
 * `virStreamSparseSendAll`.
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

/// The progress of a transfer.
struct transfer_progress {
  /// Bytes of data moved.
  std::uint64_t data = 0;
  /// Bytes in holes, which are recreated instead of moved.
  std::uint64_t holes = 0;
  /// Bytes to be moved, holes included; 0 as long as it is not known.
  std::uint64_t total = 0;
  /// Bytes done per second, holes included, on average.
  double rate = 0;
  /// The estimated time to the end, at that rate.
  std::chrono::duration<double> time_left{0};
};

/// The options of `async_download`, `async_upload` and `async_copy`.
struct transfer_options {
  /// The part of the volume. An upload takes as many bytes from the beginning of the source, a copy the same part of
  /// the other volume.
  byte_range range{};

  /// Recreates holes on the other side instead of moving zeros.
  /**
   * An upload or copy does so only if it covers the whole volume: libvirt truncates a file-backed volume at each hole.
   */
  bool sparse = true;

  /// The number of ranges that are moved in parallel, each on a connection of its own and at least 16 MiB
  /// long.
  /**
   * 0 stands for the number that suits a local daemon: two for a download to a file, one for the others. A source
   * function of which the length is not given has one stream.
   */
  unsigned streams = 0;

  /// Continues an interrupted download to a file from the ".part" file that it left; if this download is interrupted in
  /// turn, its ".part" file is kept.
  bool resume = false;

  /// Ends the transfer with `asio::error::timed_out` when it has made no progress for this long, or up to a
  /// quarter longer: no packet received, no write of up to 1 MiB completed, no request answered. 0 stands for
  /// no limit.
  /**
   * The connections of the transfer, the caller's too, are then cut off two seconds later and so lost:
   * nothing else ends a call in which libvirt waits for a daemon that neither answers nor goes away. An
   * adopted connection's socket is left alone.
   *
   * A daemon reads nothing more from a client that has five calls under way. So a transfer beside calls that
   * take minutes needs a connection of its own.
   */
  std::chrono::steady_clock::duration stall_timeout = std::chrono::seconds(60);

  /// Called on the connection's executor about ten times a second, and once when everything has been moved, just
  /// before a download's file gets its name.
  std::function<void(transfer_progress const&)> progress{};
};

/// The result of a transfer, also of one that failed.
struct transfer_result {
  /// Bytes of data moved.
  std::uint64_t data = 0;
  /// Bytes in holes, which were recreated instead of moved.
  std::uint64_t holes = 0;
  /// The number of connections that were used; of a copy, of those to the target.
  unsigned streams = 0;
  /// How long it took.
  std::chrono::duration<double> duration{0};
};

/// Downloads a volume, or a part of it, into a file.
/**
 * The data goes to `path` + ".part", which is renamed when it is complete. Files are read and written on
 * worker threads. The connection must live until the operation completes.
 *
 * Completion signature: `void(error_code, transfer_result)`: libvirt's error, the system's,
 * `client_errc::range_beyond_volume`, `client_errc::source_too_short` if the volume ends early,
 * `client_errc::cannot_resume` if the ".part" file is not of this download,
 * `asio::error::timed_out` if the daemon has stalled, or `client_errc::not_a_file` if something else than a
 * regular file is in the place of `path` or of the ".part".
 *
 * Immediate completion: never.
 *
 * Per-operation cancellation: `terminal`, `partial`, `total`: no file is left, except the ".part" with
 * `resume`. As when the connection is closed, the operation completes when the file is done with.
 *
 * libvirt: `virStorageVolDownload`.
 */
template <class Executor, class CompletionToken = detail::default_token<Executor>>
auto async_download(basic_connection<Executor>& opened, virStorageVolPtr volume, std::filesystem::path path,
                    transfer_options options, CompletionToken&& token = {}) {
  return detail::initiate_transfer<&detail::start_download>(token, opened.get_executor(),
                                                            detail::core_access::of(opened), detail::share(volume),
                                                            std::move(path), std::move(options));
}

template <class Executor, class CompletionToken = detail::default_token<Executor>>
  requires(!detail::any_of<CompletionToken, transfer_options>)
auto async_download(basic_connection<Executor>& opened, virStorageVolPtr volume, std::filesystem::path path,
                    CompletionToken&& token = {}) {
  return async_download(opened, volume, std::move(path), transfer_options{},
                        std::forward<CompletionToken>(token));
}

/// Uploads a file, or its beginning, into a volume.
/**
 * Files are read on worker threads. The connection must live until the operation completes.
 *
 * Completion signature: `void(error_code, transfer_result)`: libvirt's error, the system's,
 * `client_errc::not_a_file` if `path` is neither a regular file nor a block device,
 * `client_errc::volume_too_small`, `client_errc::upload_incomplete`, `client_errc::source_too_short` if the
 * file ends early, or `asio::error::timed_out` if the daemon has stalled. After an error the volume's
 * contents are undefined; its length too, if it was cut off at a hole and the connection is gone.
 *
 * Immediate completion: never.
 *
 * Per-operation cancellation: `terminal`, `partial`, `total`: the volume is as after an error.
 *
 * libvirt: `virStorageVolUpload`.
 */
template <class Executor, class CompletionToken = detail::default_token<Executor>>
auto async_upload(basic_connection<Executor>& opened, std::filesystem::path path, virStorageVolPtr volume,
                  transfer_options options, CompletionToken&& token = {}) {
  return detail::initiate_transfer<&detail::start_upload>(token, opened.get_executor(),
                                                          detail::core_access::of(opened), detail::share(volume),
                                                          std::move(path), std::move(options));
}

template <class Executor, class CompletionToken = detail::default_token<Executor>>
  requires(!detail::any_of<CompletionToken, transfer_options>)
auto async_upload(basic_connection<Executor>& opened, std::filesystem::path path, virStorageVolPtr volume,
                  CompletionToken&& token = {}) {
  return async_upload(opened, std::move(path), volume, transfer_options{},
                      std::forward<CompletionToken>(token));
}

// --- Volumes and functions ---------------------------------------------------------------------------------
//
// Functions of the caller's in place of the file: plain functions, or coroutines that return `asio::awaitable`. Memory
// is bounded: for each stream one buffer is filled while the other is emptied.

/// Downloads a volume, or a part of it, into a function.
/**
 * `sink(std::uint64_t offset, asio::const_buffer data)` receives the data and its offset in the volume. With one
 * stream, the default, the offsets grow; with more they grow within each range, and the calls for one range may begin
 * before a coroutine for another has ended. Holes are left out, so that the next offset is larger; with
 * `transfer_options::sparse` off they come as zeros. The buffer is valid until the function, or its coroutine, has
 * ended.
 *
 * What the sink has received of a transfer that fails is not complete.
 *
 * Completion signature, cancellation and errors: as the download to a file, without those of files.
 *
 * libvirt: `virStorageVolDownload`.
 */
template <class Executor, detail::sink_function Sink, class CompletionToken = detail::default_token<Executor>>
auto async_download(basic_connection<Executor>& opened, virStorageVolPtr volume, Sink sink, transfer_options options,
                    CompletionToken&& token = {}) {
  return detail::initiate_transfer<&detail::start_download_to_sink>(
      token, opened.get_executor(), detail::core_access::of(opened), detail::share(volume),
      detail::make_sink(std::move(sink)), std::move(options));
}

template <class Executor, detail::sink_function Sink, class CompletionToken = detail::default_token<Executor>>
  requires(!detail::any_of<CompletionToken, transfer_options>)
auto async_download(basic_connection<Executor>& opened, virStorageVolPtr volume, Sink sink,
                    CompletionToken&& token = {}) {
  return async_download(opened, volume, std::move(sink), transfer_options{}, std::forward<CompletionToken>(token));
}

/// Uploads what a function gives into a volume.
/**
 * `source(std::uint64_t offset, asio::mutable_buffer buffer)` fills the buffer, or the beginning of it, and returns the
 * number of bytes; 0 at its end. The offset is that of the data in what is uploaded. If `transfer_options::range` has a
 * length, as many bytes are taken, and an earlier end is `client_errc::source_too_short`; otherwise the end tells how
 * many they are. More bytes than the buffer has are `asio::error::invalid_argument`. With one stream, the default, the
 * offsets grow; with more they grow within each range, and the calls for one range may begin before a coroutine for
 * another has ended. The buffer is valid until the function, or its coroutine, has ended.
 *
 * With one stream, and a length that is the volume's, zeros that fill a whole buffer become holes, unless
 * `transfer_options::sparse` is off.
 *
 * Completion signature, cancellation and errors: as the upload of a file, without those of files. A source that turns
 * out to be longer than the volume gives `client_errc::volume_too_small`, too.
 *
 * libvirt: `virStorageVolUpload`.
 */
template <class Executor, detail::source_function Source, class CompletionToken = detail::default_token<Executor>>
auto async_upload(basic_connection<Executor>& opened, Source source, virStorageVolPtr volume,
                  transfer_options options, CompletionToken&& token = {}) {
  return detail::initiate_transfer<&detail::start_upload_from_source>(
      token, opened.get_executor(), detail::core_access::of(opened), detail::share(volume),
      detail::make_source(std::move(source)), std::move(options));
}

template <class Executor, detail::source_function Source, class CompletionToken = detail::default_token<Executor>>
  requires(!detail::any_of<CompletionToken, transfer_options>)
auto async_upload(basic_connection<Executor>& opened, Source source, virStorageVolPtr volume,
                  CompletionToken&& token = {}) {
  return async_upload(opened, std::move(source), volume, transfer_options{}, std::forward<CompletionToken>(token));
}

/// Copies a volume, or a part of it, to another one, of the same connection or any other.
/**
 * The data streams through this process; nothing goes to a local disk. It is written as by an upload: holes are
 * recreated if the copy covers the whole target, and the end of each range is read back. Both connections must live
 * until the operation completes, and so must the execution contexts of both; it runs on the executor of the first.
 *
 * Completion signature: `void(error_code, transfer_result)`: libvirt's error; `client_errc::range_beyond_volume` if
 * the source ends before the range, `client_errc::source_too_short` if it turns out to,
 * `client_errc::volume_too_small`, `client_errc::upload_incomplete`, `asio::error::invalid_argument` if both are seen
 * to be the same volume, `asio::error::timed_out` if a daemon has stalled: the connections to both are then cut off.
 * After an error the target is as after one of an upload.
 *
 * Immediate completion: never.
 *
 * Per-operation cancellation: `terminal`, `partial`, `total`: the target is as after an error.
 *
 * libvirt: `virStorageVolDownload`, `virStorageVolUpload`.
 */
template <class Executor, class TargetExecutor, class CompletionToken = detail::default_token<Executor>>
auto async_copy(basic_connection<Executor>& from, virStorageVolPtr source, basic_connection<TargetExecutor>& to,
                virStorageVolPtr target, transfer_options options, CompletionToken&& token = {}) {
  return detail::initiate_transfer<&detail::start_copy>(
      token, from.get_executor(), detail::core_access::of(from), detail::share(source), detail::core_access::of(to),
      detail::share(target), std::move(options));
}

template <class Executor, class TargetExecutor, class CompletionToken = detail::default_token<Executor>>
  requires(!detail::any_of<CompletionToken, transfer_options>)
auto async_copy(basic_connection<Executor>& from, virStorageVolPtr source, basic_connection<TargetExecutor>& to,
                virStorageVolPtr target, CompletionToken&& token = {}) {
  return async_copy(from, source, to, target, transfer_options{}, std::forward<CompletionToken>(token));
}

}  // namespace libvirt_asio

#endif
