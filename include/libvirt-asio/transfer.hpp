// Copyright (c) 2026 The libvirt-asio authors
// Distributed under the Boost Software License, Version 1.0.

#ifndef LIBVIRT_ASIO_TRANSFER_HPP
#define LIBVIRT_ASIO_TRANSFER_HPP

#include <libvirt-asio/connection.hpp>
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
/// of bytes, 0 at its end.
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

// --- Between a volume and a file ---------------------------------------------------------------------------

/// The progress of a transfer.
struct transfer_progress {
  /// Bytes of data moved.
  std::uint64_t data = 0;
  /// Bytes in holes, which are recreated instead of moved.
  std::uint64_t holes = 0;
  /// Bytes to be moved, holes included.
  std::uint64_t total = 0;
  /// Bytes done per second, holes included, on average.
  double rate = 0;
  /// The estimated time to the end, at that rate.
  std::chrono::duration<double> time_left{0};
};

/// The options of `async_download` and `async_upload`.
struct transfer_options {
  /// The part of the volume. An upload takes as many bytes from the beginning of the file.
  byte_range range{};

  /// Recreates holes on the other side instead of moving zeros.
  /**
   * An upload does so only if it covers the whole volume: libvirt truncates a file-backed volume at each hole.
   */
  bool sparse = true;

  /// The number of ranges that are moved in parallel, each on a connection of its own and at least 16 MiB
  /// long.
  /**
   * 0 stands for the number that suits a local daemon: two for a download, one for an upload.
   */
  unsigned streams = 0;

  /// Continues an interrupted download from the ".part" file that it left; if this download is interrupted in turn,
  /// its ".part" file is kept.
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
  /// The number of connections that were used.
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
  using initiation = detail::transfer_initiation<&detail::start_download, Executor>;
  return asio::async_initiate<CompletionToken, void(error_code, transfer_result)>(
      initiation(opened.get_executor(), detail::core_access::of(opened)), token, detail::share(volume),
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
 * contents are undefined.
 *
 * Immediate completion: never.
 *
 * Per-operation cancellation: `terminal`, `partial`, `total`: the volume's contents are undefined.
 *
 * libvirt: `virStorageVolUpload`.
 */
template <class Executor, class CompletionToken = detail::default_token<Executor>>
auto async_upload(basic_connection<Executor>& opened, std::filesystem::path path, virStorageVolPtr volume,
                  transfer_options options, CompletionToken&& token = {}) {
  using initiation = detail::transfer_initiation<&detail::start_upload, Executor>;
  return asio::async_initiate<CompletionToken, void(error_code, transfer_result)>(
      initiation(opened.get_executor(), detail::core_access::of(opened)), token, detail::share(volume),
      std::move(path), std::move(options));
}

template <class Executor, class CompletionToken = detail::default_token<Executor>>
  requires(!detail::any_of<CompletionToken, transfer_options>)
auto async_upload(basic_connection<Executor>& opened, std::filesystem::path path, virStorageVolPtr volume,
                  CompletionToken&& token = {}) {
  return async_upload(opened, std::move(path), volume, transfer_options{},
                      std::forward<CompletionToken>(token));
}

}  // namespace libvirt_asio

#endif
