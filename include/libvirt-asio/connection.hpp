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

/// A connection to a hypervisor.
/**
 * Blocking libvirt calls are made on worker threads. Of one connection at most 16 calls run at once, one
 * sender of stream data, and four tasks for the files of transfers.
 *
 * Immediate completions are as for `basic_stream`.
 *
 * Thread safety: distinct objects: safe. Shared objects: unsafe; use a strand. A connection that was moved
 * from is as if it had just been constructed.
 */
template <class Executor = asio::any_io_executor>
class basic_connection {
 public:
  using executor_type = Executor;

  /// Rebinds the connection type to another executor.
  template <class OtherExecutor>
  struct rebind_executor {
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
   * Its keepalive and error function are left as they are, and it has no receive window. If it has a close
   * callback already, `async_wait_closed` completes with libvirt's error. If this throws, the caller keeps
   * the reference.
   */
  basic_connection(executor_type executor, virConnectPtr connection)
      : executor_(std::move(executor)), service_(detail::adopt_connection(executor_, connection)) {}

  /// Adopts an open connection, and takes over the caller's reference to it.
  template <class Context>
    requires detail::context_of<Context, Executor>
  basic_connection(Context& context, virConnectPtr connection)
      : basic_connection(executor_type(context.get_executor()), connection) {}

  /// Moves from a connection with another executor type.
  template <class OtherExecutor>
    requires std::convertible_to<OtherExecutor, Executor>
  basic_connection(basic_connection<OtherExecutor>&& other)
      : executor_(other.executor_), service_(std::move(other.service_)) {}

  /// Outstanding operations go on, on the new object.
  basic_connection(basic_connection&& other) noexcept
      : executor_(other.executor_), service_(std::move(other.service_)) {}

  /// Closes this connection first, as `close()` does.
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

  [[nodiscard]] executor_type get_executor() const noexcept { return executor_; }

  /// Opens a connection to a hypervisor.
  /**
   * An empty URI selects libvirt's default. An `event_loop` must be alive.
   *
   * Completion signature: `void(error_code)`: libvirt's error, `client_errc::already_open` or
   * `client_errc::no_event_loop`.
   *
   * Immediate completion: `client_errc::already_open`, `client_errc::no_event_loop`.
   *
   * Per-operation cancellation: `terminal`, `partial`, `total`: the connection stays closed, and the call
   * inside libvirt is cut off.
   *
   * libvirt: `virConnectOpenAuth`, on a worker thread.
   */
  template <class CompletionToken = detail::default_token<Executor>>
  auto async_open(std::string uri, connect_options options, CompletionToken&& token = {}) {
    return detail::initiate<&detail::connection_service::open>(token, executor_, service(), std::move(uri),
                                                               std::move(options));
  }

  /// Opens a connection to a hypervisor, with the default options.
  template <class CompletionToken = detail::default_token<Executor>>
    requires(!std::same_as<std::remove_cvref_t<CompletionToken>, connect_options>)
  auto async_open(std::string uri, CompletionToken&& token = {}) {
    return async_open(std::move(uri), connect_options{}, std::forward<CompletionToken>(token));
  }

  /// Runs `function(virConnectPtr)`, which may block, on a worker thread.
  /**
   * Results follow libvirt's convention: a null pointer or a negative number means failure, and the
   * `error_code` carries libvirt's message. A `vir…Ptr` becomes an owning handle and a `char*` a
   * `std::string`; both must be the caller's to free. Other values are passed on unchanged. A `system_error`
   * thrown by the function becomes the error code; it must throw nothing else. The function may be destroyed
   * on its worker thread, after the operation has completed.
   *
   * libvirt forgets an error when another of its functions is called, such as the `vir…Free` of an object on the
   * way out: use the handles, which keep it, or throw a `system_error` of `last_libvirt_error()`.
   *
   * Completion signature: `void(error_code, R)`, or `void(error_code)` for `void`.
   *
   * Immediate completion: `client_errc::not_open`.
   *
   * Per-operation cancellation: `terminal`, `partial` and, while the call waits for a worker thread, `total`.
   * The operation stops waiting: libvirt cannot interrupt a call, which ends on its worker thread, where its
   * result is destroyed.
   */
  template <class Function, class CompletionToken = detail::default_token<Executor>>
  auto async_call(Function function, CompletionToken&& token = {}) {
    return detail::async_call(service(), executor_, detail::waits_for::libvirt, std::move(function), token);
  }

  /// Waits until the connection is lost.
  /**
   * Completion signature: `void(error_code, close_reason)`; `asio::error::operation_aborted` when the
   * connection is closed from this side.
   *
   * Immediate completion: `client_errc::not_open`, `client_errc::operation_in_progress`, a connection that is lost
   * already, or that has no close callback.
   *
   * Per-operation cancellation: `terminal`, `partial`, `total`.
   *
   * libvirt: `virConnectRegisterCloseCallback`.
   */
  template <class CompletionToken = detail::default_token<Executor>>
  auto async_wait_closed(CompletionToken&& token = {}) {
    return detail::initiate<&detail::connection_service::wait_closed>(token, executor_, service());
  }

  /// Closes the connection gracefully.
  /**
   * Outstanding operations on the connection and its streams complete with `asio::error::operation_aborted`,
   * open streams are aborted, and calls that run are waited for. Handles obtained from the connection may
   * then only be destroyed.
   *
   * Completion signature: `void(error_code)`; success too if the connection was lost or not open.
   *
   * Immediate completion: a connection that is not open.
   *
   * Per-operation cancellation: `terminal`, `partial`: the rest happens as in `close()`.
   *
   * libvirt: `virConnectClose`, on a worker thread.
   */
  template <class CompletionToken = detail::default_token<Executor>>
  auto async_close(CompletionToken&& token = {}) {
    return detail::initiate<&detail::connection_service::start_close>(token, executor_, service());
  }

  /// Closes the connection without waiting.
  /**
   * Outstanding operations on the connection and its streams complete with `asio::error::operation_aborted`.
   * In the background, streams are aborted and the daemon is told. What is still blocked in libvirt after two
   * seconds is cut off by shutting down the socket. An adopted connection's socket is left alone.
   */
  void close() noexcept {
    if (service_) service_->close();
  }

  /// Cancels every outstanding operation of this connection, calls included, as by `terminal` cancellation of
  /// each. Those of its streams are left alone.
  void cancel() {
    if (service_) service_->cancel_all();
  }

  /// Whether the connection is open; also true when it was lost, and has not been closed since.
  [[nodiscard]] bool is_open() const { return native_handle() != nullptr; }

  /// libvirt's connection; null if it is not open. This object keeps ownership.
  [[nodiscard]] virConnectPtr native_handle() const { return service_ ? service_->native_handle() : nullptr; }

  /// The last error that libvirt reported for this connection or its streams, in full; `code` is 0 if there
  /// was none.
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

using connection = basic_connection<>;

}  // namespace libvirt_asio

#endif
