// Copyright (c) 2026 The libvirt-asio authors
// Distributed under the Boost Software License, Version 1.0.

#ifndef LIBVIRT_ASIO_CONNECTION_HPP
#define LIBVIRT_ASIO_CONNECTION_HPP

#include <libvirt-asio/detail/call.hpp>
#include <libvirt-asio/detail/core_access.hpp>
#include <libvirt-asio/detail/default_token.hpp>
#include <libvirt-asio/detail/initiation.hpp>
#include <libvirt-asio/detail/services.hpp>
#include <libvirt-asio/error.hpp>

#include <libvirt/libvirt.h>

#include <boost/asio/execution_context.hpp>

#include <chrono>
#include <concepts>
#include <cstddef>
#include <functional>
#include <memory>
#include <span>
#include <string>
#include <utility>
#include <vector>

namespace libvirt_asio {

/// Why a connection was lost. libvirt: `virConnectCloseReason`.
enum class close_reason {
  /// An input or output error.
  error = VIR_CONNECT_CLOSE_REASON_ERROR,
  /// The daemon closed the connection.
  eof = VIR_CONNECT_CLOSE_REASON_EOF,
  /// The daemon answered no keepalive message.
  keepalive = VIR_CONNECT_CLOSE_REASON_KEEPALIVE,
  /// The client asked for it.
  client = VIR_CONNECT_CLOSE_REASON_CLIENT,
};

/// The options of `async_open`.
struct connect_options {
  /// Opens a read-only connection. libvirt: `VIR_CONNECT_RO`.
  bool read_only = false;

  /// The `virConnectCredentialType`s that `authenticate` can answer.
  std::vector<int> credential_types{};

  /// Fills in the results of credentials that libvirt asks for (allocated with `malloc`, libvirt frees
  /// them); false to give up. Runs on a worker thread. libvirt: `virConnectAuth`.
  std::function<bool(std::span<virConnectCredential>)> authenticate{};

  /// The time between two keepalive messages to a daemon that is silent, in whole seconds; zero for none.
  /// A connection whose reader pauses needs them. libvirt: `virConnectSetKeepAlive`.
  std::chrono::seconds keepalive_interval{5};

  /// How many keepalive messages may stay without an answer before the connection is given up.
  unsigned keepalive_count = 5;

  /// About how many bytes libvirt may hold for streams that nobody reads; 0 for no bound. When it holds as much,
  /// the connection reads nothing more from its socket until a read starts. If another stream is being read by
  /// then, a download that nobody reads is suspended (see `async_open_download`).
  std::size_t receive_window = std::size_t{8} << 20;
};

/// A connection to a hypervisor.
/**
 * Thread safety: distinct objects from any thread, one object from one strand. Blocking libvirt calls are
 * made on worker threads: at most 16 at once for a connection, and one more that sends stream data.
 *
 * Immediate completions are as for `basic_stream`.
 *
 * A connection that was moved from is one that was never opened.
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

  explicit basic_connection(executor_type executor)
      : executor_(std::move(executor)), service_(detail::make_connection(executor_)) {}

  template <class Context>
    requires detail::context_of<Context, Executor>
  explicit basic_connection(Context& context) : basic_connection(executor_type(context.get_executor())) {}

  /// Adopts an open connection, with the caller's reference to it.
  /**
   * Its keepalive and error function are left as they are, and it has no receive window. The close callback
   * is registered if libvirt has none yet: otherwise `async_wait_closed` reports libvirt's error.
   */
  basic_connection(executor_type executor, virConnectPtr connection)
      : executor_(std::move(executor)), service_(detail::adopt_connection(executor_, connection)) {}

  template <class Context>
    requires detail::context_of<Context, Executor>
  basic_connection(Context& context, virConnectPtr connection)
      : basic_connection(executor_type(context.get_executor()), connection) {}

  basic_connection(basic_connection&& other) noexcept
      : executor_(other.executor_), service_(std::move(other.service_)) {}

  basic_connection& operator=(basic_connection&& other) noexcept {
    if (this != &other) {
      close();
      executor_ = other.executor_;
      service_ = std::move(other.service_);
    }
    return *this;
  }

  /// As `close()`.
  ~basic_connection() { close(); }

  [[nodiscard]] executor_type get_executor() const noexcept { return executor_; }

  /// Opens a connection to a hypervisor.
  /**
   * An empty URI stands for libvirt's default. An `event_loop` must be alive. libvirt no longer prints the
   * errors of this connection to stderr.
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

  template <class CompletionToken = detail::default_token<Executor>>
    requires(!std::same_as<std::remove_cvref_t<CompletionToken>, connect_options>)
  auto async_open(std::string uri, CompletionToken&& token = {}) {
    return async_open(std::move(uri), connect_options{}, std::forward<CompletionToken>(token));
  }

  /// Runs `function(virConnectPtr)`, which may block, on a worker thread.
  /**
   * The result follows libvirt's convention: a null pointer or a negative number is a failure, whose
   * `error_code` carries libvirt's own words; a raw `vir…Ptr` becomes the owning handle, a `char*` a
   * `std::string`, which must both be the caller's to free. Other values are passed on, `void` leaves out the
   * value. A `system_error` thrown by the function becomes the error code; it must throw nothing else.
   *
   * Completion signature: `void(error_code, R)`, or `void(error_code)` for `void`.
   *
   * Immediate completion: `client_errc::not_open`.
   *
   * Per-operation cancellation: `total` while the call waits for a worker thread; then `terminal` and
   * `partial`, which give up waiting: libvirt cannot interrupt a call, it ends on its worker thread and its
   * result is freed there.
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
   * Everything outstanding on it and its streams completes with `asio::error::operation_aborted`, open
   * streams are aborted, calls that run are waited for. Handles obtained from the connection can only be
   * destroyed from then on.
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
   * Everything outstanding on it and its streams completes with `asio::error::operation_aborted`. In the
   * background the streams are aborted and the daemon is told. What is still blocked in libvirt after two
   * seconds is cut off, by shutting down the socket. An adopted connection's socket is left alone.
   */
  void close() noexcept {
    if (service_) service_->close();
  }

  /// Cancels every outstanding operation of this connection, calls included, as by `terminal` cancellation of
  /// each. Those of its streams are left alone.
  void cancel() {
    if (service_) service_->cancel_all();
  }

  [[nodiscard]] bool is_open() const { return native_handle() != nullptr; }

  /// libvirt's connection, null if it is not open. It stays this object's.
  [[nodiscard]] virConnectPtr native_handle() const { return service_ ? service_->native_handle() : nullptr; }

  /// The whole of the last error that an operation on this connection or its streams met.
  [[nodiscard]] error_info last_error() const { return service_ ? service_->last_error() : error_info{}; }

 private:
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
