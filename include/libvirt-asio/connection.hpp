// Copyright (c) 2026 The libvirt-asio authors
// Distributed under the Boost Software License, Version 1.0.

#ifndef LIBVIRT_ASIO_CONNECTION_HPP
#define LIBVIRT_ASIO_CONNECTION_HPP

#include <libvirt-asio/connection_types.hpp>
#include <libvirt-asio/detail/call.hpp>
#include <libvirt-asio/detail/core_access.hpp>
#include <libvirt-asio/detail/default_token.hpp>
#include <libvirt-asio/detail/initiation.hpp>
#include <libvirt-asio/detail/services.hpp>
#include <libvirt-asio/error.hpp>

#include <libvirt/libvirt.h>

#include <boost/asio/execution_context.hpp>

#include <concepts>
#include <memory>
#include <string>
#include <utility>

namespace libvirt_asio {

/// @addtogroup connections
/// @{

/// A connection to a hypervisor.
/**
 * Blocking libvirt functions are called on worker threads: for one connection at most 16 calls at once, one sender of
 * stream data, and four tasks for the files of transfers. Further ones wait for their turn.
 *
 * When the connection is closed or destroyed, outstanding operations on it and on its streams complete with
 * `asio::error::operation_aborted`.
 *
 * An object that was moved from is as if it had just been constructed.
 *
 * @par Thread safety
 * Distinct objects: safe. Shared objects: unsafe; use a strand.
 *
 * @par Example
 * @snippet docs/snippets/reference/connection.cpp connection
 */
template <class Executor = asio::any_io_executor>
class basic_connection {
 public:
  /// The type of the executor.
  using executor_type = Executor;

  /// Rebinds the connection type to another executor.
  template <class OtherExecutor>
  struct rebind_executor {
    /// The connection type with the other executor.
    using other = basic_connection<OtherExecutor>;
  };

  /// Constructs a connection that is not open.
  explicit basic_connection(executor_type executor)
      : executor_(std::move(executor)), service_(detail::make_connection(executor_)) {}

  /// Constructs a connection that is not open.
  template <class Context>
    requires detail::context_of<Context, Executor>
  explicit basic_connection(Context& context) : basic_connection(executor_type(context.get_executor())) {}

  /// Adopts an open connection, and takes over the caller's reference to it.
  /**
   * Its keepalive and its error function are left as they are, and it has no receive window. If it has a close callback
   * already, `async_wait_closed()` completes with libvirt's error. If the constructor throws, the caller keeps the
   * reference.
   *
   * @par Example
   * @snippet docs/snippets/reference/connection.cpp adopt
   */
  basic_connection(executor_type executor, virConnectPtr connection)
      : executor_(std::move(executor)), service_(detail::adopt_connection(executor_, connection)) {}

  /// Adopts an open connection, and takes over the caller's reference to it.
  /// The rest is as for the other constructor.
  template <class Context>
    requires detail::context_of<Context, Executor>
  basic_connection(Context& context, virConnectPtr connection)
      : basic_connection(executor_type(context.get_executor()), connection) {}

  /// Moves from a connection with another executor type.
  template <class OtherExecutor>
    requires std::convertible_to<OtherExecutor, Executor>
  basic_connection(basic_connection<OtherExecutor>&& other)
      : executor_(other.executor_), service_(std::move(other.service_)) {}

  /// Moves from another connection. Outstanding operations go on, on the new object.
  basic_connection(basic_connection&& other) noexcept
      : executor_(other.executor_), service_(std::move(other.service_)) {}

  /// Closes this connection, as `close()` does, and then moves from another one.
  basic_connection& operator=(basic_connection&& other) noexcept {
    if (this != &other) {
      close();
      executor_ = other.executor_;
      service_ = std::move(other.service_);
    }
    return *this;
  }

  /// Closes the connection, as `close()` does.
  ~basic_connection() { close(); }

  /// Returns the executor.
  [[nodiscard]] executor_type get_executor() const noexcept { return executor_; }

  /// Opens a connection to a hypervisor.
  /**
   * An `event_loop` must be alive.
   *
   * @param uri The URI of the hypervisor. If it is empty, libvirt's default is used.
   * @param options How the connection is opened.
   * @param token The completion token.
   *
   * @par Completion signature
   * `void(error_code)`
   *
   * @par Errors
   * libvirt's error; `client_errc::already_open`; `client_errc::no_event_loop`.
   *
   * @par Immediate completion
   * `client_errc::already_open`, `client_errc::no_event_loop`
   *
   * @par Per-operation cancellation
   * `terminal`, `partial`, `total`: the connection stays closed. What is blocked in libvirt is cut off.
   *
   * @par libvirt
   * `virConnectOpenAuth`, on a worker thread.
   *
   * @par Example
   * @snippet docs/snippets/reference/connection.cpp async_open
   */
  template <class CompletionToken = detail::default_token<Executor>>
  auto async_open(std::string uri, connect_options options, CompletionToken&& token = {}) {
    return detail::initiate<&detail::connection_service::open>(token, executor_, service(), std::move(uri),
                                                               std::move(options));
  }

  /// Opens a connection to a hypervisor, with the default options.
  /// The rest is as for the overload with options.
  template <class CompletionToken = detail::default_token<Executor>>
    requires(!std::same_as<std::remove_cvref_t<CompletionToken>, connect_options>)
  auto async_open(std::string uri, CompletionToken&& token = {}) {
    return async_open(std::move(uri), connect_options{}, std::forward<CompletionToken>(token));
  }

  /// Calls a function that may block on a worker thread.
  /**
   * The result follows libvirt's convention: a null pointer or a negative number means failure, and the `error_code` is
   * then libvirt's error. A `vir…Ptr` becomes an owning handle (see @ref handles), and a `char*` becomes a
   * `std::string`; both must be the caller's to free. Other values are passed on as they are.
   *
   * libvirt forgets an error when another of its functions is called, for example the `vir…Free` of an object on the
   * way out. Use the handles, which keep it, or throw a `system_error` of `last_libvirt_error()`.
   *
   * After a cancellation, and when the connection is closed, the function may still run when the operation has
   * completed, and is then destroyed on its worker thread. So it must own what it uses.
   *
   * @param function Called as `function(virConnectPtr)`. It may throw a `system_error`, which gives the error code of
   * the operation. It must throw nothing else.
   * @param token The completion token.
   *
   * @par Completion signature
   * `void(error_code, R)`, where `R` is the result of the function after the conversions above; `void(error_code)` if
   * the function returns `void`.
   *
   * @par Errors
   * libvirt's error; the error of a `system_error` that the function has thrown; `client_errc::not_open`. A function
   * that says it has failed without an error of libvirt's gives `errc::operation_failed`.
   *
   * @par Immediate completion
   * `client_errc::not_open`
   *
   * @par Per-operation cancellation
   * `terminal`, `partial` and, while the call waits for a worker thread, `total`. The operation stops waiting. libvirt
   * cannot interrupt a call: it ends on its worker thread, where its result is destroyed.
   *
   * @par Example
   * @snippet docs/snippets/reference/connection.cpp async_call
   */
  template <class Function, class CompletionToken = detail::default_token<Executor>>
  auto async_call(Function function, CompletionToken&& token = {}) {
    return detail::async_call(service(), executor_, detail::waits_for::libvirt, std::move(function), token);
  }

  /// Waits until the connection is lost.
  /**
   * @par Completion signature
   * `void(error_code, close_reason)`
   *
   * @par Errors
   * `client_errc::not_open`; `client_errc::operation_in_progress`, if another such operation is outstanding; libvirt's
   * error, if it has no way to tell of a loss; `asio::error::operation_aborted`, if you close the connection.
   *
   * @par Immediate completion
   * `client_errc::not_open`, `client_errc::operation_in_progress`, a connection that is lost already, or that has no
   * close callback.
   *
   * @par Per-operation cancellation
   * `terminal`, `partial`, `total`
   *
   * @par libvirt
   * `virConnectRegisterCloseCallback`
   *
   * @par Example
   * @snippet docs/snippets/reference/connection.cpp async_wait_closed
   */
  template <class CompletionToken = detail::default_token<Executor>>
  auto async_wait_closed(CompletionToken&& token = {}) {
    return detail::initiate<&detail::connection_service::wait_closed>(token, executor_, service());
  }

  /// Closes the connection gracefully.
  /**
   * Outstanding operations on the connection and its streams complete with `asio::error::operation_aborted`, open
   * streams are aborted, and calls that run are waited for. The handles that were got from the connection can then only
   * be destroyed. If the daemon stands still, that takes until keepalive messages have given it up, half a minute by
   * default: set a limit where that is too long.
   *
   * @par Completion signature
   * `void(error_code)`
   *
   * @par Errors
   * None: the operation succeeds also if the connection was lost or not open.
   *
   * @par Immediate completion
   * A connection that is not open.
   *
   * @par Per-operation cancellation
   * `terminal`, `partial`: the rest is done as by `close()`.
   *
   * @par libvirt
   * `virConnectClose`, on a worker thread.
   *
   * @par Example
   * @snippet docs/snippets/reference/connection.cpp async_close
   */
  template <class CompletionToken = detail::default_token<Executor>>
  auto async_close(CompletionToken&& token = {}) {
    return detail::initiate<&detail::connection_service::start_close>(token, executor_, service());
  }

  /// Closes the connection without waiting.
  /**
   * Outstanding operations on the connection and its streams complete with `asio::error::operation_aborted`. Streams
   * are aborted, and the daemon is told, in the background. The socket is shut down after two seconds, which ends what
   * is still blocked in libvirt then. The socket of an adopted connection is left alone.
   */
  void close() noexcept {
    if (service_) service_->close();
  }

  /// Cancels every outstanding operation of this connection, calls included, as by `terminal` cancellation of each.
  /**
   * The operations of its streams are left alone.
   */
  void cancel() {
    if (service_) service_->cancel_all();
  }

  /// Returns whether the connection is open. One that was lost is open until it is closed.
  [[nodiscard]] bool is_open() const { return native_handle() != nullptr; }

  /// Returns libvirt's connection, or null if it is not open. This object keeps its ownership.
  [[nodiscard]] virConnectPtr native_handle() const { return service_ ? service_->native_handle() : nullptr; }

  /// Returns the last error that libvirt has reported for this connection or its streams.
  /**
   * Its `code` is 0 if there was none.
   */
  [[nodiscard]] error_info last_error() const { return service_ ? service_->last_error() : error_info{}; }

 private:
  template <class>
  friend class basic_connection;
  friend detail::core_access;

  // One that was moved from makes itself a new one when it is used again.
  [[nodiscard]] std::shared_ptr<detail::connection_service> const& service() const {
    if (!service_) service_ = detail::make_connection(executor_);
    return service_;
  }

  executor_type executor_;
  mutable std::shared_ptr<detail::connection_service> service_;
};

/// The usual connection, for any executor.
using connection = basic_connection<>;

/// @}

}  // namespace libvirt_asio

#endif
