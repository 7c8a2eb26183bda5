// Copyright (c) 2026 The libvirt-asio authors
// Distributed under the Boost Software License, Version 1.0.

#ifndef LIBVIRT_ASIO_EVENTS_HPP
#define LIBVIRT_ASIO_EVENTS_HPP

#include <libvirt-asio/connection.hpp>
#include <libvirt-asio/detail/core_access.hpp>
#include <libvirt-asio/detail/default_token.hpp>
#include <libvirt-asio/detail/events_service.hpp>
#include <libvirt-asio/detail/initiation.hpp>
#include <libvirt-asio/domain_events.hpp>
#include <libvirt-asio/object_events.hpp>

#include <boost/asio/async_result.hpp>
#include <boost/asio/error.hpp>

#include <concepts>
#include <cstddef>
#include <cstdint>
#include <memory>
#include <optional>
#include <type_traits>
#include <utility>

namespace libvirt_asio {

/// @addtogroup event_sequences
/// @{

/// The options of `basic_events::async_subscribe()`.
struct subscribe_options {
  /// How many events may wait to be taken; at least 1. When one more comes, the oldest is lost, and this is told.
  std::size_t capacity = 1024;
};

/// libvirt's events of one type or of several, one after another.
/**
 * If you want to know how things stand, subscribe first, and list what there is after that: so you miss nothing.
 *
 * Events that are not taken wait in a queue of bounded size, so that a slow reader holds up neither libvirt nor the
 * connection, and costs no memory. When events have been lost because the queue was full, the next `async_next()` or
 * `try_next()` gives `client_errc::events_lost`, once, and `lost()` says how many they were. The events that came after
 * these follow.
 *
 * The sequence ends with `client_errc::connection_lost` when the connection is lost, and with
 * `asio::error::operation_aborted` when it is closed or by `unsubscribe()`. What is in the queue comes before that.
 *
 * Events own libvirt's objects. For a graceful end of the connection, unsubscribe, and take or destroy the events that
 * are left, before you close it.
 *
 * Any number of sequences may have the same type. libvirt is asked once for it.
 *
 * An object that was moved from is as if it had just been constructed for the same connection.
 *
 * @tparam Event One of the types of events, or a `std::variant` of several. The events of a variant come in the order
 * in which libvirt tells of them.
 *
 * @par Thread safety
 * Distinct objects: safe. Shared objects: unsafe; use a strand.
 *
 * @par Example
 * @snippet docs/snippets/reference/events.cpp events
 */
template <detail::event_sequence Event, class Executor = asio::any_io_executor>
class basic_events {
 public:
  /// The type of the executor.
  using executor_type = Executor;

  /// The type of the events.
  using value_type = Event;

  /// Rebinds the type to another executor.
  template <class OtherExecutor>
  struct rebind_executor {
    /// The type with the other executor.
    using other = basic_events<Event, OtherExecutor>;
  };

  /// Constructs a sequence that is not subscribed, with the executor of the connection.
  template <class ConnectionExecutor>
  explicit basic_events(basic_connection<ConnectionExecutor> const& owner)
      : basic_events(executor_type(owner.get_executor()), owner) {}

  /// Constructs a sequence that is not subscribed, with the given executor.
  template <class ConnectionExecutor>
  basic_events(executor_type executor, basic_connection<ConnectionExecutor> const& owner)
      : executor_(std::move(executor)),
        connection_(detail::core_access::of(owner)),
        service_(detail::make_events(executor_, connection_)) {}

  /// Moves from a sequence with another executor type.
  template <class OtherExecutor>
    requires std::convertible_to<OtherExecutor, Executor>
  basic_events(basic_events<Event, OtherExecutor>&& other)
      : executor_(other.executor_), connection_(other.connection_), service_(std::move(other.service_)) {}

  /// Moves from another sequence. Outstanding operations go on, on the new object.
  basic_events(basic_events&& other) noexcept
      : executor_(other.executor_), connection_(other.connection_), service_(std::move(other.service_)) {}

  /// Ends this sequence, as `unsubscribe()` does, and then moves from another one.
  basic_events& operator=(basic_events&& other) noexcept {
    if (this != &other) {
      unsubscribe();
      executor_ = other.executor_;
      connection_ = other.connection_;
      service_ = std::move(other.service_);
    }
    return *this;
  }

  /// Ends the sequence, as `unsubscribe()` does.
  ~basic_events() { unsubscribe(); }

  /// Returns the executor.
  [[nodiscard]] executor_type get_executor() const noexcept { return executor_; }

  /// Subscribes to the events of all objects.
  /**
   * From the completion on, no event is missed. After a failure, and after the end of the sequence, it can be
   * subscribed again; what is still in the queue is then dropped.
   *
   * @param options How many events may wait.
   * @param token The completion token.
   *
   * @par Completion signature
   * `void(error_code)`
   *
   * @par Errors
   * libvirt's error, if the hypervisor, its daemon or the installed libvirt does not know the type, or one of the types
   * of a variant; `client_errc::already_open`, if the sequence is subscribed; `client_errc::not_open`, if the
   * connection is not open; `client_errc::connection_lost`.
   *
   * @par Immediate completion
   * `client_errc::already_open`, `client_errc::not_open`, `client_errc::connection_lost`
   *
   * @par Per-operation cancellation
   * `terminal`, `partial`, `total`: the sequence is not subscribed.
   *
   * @par libvirt
   * `virConnectDomainEventRegisterAny`, `virConnectNetworkEventRegisterAny`, `virConnectStoragePoolEventRegisterAny`,
   * `virConnectNodeDeviceEventRegisterAny`, `virConnectSecretEventRegisterAny`, on a worker thread.
   *
   * @par Example
   * @snippet docs/snippets/reference/events.cpp async_subscribe
   */
  template <class CompletionToken = detail::default_token<Executor>>
  auto async_subscribe(subscribe_options options, CompletionToken&& token = {}) {
    return subscribe({}, options, token);
  }

  /// Subscribes to the events of all objects, with the default options.
  /// The rest is as for the overload with options.
  template <class CompletionToken = detail::default_token<Executor>>
    requires(!detail::any_of<CompletionToken, subscribe_options> &&
             !detail::object_pointer<std::remove_cvref_t<CompletionToken>>)
  auto async_subscribe(CompletionToken&& token = {}) {
    return subscribe({}, {}, token);
  }

  /// Subscribes to the events of one object.
  /**
   * The rest is as for the events of all objects.
   *
   * @param object The object: a `virDomainPtr` for events of domains, and so on. A null pointer stands for all objects.
   * @param options How many events may wait.
   * @param token The completion token.
   */
  template <class Object, class CompletionToken = detail::default_token<Executor>>
    requires std::same_as<Object*, typename detail::sequence_traits<Event>::handle::pointer>
  auto async_subscribe(Object* object, subscribe_options options, CompletionToken&& token = {}) {
    return subscribe(detail::share_object(object), options, token);
  }

  /// Subscribes to the events of one object, with the default options.
  /// The rest is as for the overload with options.
  template <class Object, class CompletionToken = detail::default_token<Executor>>
    requires(std::same_as<Object*, typename detail::sequence_traits<Event>::handle::pointer> &&
             !detail::any_of<CompletionToken, subscribe_options>)
  auto async_subscribe(Object* object, CompletionToken&& token = {}) {
    return subscribe(detail::share_object(object), {}, token);
  }

  /// Takes the next event, or waits for it.
  /**
   * @par Completion signature
   * `void(error_code, Event)`
   *
   * @par Errors
   * - `client_errc::events_lost`, if events were lost before the next one;
   * - `client_errc::connection_lost` or `asio::error::operation_aborted` at the end of the sequence;
   * - `client_errc::not_open`, if it was never subscribed;
   * - `client_errc::operation_in_progress`, if another such operation is outstanding.
   *
   * @par Immediate completion
   * An event that is there, a loss, the end, `client_errc::operation_in_progress`, `client_errc::not_open`.
   *
   * @par Per-operation cancellation
   * `terminal`, `partial`, `total`: no event is lost.
   *
   * @par Example
   * @snippet docs/snippets/reference/events.cpp async_next
   */
  template <class CompletionToken = detail::default_token<Executor>>
  auto async_next(CompletionToken&& token = {}) {
    return asio::async_initiate<CompletionToken, void(error_code, Event)>(
        detail::next_event_initiation<Event, Executor>(executor_, service()), token);
  }

  /// Takes the next event, if there is one.
  /**
   * @param error Is set to success; to `asio::error::would_block`, if there is no event yet; or to what `async_next()`
   * would complete with.
   *
   * @returns The event, or nothing.
   *
   * @par Example
   * @snippet docs/snippets/reference/events.cpp try_next
   */
  [[nodiscard]] std::optional<Event> try_next(error_code& error) {
    auto value = service()->try_next(error);
    if (error) return std::nullopt;
    return detail::sequence_traits<Event>::take(std::move(value));
  }

  /// Takes the next event, if there is one.
  /**
   * The rest is as for the overload with an `error_code`.
   *
   * @throws system_error On failure. That there is no event yet is no failure.
   */
  [[nodiscard]] std::optional<Event> try_next() {
    error_code error;
    auto event = try_next(error);
    if (error && error != asio::error::would_block) throw system_error(error);
    return event;
  }

  /// Returns how many events the last `client_errc::events_lost` stands for.
  [[nodiscard]] std::uint64_t lost() const { return service_ ? service_->lost() : 0; }

  /// Cancels every outstanding operation, as by `terminal` cancellation of each.
  void cancel() {
    if (service_) service_->cancel_all();
  }

  /// Ends the sequence without waiting: libvirt is told in the background.
  void unsubscribe() noexcept {
    if (service_) service_->unsubscribe();
  }

 private:
  template <detail::event_sequence, class>
  friend class basic_events;

  template <class CompletionToken>
  auto subscribe(detail::event_object object, subscribe_options options, CompletionToken& token) {
    // The former sequence is over.
    if (service_ && service_->has_ended()) service_ = nullptr;
    return detail::initiate<&detail::events_service::subscribe>(
        token, executor_, service(),
        detail::subscription{detail::sequence_traits<Event>::types(), std::move(object), options.capacity});
  }

  [[nodiscard]] std::shared_ptr<detail::events_service> const& service() const {
    if (!service_) service_ = detail::make_events(executor_, connection_);
    return service_;
  }

  executor_type executor_;
  std::shared_ptr<detail::connection_service> connection_;
  mutable std::shared_ptr<detail::events_service> service_;
};

/// The usual sequence of events, for any executor.
template <detail::event_sequence Event>
using events = basic_events<Event>;

/// @}

}  // namespace libvirt_asio

#endif
