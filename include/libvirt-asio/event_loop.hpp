// Copyright (c) 2026 The libvirt-asio authors
// Distributed under the Boost Software License, Version 1.0.

#ifndef LIBVIRT_ASIO_EVENT_LOOP_HPP
#define LIBVIRT_ASIO_EVENT_LOOP_HPP

#include <libvirt-asio/detail/completion.hpp>
#include <libvirt-asio/error.hpp>

#include <boost/asio/execution_context.hpp>

#include <concepts>
#include <memory>

namespace libvirt_asio {

namespace detail {
class event_loop_core;
void async_drain(event_loop_core& loop, asio::any_completion_handler<void(error_code)> handler);
}  // namespace detail

/// libvirt's event loop, run by an Asio execution context: an io_context, run by one thread or many, or a
/// thread_pool.
/**
 * While one is alive, libvirt's handles and timeouts are watched on its executor, and libvirt's callbacks
 * run there, one at a time. One may be alive at a time in a process; when it is destroyed another may be
 * made. Make it before opening a connection, and run the context from then on.
 *
 * Watches that are enabled are outstanding work of the context: `io_context::run()` returns when libvirt has
 * nothing left to watch.
 *
 * Thread safety: every function is safe from every thread, destruction apart. libvirt: `virEventRegisterImpl`.
 */
class event_loop {
 public:
  using executor_type = asio::any_io_executor;

  /// Starts to serve libvirt on an executor.
  /**
   * Throws `std::logic_error` if another `event_loop` is alive, or if another implementation was registered
   * with libvirt before, which libvirt keeps for ever.
   */
  explicit event_loop(executor_type executor);

  /// Starts to serve libvirt on an execution context.
  template <std::derived_from<asio::execution_context> Context>
  explicit event_loop(Context& context) : event_loop(executor_type(context.get_executor())) {}

  /// Stops watching. The free functions of watches that are left run before it returns; later calls from
  /// libvirt find nothing. Waits for a callback that runs on another thread.
  ~event_loop();

  event_loop(event_loop const&) = delete;
  event_loop& operator=(event_loop const&) = delete;

  [[nodiscard]] executor_type get_executor() const noexcept;

  /// Whether no handle, no timeout and no free function that must still run is left.
  [[nodiscard]] bool idle() const;

  /// Completes when the loop is idle: after connections were closed, say, whose callbacks stay registered
  /// with libvirt for a short while.
  /**
   * Completion signature: `void(error_code)`; `asio::error::operation_aborted` if it was cancelled or the
   * loop was destroyed first.
   *
   * Per-operation cancellation: `terminal`, `partial`, `total`.
   */
  template <class CompletionToken = detail::default_token<executor_type>>
  auto async_drain(CompletionToken&& token = {}) {
    return asio::async_initiate<CompletionToken, void(error_code)>(
        [core = core_](auto&& handler) {
          detail::async_drain(*core, std::forward<decltype(handler)>(handler));
        },
        token);
  }

 private:
  std::shared_ptr<detail::event_loop_core> core_;
};

}  // namespace libvirt_asio

#endif
