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

/// @addtogroup event_loops
/// @{

/// Runs libvirt's event loop on an Asio execution context.
/**
 * The context is an `io_context`, run by one thread or several, or a `thread_pool`. While an `event_loop` is alive, the
 * handles and timeouts of libvirt are watched on its executor, and libvirt's callbacks run there, one at a time.
 *
 * Only one may be alive in a process. When it has been destroyed, another may be created. Create it before you open a
 * connection, and run the context from then on.
 *
 * Enabled handles and timeouts count as outstanding work of the executor: `io_context::run()` returns when there are
 * none.
 *
 * @par Thread safety
 * Every function may be called from any thread, except the destructor.
 *
 * @par libvirt
 * `virEventRegisterImpl`
 *
 * @par Example
 * @snippet docs/snippets/reference/event_loop.cpp event_loop
 */
class LIBVIRT_ASIO_EXPORT event_loop {
 public:
  /// The type of the executor.
  using executor_type = asio::any_io_executor;

  /// Starts serving libvirt on an executor.
  /**
   * @throws std::logic_error If another `event_loop` is alive, or an event loop of another kind was registered with
   * libvirt, which keeps the first one for ever.
   *
   * @throws system_error If there is no file descriptor left for the loop itself.
   */
  explicit event_loop(executor_type executor);

  /// Starts serving libvirt on an execution context.
  /// The rest is as for the other constructor.
  template <std::derived_from<asio::execution_context> Context>
  explicit event_loop(Context& context) : event_loop(executor_type(context.get_executor())) {}

  /// Stops serving libvirt.
  /**
   * Waits for a callback that runs on another thread, then calls the free functions of the handles and timeouts that
   * are left. What libvirt asks for later fails, until another `event_loop` is created. An `async_drain()` that is
   * outstanding completes with `asio::error::operation_aborted`.
   */
  ~event_loop();

  event_loop(event_loop const&) = delete;
  event_loop& operator=(event_loop const&) = delete;

  /// Returns the executor on which libvirt's callbacks run.
  [[nodiscard]] executor_type get_executor() const noexcept;

  /// Returns whether libvirt has no handle and no timeout left, and all their free functions have returned.
  [[nodiscard]] bool idle() const;

  /// Waits until the loop is idle.
  /**
   * Use it after connections were closed, before you destroy the loop: libvirt removes their handles and timeouts a
   * little later.
   *
   * @par Completion signature
   * `void(error_code)`
   *
   * @par Errors
   * `asio::error::operation_aborted`, if the loop is destroyed first.
   *
   * @par Immediate completion
   * Never.
   *
   * @par Per-operation cancellation
   * `terminal`, `partial`, `total`
   *
   * @par Example
   * @snippet docs/snippets/reference/event_loop.cpp async_drain
   */
  template <class CompletionToken = detail::default_token<executor_type>>
  auto async_drain(CompletionToken&& token = {}) {
    return detail::initiate<&detail::event_loop_service::drain>(token, get_executor(), service());
  }

 private:
  [[nodiscard]] std::shared_ptr<detail::event_loop_service> service() const;

  std::shared_ptr<detail::event_loop_core> core_;
};

/// @}

}  // namespace libvirt_asio

#endif
