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

/// @addtogroup reconnecting
/// @{

/// The options of `basic_connector`.
/**
 * @par Example
 * @snippet docs/snippets/reference/connector.cpp connector_options
 */
struct connector_options {
  /// The options of each connection.
  connect_options connect{};

  /// The time before the next attempt, after one that has failed. It doubles with each further failure.
  /**
   * Each time is shortened by a random part, up to half of it, so that many clients of a daemon that comes back do not
   * come all at once.
   */
  std::chrono::steady_clock::duration shortest_delay = std::chrono::milliseconds(250);

  /// The longest time between two attempts.
  /**
   * For the delay a connection that is lost or closed sooner than after this time counts as a failure; `failed` is not
   * called for it. After a longer one, the first attempt is made at once.
   */
  std::chrono::steady_clock::duration longest_delay = std::chrono::seconds(30);

  /// The time after which an attempt is given up, with `asio::error::timed_out`. Zero stands for no limit.
  /**
   * It includes the time that a user takes who is asked for a password.
   */
  std::chrono::steady_clock::duration open_timeout = std::chrono::seconds(60);

  /// Called with the error of each attempt that has failed, and the time before the next one.
  /**
   * The function is called on the executor of the connector. It may close the connector, which ends the attempts. If it
   * throws a `system_error`, the attempts end with that error code. Any other exception leaves the `run()` that would
   * have called the completion handler.
   */
  std::function<void(error_code, std::chrono::steady_clock::duration)> failed{};
};

/// Keeps a connection open: opens it again whenever it was lost.
/**
 * A daemon is then a loop: it waits for a connection, subscribes to events, lists what there is, and follows the events
 * until they end. It misses nothing, because it subscribes first.
 *
 * There is one connection object for all the connections: streams and events that were made for it can be opened and
 * subscribed again. libvirt's own objects belong to one connection, and must be looked up anew.
 *
 * An object that was moved from can only be assigned to or destroyed.
 *
 * @par Thread safety
 * Distinct objects: safe. Shared objects: unsafe; use a strand, which must be the executor.
 *
 * @par Example
 * @snippet docs/snippets/reference/connector.cpp connector
 */
template <class Executor = asio::any_io_executor>
class basic_connector {
 public:
  /// The type of the executor.
  using executor_type = Executor;

  /// Rebinds the type to another executor.
  template <class OtherExecutor>
  struct rebind_executor {
    /// The type with the other executor.
    using other = basic_connector<OtherExecutor>;
  };

  /// Constructs a connector whose connection is not open yet.
  /**
   * @param executor The executor of the connector and of its connection.
   * @param uri The URI of the hypervisor. If it is empty, libvirt's default is used.
   * @param options How connections are opened, and how often.
   */
  basic_connector(executor_type executor, std::string uri, connector_options options = {})
      : connection_(executor),
        service_(detail::make_connector(executor, detail::core_access::of(connection_), std::move(uri),
                                        std::move(options))) {}

  /// Constructs a connector whose connection is not open yet.
  /**
   * @param context The execution context of the connector and of its connection.
   * @param uri The URI of the hypervisor. If it is empty, libvirt's default is used.
   * @param options How connections are opened, and how often.
   */
  template <class Context>
    requires detail::context_of<Context, Executor>
  basic_connector(Context& context, std::string uri, connector_options options = {})
      : basic_connector(executor_type(context.get_executor()), std::move(uri), std::move(options)) {}

  /// Moves from another connector. An outstanding operation goes on, on the new object.
  /**
   * References to the connection of the other one must not be used any more.
   */
  basic_connector(basic_connector&& other) noexcept = default;

  /// Closes this connector, as `close()` does, and then moves from another one.
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

  /// Returns the executor.
  [[nodiscard]] executor_type get_executor() const noexcept { return connection_.get_executor(); }

  /// Waits for the next connection.
  /**
   * If `connection()` is not open, opens it, in as many attempts as it takes. If it is open, waits until it is lost or
   * closed, closes it without waiting, and opens it again. An `event_loop` must be alive.
   *
   * The operation waits for the loss by `basic_connection::async_wait_closed()`, so no other one of these may be
   * outstanding. `basic_connection::cancel()` ends that wait, and this operation with it.
   *
   * @par Completion signature
   * `void(error_code)`
   *
   * @par Errors
   * - `client_errc::operation_in_progress`, if another such operation is outstanding;
   * - `client_errc::no_event_loop`;
   * - libvirt's error, if it has no way to tell of a loss;
   * - what `connector_options::failed` has thrown;
   * - `asio::error::operation_aborted`, if the connector is closed.
   *
   * @par Immediate completion
   * Never.
   *
   * @par Per-operation cancellation
   * `terminal`, `partial`, `total`: a connection that is open stays open; one that is being opened does not.
   *
   * @par libvirt
   * `virConnectOpenAuth`, `virConnectRegisterCloseCallback`
   *
   * @par Example
   * @snippet docs/snippets/reference/connector.cpp async_next_connection
   */
  template <class CompletionToken = detail::default_token<Executor>>
  auto async_next_connection(CompletionToken&& token = {}) {
    return detail::initiate<&detail::connector_service::next_connection>(token, get_executor(), service_);
  }

  /// Returns the connection, which is always the same object. Close it to get the next one.
  [[nodiscard]] basic_connection<Executor>& connection() noexcept { return connection_; }

  /// Ends an outstanding operation with `asio::error::operation_aborted`, and closes the connection without waiting.
  void close() noexcept {
    if (service_) service_->close();
  }

 private:
  basic_connection<Executor> connection_;
  std::shared_ptr<detail::connector_service> service_;
};

/// The usual connector, for any executor.
using connector = basic_connector<>;

/// @}

}  // namespace libvirt_asio

#endif
