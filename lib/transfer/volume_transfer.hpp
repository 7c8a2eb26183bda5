// Copyright (c) 2026 The libvirt-asio authors
// Distributed under the Boost Software License, Version 1.0.

#ifndef LIBVIRT_ASIO_TRANSFER_VOLUME_TRANSFER_HPP
#define LIBVIRT_ASIO_TRANSFER_VOLUME_TRANSFER_HPP

#include "transfer/progress_meter.hpp"

#include <libvirt-asio/detail/spawned_operation.hpp>
#include <libvirt-asio/transfer.hpp>

#include <boost/asio/awaitable.hpp>
#include <boost/asio/bind_cancellation_slot.hpp>
#include <boost/asio/cancellation_signal.hpp>
#include <boost/asio/use_awaitable.hpp>

#include <cstddef>
#include <memory>
#include <optional>
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
  std::shared_ptr<connection_service> core;
  storage_vol volume;
};

/// What downloads and uploads have in common. Runs on a strand.
class volume_transfer {
 public:
  volume_transfer(std::shared_ptr<connection_service> core, asio::any_io_executor executor, storage_vol volume,
                  transfer_options options);

  [[nodiscard]] asio::any_io_executor const& executor() const { return executor_; }

 protected:
  ~volume_transfer() = default;

  /// Makes `ends()` so many, by further connections like the first one; fewer if they cannot be had.
  asio::awaitable<void> connect(std::size_t count);

  /// Calls `function()`, which asks libvirt, on a worker thread.
  /**
   * Name a function object that owns something before awaiting this: GCC 12 destroys the captures of a lambda
   * that is a temporary of a co_await expression twice (GCC bug 99576).
   */
  template <class Function>
  auto ask_libvirt(Function function) {
    return on_worker<waits_for::libvirt>(std::move(function), asio::use_awaitable);
  }

  /// The same for a function that reads or writes the file.
  template <class Function>
  auto use_file(Function function) {
    return on_worker<waits_for::files>(std::move(function), asio::use_awaitable);
  }

  /// The same, but cancellation waits for the function: it must leave nothing behind, and nobody may get in its
  /// way.
  template <class Function>
  auto use_file_to_end(Function function) {
    return on_worker<waits_for::files>(std::move(function),
                                       asio::bind_cancellation_slot(asio::cancellation_slot(), asio::use_awaitable));
  }

  /// Runs all of them at once; the first that fails cancels the others.
  asio::awaitable<void> all(std::vector<asio::awaitable<void>> parts);

  /// Keeps the error that came first: those after it come of the cancellation that it has caused.
  template <class Value>
  asio::awaitable<Value> noting_error(asio::awaitable<Value> part) {
    try {
      co_return co_await std::move(part);
    } catch (system_error const& error) {
      if (!first_error_) first_error_ = error.code();
      throw;
    }
  }

  /// Runs the whole transfer, and reports it by the error that came first.
  asio::awaitable<outcome<transfer_result>> run(asio::awaitable<void> transfer);

  [[nodiscard]] std::vector<volume_end>& ends() { return ends_; }
  [[nodiscard]] transfer_options const& options() const { return options_; }
  [[nodiscard]] virStorageVolPtr volume() const { return ends_.front().volume.get(); }

  std::optional<progress_meter> meter;

 private:
  template <waits_for what, class Function, class CompletionToken>
  auto on_worker(Function function, CompletionToken&& token) {
    return async_call(
        ends_.front().core, executor_, what,
        [function = std::move(function)](virConnectPtr) mutable { return function(); }, token);
  }

  asio::awaitable<void> all_from(std::vector<asio::awaitable<void>>& parts, std::size_t first);
  asio::awaitable<void> connect_once(std::string const& uri, std::string const& key);

  asio::any_io_executor const executor_;
  transfer_options const options_;
  // Volumes go before their connections: closing a connection must not be left to the last of them.
  std::vector<connection> further_;
  std::vector<volume_end> ends_;
  error_code first_error_;
};

}  // namespace libvirt_asio::detail

#endif
