// Copyright (c) 2026 The libvirt-asio authors
// Distributed under the Boost Software License, Version 1.0.

#ifndef LIBVIRT_ASIO_TRANSFER_HPP
#define LIBVIRT_ASIO_TRANSFER_HPP

#include <libvirt-asio/connection.hpp>
#include <libvirt-asio/detail/whole_stream.hpp>
#include <libvirt-asio/open.hpp>
#include <libvirt-asio/stream.hpp>

#include <boost/asio/any_completion_handler.hpp>

#include <chrono>
#include <cstdint>
#include <filesystem>
#include <functional>
#include <utility>

namespace libvirt_asio {

// --- Whole streams -----------------------------------------------------------------------------------------
//
// The counterparts of libvirt's functions of these names, with the user's functions in place of its handlers:
// plain ones, or coroutines that return `asio::awaitable`. They run on the stream's executor and fail by
// throwing a `boost::system::system_error`, whose code the operation then reports; the stream is aborted, as it
// is when the stream itself fails or the operation is cancelled. Afterwards the stream is still to be finished.
//
// The stream must live until the operation completes. Per-operation cancellation: `terminal`, `partial`,
// `total`, which all abort the stream.

/// Reads a stream to its end: `sink(asio::const_buffer)` takes what comes.
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

/// Reads a sparse stream to its end: `sink(asio::const_buffer)` takes the data, `hole_sink(std::uint64_t)` the
/// lengths of holes.
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

/// Writes to a stream what `source(asio::mutable_buffer)` fills in, until it returns 0 bytes.
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

/// Writes to a sparse stream: `sections()` tells whether the source is in data or in a hole, and for how many
/// bytes (0 at its end), `source(asio::mutable_buffer)` fills in data, and `skip(std::uint64_t)` moves the
/// source past a hole.
/**
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

/// How far a transfer is.
struct transfer_progress {
  /// Bytes of data moved.
  std::uint64_t data = 0;
  /// Bytes in holes, which were not moved but recreated.
  std::uint64_t holes = 0;
  /// Bytes to be moved, holes included.
  std::uint64_t total = 0;
  /// Bytes done per second, holes included, on average.
  double rate = 0;
  /// The time left at that rate.
  std::chrono::duration<double> time_left{0};
};

/// What `async_download` and `async_upload` may be told.
struct transfer_options {
  /// The part of the volume. An upload takes as much of the file, from its beginning.
  byte_range range{};

  /// Leaves out holes, and recreates them on the other side.
  /**
   * An upload does so only if it covers the whole volume: libvirt truncates a file-backed volume at each hole.
   */
  bool sparse = true;

  /// Moves so many ranges of the volume at once, each on a connection of its own.
  /**
   * 0 stands for as many as suit a local daemon: two for a download, one for an upload.
   */
  unsigned streams = 0;

  /// Continues a download that was interrupted, from the file that it left beside the target; keeps that file
  /// when this one is interrupted.
  bool resume = false;

  /// Called on the connection's executor, about ten times a second, and at the end.
  std::function<void(transfer_progress const&)> progress{};
};

/// What was moved.
struct transfer_result {
  std::uint64_t data = 0;
  std::uint64_t holes = 0;
  /// The number of streams that were used.
  unsigned streams = 0;
  std::chrono::duration<double> duration{0};
};

namespace detail {
using result_handler = asio::any_completion_handler<void(error_code, transfer_result)>;
void async_download(std::shared_ptr<connection_service> core, asio::any_io_executor executor, storage_vol volume,
                    std::filesystem::path path, transfer_options options, result_handler handler);
void async_upload(std::shared_ptr<connection_service> core, asio::any_io_executor executor,
                  std::filesystem::path path, storage_vol volume, transfer_options options,
                  result_handler handler);
}  // namespace detail

/// Downloads a volume, or a part of it, into a file.
/**
 * The data goes to `path` + ".part", which is renamed when it is complete. Files are read and written on worker
 * threads. The connection must live until the operation completes.
 *
 * Completion signature: `void(error_code, transfer_result)`: libvirt's error, the system's,
 * `client_errc::range_beyond_volume`, or `client_errc::source_too_short` if the volume ends early.
 *
 * Per-operation cancellation: `terminal`, `partial`, `total`: no file is left, but with `resume` the ".part".
 *
 * libvirt: `virStorageVolDownload`.
 */
template <class Executor, class CompletionToken = detail::default_token<Executor>>
auto async_download(basic_connection<Executor>& opened, virStorageVolPtr volume, std::filesystem::path path,
                    transfer_options options, CompletionToken&& token = {}) {
  return asio::async_initiate<CompletionToken, void(error_code, transfer_result)>(
      [core = detail::core_access::of(opened), executor = asio::any_io_executor(opened.get_executor())](
          auto&& handler, storage_vol&& source, std::filesystem::path&& target, transfer_options&& chosen) {
        detail::async_download(core, executor, std::move(source), std::move(target), std::move(chosen),
                               std::forward<decltype(handler)>(handler));
      },
      token, detail::share(volume), std::move(path), std::move(options));
}

template <class Executor, class CompletionToken = detail::default_token<Executor>>
  requires(!std::same_as<std::remove_cvref_t<CompletionToken>, transfer_options>)
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
 * `client_errc::volume_too_small`, `client_errc::upload_incomplete`, or `client_errc::source_too_short` if the file ends early. After an error the
 * volume's contents are undefined.
 *
 * Per-operation cancellation: `terminal`, `partial`, `total`: the volume's contents are undefined.
 *
 * libvirt: `virStorageVolUpload`.
 */
template <class Executor, class CompletionToken = detail::default_token<Executor>>
auto async_upload(basic_connection<Executor>& opened, std::filesystem::path path, virStorageVolPtr volume,
                  transfer_options options, CompletionToken&& token = {}) {
  return asio::async_initiate<CompletionToken, void(error_code, transfer_result)>(
      [core = detail::core_access::of(opened), executor = asio::any_io_executor(opened.get_executor())](
          auto&& handler, std::filesystem::path&& source, storage_vol&& target, transfer_options&& chosen) {
        detail::async_upload(core, executor, std::move(source), std::move(target), std::move(chosen),
                             std::forward<decltype(handler)>(handler));
      },
      token, std::move(path), detail::share(volume), std::move(options));
}

template <class Executor, class CompletionToken = detail::default_token<Executor>>
  requires(!std::same_as<std::remove_cvref_t<CompletionToken>, transfer_options>)
auto async_upload(basic_connection<Executor>& opened, std::filesystem::path path, virStorageVolPtr volume,
                  CompletionToken&& token = {}) {
  return async_upload(opened, std::move(path), volume, transfer_options{},
                      std::forward<CompletionToken>(token));
}

}  // namespace libvirt_asio

#endif
