// Copyright (c) 2026 The libvirt-asio authors
// Distributed under the Boost Software License, Version 1.0.

#include "transfer/volume_transfer.hpp"

#include <boost/asio/experimental/awaitable_operators.hpp>
#include <boost/asio/steady_timer.hpp>
#include <boost/asio/strand.hpp>

#include <algorithm>

namespace libvirt_asio::detail {

using namespace asio::experimental::awaitable_operators;

volume_transfer::volume_transfer(connection_ptr connection, asio::any_io_executor executor, storage_vol volume,
                                 transfer_options options)
    : executor_(asio::make_strand(std::move(executor))),
      options_(std::move(options)),
      volume_(*this, std::move(connection), std::move(volume)) {}

asio::awaitable<void> volume_transfer::finish(stream& ended) {
  auto const step = wait_for_libvirt();
  co_await ended.async_finish(asio::use_awaitable);
}

asio::awaitable<void> volume_transfer::all(std::vector<asio::awaitable<void>> parts) {
  if (!parts.empty()) co_await all_from(parts, 0);
}

asio::awaitable<void> volume_transfer::all_from(std::vector<asio::awaitable<void>>& parts, std::size_t first) {
  if (first + 1 == parts.size())
    co_await keeping_failure(std::move(parts[first]));
  else
    co_await (keeping_failure(std::move(parts[first])) && all_from(parts, first + 1));
}

asio::awaitable<void> volume_transfer::move_data_to_end() {
  try {
    co_await keeping_failure(move_data());
  } catch (...) {
    // Kept.
  }
}

// libvirt may be blocked on the sockets: only their end ends that.
asio::awaitable<void> volume_transfer::wait_for_stall() {
  bool const limited = options_.stall_timeout != options_.stall_timeout.zero();
  asio::steady_timer timer(executor_, asio::steady_timer::time_point::max());
  do {
    if (limited) timer.expires_after(options_.stall_timeout / stall_watch::ticks_in_timeout);
    co_await timer.async_wait(asio::use_awaitable);
  } while (!stalls_.tick());
  if (!first_failure_) first_failure_ = std::make_exception_ptr(system_error(asio::error::timed_out));
  for (auto* const side : sides_) side->cut_off();
}

bool volume_transfer::is_open() const {
  return std::all_of(sides_.begin(), sides_.end(), [](volume_side const* side) { return side->is_open(); });
}

asio::awaitable<outcome<transfer_result>> volume_transfer::run() {
  bool const was_open = is_open();
  try {
    co_await asio::this_coro::throw_if_cancelled(true);
    // Whichever ends first cancels the other.
    co_await (move_data_to_end() || wait_for_stall());
  } catch (...) {
    // It was cancelled: that is kept, unless nothing had begun yet.
    if (!first_failure_) first_failure_ = std::current_exception();
  }
  // A cancelled coroutine could await nothing any more.
  co_await asio::this_coro::throw_if_cancelled(false);
  if (first_failure_) co_await clean_up();
  outcome<transfer_result> ended;
  if (meter) ended.value = meter->result(static_cast<unsigned>(volume_.connections()));
  try {
    if (first_failure_) std::rethrow_exception(first_failure_);
  } catch (system_error const& error) {
    ended.error = error.code();
  }
  // Closed meanwhile, when no step was outstanding that this would have ended.
  if (was_open && ended.error == client_errc::not_open) ended.error = asio::error::operation_aborted;
  co_return ended;
}

}  // namespace libvirt_asio::detail
