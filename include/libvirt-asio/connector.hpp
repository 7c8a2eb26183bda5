// Copyright (c) 2026 The libvirt-asio authors
// Distributed under the Boost Software License, Version 1.0.

#ifndef LIBVIRT_ASIO_CONNECTOR_HPP
#define LIBVIRT_ASIO_CONNECTOR_HPP

#include <libvirt-asio/connection.hpp>
#include <libvirt-asio/connection_types.hpp>
#include <libvirt-asio/detail/connector_service.hpp>
#include <libvirt-asio/detail/core_access.hpp>
#include <libvirt-asio/detail/default_token.hpp>
#include <libvirt-asio/detail/initiation.hpp>

#include <chrono>
#include <concepts>
#include <functional>
#include <memory>
#include <string>
#include <utility>

namespace libvirt_asio {

/// The options of a `connector`.
struct connector_options {
  /// Those of each connection.
  connect_options connect{};

  /// The time before the next attempt after one that has failed; it doubles with each further one.
  /**
   * Each time is shortened by a random part of up to its half, so that many clients of a daemon that comes back do not
   * come all at once.
   */
  std::chrono::steady_clock::duration shortest_delay = std::chrono::milliseconds(250);

  /// The time that those times do not exceed.
  /**
   * A connection that is lost or closed sooner than after this time counts as an attempt that has failed. After a
   * longer one the first attempt is made at once.
   */
  std::chrono::steady_clock::duration longest_delay = std::chrono::seconds(30);

  /// The time after which an attempt is given up, with `asio::error::timed_out`; 0 stands for no limit.
  /**
   * A user who is asked for a password takes his time out of it, too.
   */
  std::chrono::steady_clock::duration open_timeout = std::chrono::seconds(60);

  /// Called with the error of each attempt that has failed, and the time before the next one.
  /**
   * On the connector's executor. It may close the connector, which ends the attempts. A `system_error` that it throws
   * ends them, with its error code; any other exception leaves the `run()` that would have called the completion
   * handler.
   */
  std::function<void(error_code, std::chrono::steady_clock::duration)> failed{};
};

/// Keeps a connection open: opens it again whenever it was lost.
/**
 * The life of a daemon is a loop that waits for a connection, subscribes to events, lists what there is, and follows
 * the events until they end. This way it misses nothing, as it subscribes first.
 *
 * @code
 * libvirt_asio::connector keep{executor, "qemu:///system"};
 * libvirt_asio::events<libvirt_asio::domain_lifecycle_event> lifecycle{keep.connection()};
 * for (;;) {
 *   co_await keep.async_next_connection();
 *   try {
 *     co_await lifecycle.async_subscribe();
 *     co_await list(keep.connection());
 *     for (;;) follow(co_await lifecycle.async_next());
 *   } catch (libvirt_asio::system_error const&) {
 *     // If the connection is not lost, there is to be another one all the same.
 *     keep.connection().close();
 *   }
 * }
 * @endcode
 *
 * It is one object for all connections: streams and events that were made for it can be opened and subscribed again.
 * libvirt's own objects belong to one connection, and are to be looked up anew.
 *
 * Thread safety: distinct objects: safe. Shared objects: unsafe; use a strand, which must be the executor. One that was
 * moved from can only be assigned to or destroyed.
 */
template <class Executor = asio::any_io_executor>
class basic_connector {
 public:
  using executor_type = Executor;

  /// Rebinds the type to another executor.
  template <class OtherExecutor>
  struct rebind_executor {
    using other = basic_connector<OtherExecutor>;
  };

  /// Constructs a connector whose connection is not open yet. An empty URI selects libvirt's default.
  basic_connector(executor_type executor, std::string uri, connector_options options = {})
      : connection_(executor),
        service_(detail::make_connector(executor, detail::core_access::of(connection_), std::move(uri),
                                        std::move(options))) {}

  /// Constructs a connector whose connection is not open yet. An empty URI selects libvirt's default.
  template <class Context>
    requires detail::context_of<Context, Executor>
  basic_connector(Context& context, std::string uri, connector_options options = {})
      : basic_connector(executor_type(context.get_executor()), std::move(uri), std::move(options)) {}

  /// An outstanding operation goes on, on the new object. A reference to the connection becomes one to nothing.
  basic_connector(basic_connector&& other) noexcept = default;

  /// Closes this connector first, as `close()` does.
  basic_connector& operator=(basic_connector&& other) noexcept {
    if (this != &other) {
      close();
      connection_ = std::move(other.connection_);
      service_ = std::move(other.service_);
    }
    return *this;
  }

  /// Closes the connector, as `close()` does.
  ~basic_connector() { close(); }

  [[nodiscard]] executor_type get_executor() const noexcept { return connection_.get_executor(); }

  /// Waits for the next connection.
  /**
   * If `connection()` is not open, opens it, for as many attempts as it takes. If it is open, waits until it is lost or
   * closed; then closes it without waiting, and opens it again. An `event_loop` must be alive.
   *
   * It waits for the loss by `async_wait_closed`, of which no other may be outstanding. `cancel()` of the connection
   * ends that, and with it this operation.
   *
   * Completion signature: `void(error_code)`: success; `client_errc::operation_in_progress`, if another one is
   * outstanding; `client_errc::no_event_loop`; libvirt's error, if it cannot tell of a loss; what the user's function
   * has thrown; `asio::error::operation_aborted` when the connector is closed.
   *
   * Immediate completion: never.
   *
   * Per-operation cancellation: `terminal`, `partial`, `total`: the connection that is open stays open; one that is
   * being opened does not.
   *
   * libvirt: `virConnectOpenAuth`, `virConnectRegisterCloseCallback`.
   */
  template <class CompletionToken = detail::default_token<Executor>>
  auto async_next_connection(CompletionToken&& token = {}) {
    return detail::initiate<&detail::connector_service::next_connection>(token, get_executor(), service_);
  }

  /// The connection, which is the same object all the time. To close it asks for the next one.
  [[nodiscard]] basic_connection<Executor>& connection() noexcept { return connection_; }

  /// Ends an outstanding operation with `asio::error::operation_aborted`, and closes the connection without waiting.
  void close() noexcept {
    if (service_) service_->close();
  }

 private:
  basic_connection<Executor> connection_;
  std::shared_ptr<detail::connector_service> service_;
};

using connector = basic_connector<>;

}  // namespace libvirt_asio

#endif
