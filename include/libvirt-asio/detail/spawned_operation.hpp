// Copyright (c) 2026 The libvirt-asio authors
// Distributed under the Boost Software License, Version 1.0.

#ifndef LIBVIRT_ASIO_DETAIL_SPAWNED_OPERATION_HPP
#define LIBVIRT_ASIO_DETAIL_SPAWNED_OPERATION_HPP

#include <libvirt-asio/error.hpp>

#include <boost/asio/any_io_executor.hpp>
#include <boost/asio/associated_allocator.hpp>
#include <boost/asio/associated_cancellation_slot.hpp>
#include <boost/asio/associated_executor.hpp>
#include <boost/asio/awaitable.hpp>
#include <boost/asio/bind_allocator.hpp>
#include <boost/asio/bind_cancellation_slot.hpp>
#include <boost/asio/bind_executor.hpp>
#include <boost/asio/cancellation_signal.hpp>
#include <boost/asio/co_spawn.hpp>
#include <boost/asio/dispatch.hpp>
#include <boost/asio/this_coro.hpp>

#include <concepts>
#include <exception>
#include <memory>
#include <type_traits>
#include <utility>
#include <variant>

namespace libvirt_asio::detail {

namespace asio = boost::asio;

/// Has `cancel(cancellation_type)` called when the operation of `handler` is cancelled.
template <class Handler, class Cancel>
void assign_cancellation(Handler& handler, Cancel cancel) {
  auto slot = asio::get_associated_cancellation_slot(handler);
  if (slot.is_connected()) slot.assign(std::move(cancel));
}

/// What a coroutine ended with: an error, and what was done by then; `std::monostate` for nothing to tell.
template <class Value>
struct outcome {
  error_code error;
  Value value{};
};

/// The cancellation of a coroutine, kept from it until it runs: one cancelled before would never begin, and so
/// never abort its stream.
struct spawn_cancellation {
  asio::cancellation_signal signal;
  bool running = false;
  bool asked_for = false;

  void cancel() {
    asked_for = true;
    if (running) signal.emit(asio::cancellation_type::terminal);
  }

  void start() {
    running = true;
    if (asked_for) signal.emit(asio::cancellation_type::terminal);
  }
};

/// Calls an operation's handler with a coroutine's outcome. An exception that is no outcome came from a user's
/// function: it leaves the context's `run()`, as one thrown by the handler would.
template <class Handler, class Value>
struct outcome_handler {
  Handler handler;
  std::shared_ptr<spawn_cancellation> cancellation;

  void operator()(std::exception_ptr failure, outcome<Value> ended) {
    if (failure) std::rethrow_exception(failure);
    cancellation.reset();
    if constexpr (std::same_as<Value, std::monostate>)
      std::move(handler)(ended.error);
    else
      std::move(handler)(ended.error, std::move(ended.value));
  }
};

/// Starts a coroutine whose cancellation, of whatever type, is terminal inside: it ends the whole transfer.
/**
 * It begins with `throw_if_cancelled` off, and turns it on where it can report the error.
 */
template <class Value, class Handler, class Start>
void spawn(asio::any_io_executor const& executor, Start start, Handler&& handler) {
  using handler_type = std::decay_t<Handler>;
  auto const cancellation = std::make_shared<spawn_cancellation>();
  // Not by the slot of co_spawn alone: Boost 1.81's dispatches with a pointer to what may be gone by then.
  assign_cancellation(handler, [executor, weak = std::weak_ptr(cancellation)](asio::cancellation_type) {
    if (weak.expired()) return;
    asio::dispatch(executor, [weak] {
      if (auto const alive = weak.lock()) alive->cancel();
    });
  });
  auto const handler_executor = asio::get_associated_executor(handler, executor);
  auto const allocator = asio::get_associated_allocator(handler);
  asio::co_spawn(
      executor,
      [cancellation, start = std::move(start)]() mutable -> asio::awaitable<outcome<Value>> {
        co_await asio::this_coro::throw_if_cancelled(false);
        cancellation->start();
        // What it owns goes before the handler is called. It must not be const, or else it stays here.
        auto started = std::move(start);
        co_return co_await started();
      },
      asio::bind_cancellation_slot(
          cancellation->signal.slot(),
          asio::bind_executor(handler_executor,
                              asio::bind_allocator(allocator, outcome_handler<handler_type, Value>{
                                                                  std::forward<Handler>(handler), cancellation}))));
}

/// The initiation of an operation that a coroutine carries out.
template <class Value, class Executor>
class spawn_initiation {
 public:
  using executor_type = Executor;

  explicit spawn_initiation(Executor executor) : executor_(std::move(executor)) {}

  [[nodiscard]] executor_type get_executor() const noexcept { return executor_; }

  template <class Handler, class Start>
  void operator()(Handler&& handler, Start&& start) const {
    spawn<Value>(executor_, std::forward<Start>(start), std::forward<Handler>(handler));
  }

 private:
  Executor executor_;
};

/// Runs `start()`, a coroutine that returns an outcome, as an operation: `void(error_code, Value)`.
template <class Value, class CompletionToken, class Executor, class Start>
auto async_spawn(Executor executor, Start start, CompletionToken& token) {
  return asio::async_initiate<CompletionToken, void(error_code, Value)>(
      spawn_initiation<Value, Executor>(std::move(executor)), token, std::move(start));
}

}  // namespace libvirt_asio::detail

#endif
