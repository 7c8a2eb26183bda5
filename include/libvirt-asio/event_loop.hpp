// Copyright (c) 2026 The libvirt-asio authors
// Distributed under the Boost Software License, Version 1.0.

#ifndef LIBVIRT_ASIO_EVENT_LOOP_HPP
#define LIBVIRT_ASIO_EVENT_LOOP_HPP

#include <libvirt-asio/detail/default_token.hpp>
#include <libvirt-asio/detail/export.hpp>
#include <libvirt-asio/detail/initiation.hpp>
#include <libvirt-asio/detail/services.hpp>
#include <libvirt-asio/error.hpp>

#include <boost/asio/execution_context.hpp>

#include <concepts>
#include <memory>

namespace libvirt_asio {

namespace detail {
class event_loop_core;
}  // namespace detail

/// Runs libvirt's event loop on an Asio execution context: an `io_context`, run by one thread or several, or
/// a `thread_pool`.
/**
 * While an `event_loop` is alive, libvirt's handles and timeouts are watched on its executor, and libvirt's
 * callbacks run there, one at a time. Only one may be alive in a process; once it has been destroyed, another
 * may be created. Create it before you open a connection, and run the context from then on.
 *
 * Enabled handles and timeouts count as outstanding work of the executor: `io_context::run()` returns once
 * there are none.
 *
 * Thread safety: every function may be called from any thread, except the destructor. libvirt:
 * `virEventRegisterImpl`.
 */
class LIBVIRT_ASIO_EXPORT event_loop {
 public:
  using executor_type = asio::any_io_executor;

  /// Starts serving libvirt on an executor.
  /**
   * Throws `std::logic_error` if another `event_loop` is alive, or if an event loop of another kind has been
   * registered with libvirt, which keeps the first one for ever. Throws `system_error` if there is no file
   * descriptor left for the loop itself.
   */
  explicit event_loop(executor_type executor);

  /// Starts serving libvirt on an execution context.
  template <std::derived_from<asio::execution_context> Context>
  explicit event_loop(Context& context) : event_loop(executor_type(context.get_executor())) {}

  /// Stops serving libvirt.
  /**
   * Waits for a callback that is running on another thread, then calls the free functions of the remaining
   * handles and timeouts. libvirt's later requests fail until another `event_loop` exists.
   */
  ~event_loop();

  event_loop(event_loop const&) = delete;
  event_loop& operator=(event_loop const&) = delete;

  /// The executor that libvirt's callbacks run on.
  [[nodiscard]] executor_type get_executor() const noexcept;

  /// Whether libvirt has no handle and no timeout left, and all their free functions have returned.
  [[nodiscard]] bool idle() const;

  /// Waits until the loop is idle.
  /**
   * Use it after closing connections: libvirt removes their handles and timeouts a little later.
   *
   * Completion signature: `void(error_code)`. The error is `asio::error::operation_aborted` if the operation
   * was cancelled or the loop was destroyed first.
   *
   * Immediate completion: never.
   *
   * Per-operation cancellation: `terminal`, `partial`, `total`.
   */
  template <class CompletionToken = detail::default_token<executor_type>>
  auto async_drain(CompletionToken&& token = {}) {
    return detail::initiate<&detail::event_loop_service::drain>(token, get_executor(), service());
  }

 private:
  [[nodiscard]] std::shared_ptr<detail::event_loop_service> service() const;

  std::shared_ptr<detail::event_loop_core> core_;
};

}  // namespace libvirt_asio

#endif
