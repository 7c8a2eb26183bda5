// Copyright (c) 2026 The libvirt-asio authors
// Distributed under the Boost Software License, Version 1.0.

#ifndef LIBVIRT_ASIO_TRANSFER_VOLUME_TRANSFER_HPP
#define LIBVIRT_ASIO_TRANSFER_VOLUME_TRANSFER_HPP

#include "transfer/byte_ranges.hpp"
#include "transfer/piece_reader.hpp"
#include "transfer/progress_meter.hpp"
#include "transfer/stall_watch.hpp"
#include "transfer/volume_side.hpp"

#include <libvirt-asio/detail/call.hpp>
#include <libvirt-asio/detail/spawned_operation.hpp>
#include <libvirt-asio/transfer.hpp>

#include <boost/asio/awaitable.hpp>
#include <boost/asio/bind_cancellation_slot.hpp>
#include <boost/asio/cancellation_signal.hpp>
#include <boost/asio/experimental/awaitable_operators.hpp>
#include <boost/asio/use_awaitable.hpp>

#include <cstddef>
#include <cstdint>
#include <exception>
#include <memory>
#include <optional>
#include <type_traits>
#include <utility>
#include <vector>

namespace libvirt_asio::detail {

/// What all transfers have in common. Runs on a strand.
class volume_transfer {
 public:
  volume_transfer(connection_ptr connection, asio::any_io_executor executor, storage_vol volume,
                  transfer_options options);
  volume_transfer(volume_transfer const&) = delete;
  volume_transfer& operator=(volume_transfer const&) = delete;

  /// Runs the whole transfer. Of several failures the first one counts: the others follow from the cancellation of
  /// the parts that did not fail. An exception that is no `system_error` is thrown, after cleaning up.
  asio::awaitable<outcome<transfer_result>> run();

  // --- For the parts of the transfer ---

  [[nodiscard]] asio::any_io_executor const& executor() const { return executor_; }
  [[nodiscard]] transfer_options const& options() const { return options_; }

  /// The volume that is read or written.
  [[nodiscard]] volume_side& volume() { return volume_; }

  /// What is moved at the same time of a whole, by so many streams if the options do not say.
  [[nodiscard]] std::vector<byte_range> cut(byte_range whole, unsigned default_streams) const {
    return split(whole, options_.streams != 0 ? options_.streams : default_streams);
  }

  /// To be cut off when the transfer stalls.
  void add_side(volume_side& side) { sides_.push_back(&side); }

  /// To be kept while a step is awaited that libvirt is to do. When such steps stall, the transfer fails.
  [[nodiscard]] stall_watch::step wait_for_libvirt() { return stall_watch::step(stalls_); }
  void wait_for_libvirt(std::optional<stall_watch::step>& step) { step.emplace(stalls_); }

  /// Calls `function()`, which asks libvirt about a side's volume, on a worker thread.
  /**
   * Name a function object that owns something before awaiting this: GCC 12 destroys the captures of a lambda
   * that is a temporary of a co_await expression twice (GCC bug 99576).
   */
  template <class Function>
  asio::awaitable<std::invoke_result_t<Function&>> ask_libvirt(volume_side const& side, Function function) {
    auto const step = wait_for_libvirt();
    co_return co_await on_worker<waits_for::libvirt>(side, std::move(function), asio::use_awaitable);
  }

  /// The same for a function that reads or writes a file.
  template <class Function>
  auto use_file(Function function) {
    return on_worker<waits_for::files>(volume_, std::move(function), asio::use_awaitable);
  }

  /// The same, but the function is waited for after a cancellation, and when the connection is closed, too: it has an
  /// effect that must be known.
  template <class Function>
  auto use_file_to_end(Function function) {
    return on_worker<waits_for::files_to_end>(
        volume_, std::move(function), asio::bind_cancellation_slot(asio::cancellation_slot(), asio::use_awaitable));
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

  /// Moves pieces from a reader to `write(piece)`, up to `end` at most: one is written while the next is read. Returns
  /// where they end.
  template <class Write>
  asio::awaitable<std::uint64_t> move_pieces(piece_reader& from, std::uint64_t offset, std::uint64_t end,
                                             std::size_t size, Write write) {
    using namespace asio::experimental::awaitable_operators;
    piece written{.offset = offset};
    piece next = co_await from.read(offset, end, make_piece_buffer(size));
    auto spare = make_piece_buffer(size);
    while (next.length() != 0) {
      std::swap(written, next);
      next = co_await (keeping_failure(from.read(written.end(), end, std::exchange(spare, nullptr))) &&
                       keeping_failure(write(written)));
      spare = written.buffer;
    }
    co_return written.end();
  }

  asio::awaitable<void> finish(stream& ended);

 protected:
  ~volume_transfer() = default;

  /// Moves the data, and confirms it.
  virtual asio::awaitable<void> move_data() = 0;

  /// Removes, after a failure, what must not be left.
  virtual asio::awaitable<void> clean_up() = 0;

  std::optional<progress_meter> meter;

 private:
  template <waits_for waits, class Function, class CompletionToken>
  auto on_worker(volume_side const& side, Function function, CompletionToken&& token) {
    return async_call(
        side.first().connection, executor_, waits,
        [function = std::move(function)](virConnectPtr) mutable { return function(); }, token);
  }

  asio::awaitable<void> all_from(std::vector<asio::awaitable<void>>& parts, std::size_t first);
  asio::awaitable<void> move_data_to_end();
  asio::awaitable<void> wait_for_stall();
  [[nodiscard]] bool is_open() const;

  asio::any_io_executor const executor_;
  transfer_options const options_;
  std::vector<volume_side*> sides_;
  volume_side volume_;
  std::exception_ptr first_failure_;
  stall_watch stalls_;
};

template <class Transfer>
void start_transfer(std::shared_ptr<Transfer> transfer, transfer_handler_type handler) {
  auto const executor = transfer->executor();
  spawn<transfer_result>(
      executor, [transfer = std::move(transfer)] { return transfer->run(); }, std::move(handler));
}

}  // namespace libvirt_asio::detail

#endif
