// Copyright (c) 2026 The libvirt-asio authors
// Distributed under the Boost Software License, Version 1.0.

#ifndef LIBVIRT_ASIO_TRANSFER_VOLUME_TRANSFER_HPP
#define LIBVIRT_ASIO_TRANSFER_VOLUME_TRANSFER_HPP

#include "transfer/progress_meter.hpp"
#include "transfer/stall_watch.hpp"

#include <libvirt-asio/detail/spawned_operation.hpp>
#include <libvirt-asio/transfer.hpp>

#include <boost/asio/awaitable.hpp>
#include <boost/asio/bind_cancellation_slot.hpp>
#include <boost/asio/cancellation_signal.hpp>
#include <boost/asio/use_awaitable.hpp>

#include <cstddef>
#include <exception>
#include <memory>
#include <optional>
#include <type_traits>
#include <utility>
#include <vector>

namespace libvirt_asio::detail {

// Shared with the worker thread that reads or writes the file, which a cancelled transfer leaves behind.
using piece_buffer = std::shared_ptr<std::vector<std::byte>>;

[[nodiscard]] inline piece_buffer make_piece_buffer(std::size_t size) {
  return std::make_shared<std::vector<std::byte>>(size);
}

/// A part of a transfer: data, and a hole behind it; either may be empty.
struct piece {
  std::uint64_t offset = 0;
  std::size_t size = 0;
  std::uint64_t hole = 0;
  piece_buffer buffer{};

  [[nodiscard]] std::uint64_t length() const { return size + hole; }
  [[nodiscard]] std::uint64_t end() const { return offset + length(); }
};

/// One end of a stream of a transfer: a connection, and the volume as that connection knows it.
struct volume_end {
  connection_ptr connection;
  storage_vol volume;
};

/// The common part of downloads and uploads. Runs on a strand.
class volume_transfer {
 public:
  volume_transfer(connection_ptr connection, asio::any_io_executor executor, storage_vol volume,
                  transfer_options options);

  [[nodiscard]] asio::any_io_executor const& executor() const { return executor_; }

  /// Runs the whole transfer. Of several failures the first one counts: the others follow from the cancellation of
  /// the parts that did not fail. An exception that is no `system_error` is thrown, after cleaning up.
  asio::awaitable<outcome<transfer_result>> run();

 protected:
  ~volume_transfer() = default;

  /// Moves the data, and confirms it.
  virtual asio::awaitable<void> move_data() = 0;

  /// Removes, after a failure, what must not be left.
  virtual asio::awaitable<void> clean_up() = 0;

  /// Opens further connections like the first one, until `ends()` has `count` elements; fewer if they cannot be
  /// opened.
  asio::awaitable<void> connect(std::size_t count);

  /// To be kept while a step is awaited that libvirt is to do. When such steps stall, the transfer fails.
  [[nodiscard]] stall_watch::step wait_for_libvirt() { return stall_watch::step(stalls_); }

  asio::awaitable<void> finish(stream& ended);

  /// Calls `function()`, which asks libvirt, on a worker thread.
  /**
   * Name a function object that owns something before awaiting this: GCC 12 destroys the captures of a lambda
   * that is a temporary of a co_await expression twice (GCC bug 99576).
   */
  template <class Function>
  asio::awaitable<std::invoke_result_t<Function&>> ask_libvirt(Function function) {
    auto const step = wait_for_libvirt();
    co_return co_await on_worker<waits_for::libvirt>(std::move(function), asio::use_awaitable);
  }

  /// The same for a function that reads or writes the file.
  template <class Function>
  auto use_file(Function function) {
    return on_worker<waits_for::files>(std::move(function), asio::use_awaitable);
  }

  /// The same, but the function is waited for after a cancellation, and when the connection is closed, too: it has an
  /// effect that must be known.
  template <class Function>
  auto use_file_to_end(Function function) {
    return on_worker<waits_for::files_to_end>(
        std::move(function), asio::bind_cancellation_slot(asio::cancellation_slot(), asio::use_awaitable));
  }

  /// Runs all parts at once; the first that fails cancels the others.
  asio::awaitable<void> all(std::vector<asio::awaitable<void>> parts);

  /// Keeps the first failure of all parts. Each part that runs beside another one is awaited through this.
  template <class Value>
  asio::awaitable<Value> keeping_failure(asio::awaitable<Value> part) {
    try {
      co_return co_await std::move(part);
    } catch (...) {
      if (!first_failure_) first_failure_ = std::current_exception();
      throw;
    }
  }

  /// A stream to be opened on a connection of the transfer.
  [[nodiscard]] stream stream_on(volume_end const& end) const {
    return core_access::make_stream<stream>(executor_, end.connection);
  }

  [[nodiscard]] std::vector<volume_end>& ends() { return ends_; }
  [[nodiscard]] transfer_options const& options() const { return options_; }
  [[nodiscard]] virStorageVolPtr volume() const { return ends_.front().volume.get(); }

  std::optional<progress_meter> meter;

 private:
  template <waits_for waits, class Function, class CompletionToken>
  auto on_worker(Function function, CompletionToken&& token) {
    return async_call(
        ends_.front().connection, executor_, waits,
        [function = std::move(function)](virConnectPtr) mutable { return function(); }, token);
  }

  asio::awaitable<void> all_from(std::vector<asio::awaitable<void>>& parts, std::size_t first);
  asio::awaitable<void> move_data_to_end();
  asio::awaitable<void> wait_for_stall();
  asio::awaitable<void> connect_once(std::string const& uri, std::string const& key);

  asio::any_io_executor const executor_;
  transfer_options const options_;
  // Volumes go before their connections: closing a connection must not be left to the last of them.
  std::vector<connection> further_;
  std::vector<volume_end> ends_;
  std::exception_ptr first_failure_;
  stall_watch stalls_;
};

}  // namespace libvirt_asio::detail

#endif
