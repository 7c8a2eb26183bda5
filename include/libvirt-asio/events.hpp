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

/// The options of `async_subscribe`.
struct subscribe_options {
  /// How many events may wait to be taken, at least 1. When one more comes the oldest is lost, which is told.
  std::size_t capacity = 1024;
};

/// libvirt's events of one type, or of a `std::variant` of several, one after another.
/**
 * `Event` is one of the types of domain_events.hpp and object_events.hpp. Of a variant the events come in the order in
 * which libvirt tells of them. A program that wants to know how things stand subscribes first, and then lists what
 * there is: so it misses nothing.
 *
 * What is not taken waits in a queue of bounded size, so that a slow reader holds up neither libvirt nor the
 * connection, and costs no memory. Where events were lost because it was full, the next `async_next` or `try_next`
 * gives `client_errc::events_lost`, once, and `lost()` says how many; then the events go on that came after these.
 *
 * The sequence ends when the connection is lost, with `client_errc::connection_lost`, and when it is closed, or by
 * `unsubscribe()`, with `asio::error::operation_aborted`; what is in the queue comes before that. The events own what
 * they carry, objects too: for a graceful end of the connection unsubscribe, and take or destroy what is left, before
 * it is closed.
 *
 * Any number of sequences may get the events of one type. libvirt is asked for them once.
 *
 * Immediate completions are as for `basic_stream`.
 *
 * Thread safety: distinct objects: safe. Shared objects: unsafe; use a strand. One that was moved from is as if it had
 * just been constructed for the same connection.
 */
template <detail::event_sequence Event, class Executor = asio::any_io_executor>
class basic_events {
 public:
  using executor_type = Executor;
  using value_type = Event;

  /// Rebinds the type to another executor.
  template <class OtherExecutor>
  struct rebind_executor {
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

  /// Outstanding operations go on, on the new object.
  basic_events(basic_events&& other) noexcept
      : executor_(other.executor_), connection_(other.connection_), service_(std::move(other.service_)) {}

  /// Unsubscribes this sequence first.
  basic_events& operator=(basic_events&& other) noexcept {
    if (this != &other) {
      unsubscribe();
      executor_ = other.executor_;
      connection_ = other.connection_;
      service_ = std::move(other.service_);
    }
    return *this;
  }

  /// Unsubscribes, as `unsubscribe()` does.
  ~basic_events() { unsubscribe(); }

  [[nodiscard]] executor_type get_executor() const noexcept { return executor_; }

  /// Asks libvirt for the events of all objects.
  /**
   * From its completion on no event is missed. After a failure, and after the end, it can be called again: what is
   * still in the queue is dropped then.
   *
   * Completion signature: `void(error_code)`: libvirt's error, if the hypervisor, its daemon or the installed libvirt
   * does not know the type, or one of the variant's, `client_errc::already_open` if it is subscribed,
   * `client_errc::not_open` if the connection is not open, `client_errc::connection_lost`.
   *
   * Immediate completion: `client_errc::already_open`, `client_errc::not_open`, `client_errc::connection_lost`.
   *
   * Per-operation cancellation: `terminal`, `partial`, `total`: it is not subscribed.
   *
   * libvirt: `virConnectDomainEventRegisterAny` and those like it, on a worker thread.
   */
  template <class CompletionToken = detail::default_token<Executor>>
  auto async_subscribe(subscribe_options options, CompletionToken&& token = {}) {
    return subscribe({}, options, token);
  }

  template <class CompletionToken = detail::default_token<Executor>>
    requires(!detail::any_of<CompletionToken, subscribe_options> &&
             !detail::object_pointer<std::remove_cvref_t<CompletionToken>>)
  auto async_subscribe(CompletionToken&& token = {}) {
    return subscribe({}, {}, token);
  }

  /// Asks libvirt for the events of one object, a domain say.
  /**
   * It must be valid when the function is called; the subscription keeps a reference of its own. A null pointer stands
   * for all objects.
   */
  template <class Object, class CompletionToken = detail::default_token<Executor>>
    requires std::same_as<Object*, typename detail::sequence_traits<Event>::handle::pointer>
  auto async_subscribe(Object* object, subscribe_options options, CompletionToken&& token = {}) {
    return subscribe(detail::share_object(object), options, token);
  }

  template <class Object, class CompletionToken = detail::default_token<Executor>>
    requires(std::same_as<Object*, typename detail::sequence_traits<Event>::handle::pointer> &&
             !detail::any_of<CompletionToken, subscribe_options>)
  auto async_subscribe(Object* object, CompletionToken&& token = {}) {
    return subscribe(detail::share_object(object), {}, token);
  }

  /// Takes the next event, or waits for it.
  /**
   * One that arrives while it waits is passed on by the round of the event loop that has brought it, as a stream's
   * data.
   *
   * Completion signature: `void(error_code, Event)`: `client_errc::events_lost`, `client_errc::operation_in_progress`,
   * `client_errc::not_open` if it was never subscribed, and the end (see above).
   *
   * Immediate completion: an event that is there, a loss, the end, `client_errc::operation_in_progress`,
   * `client_errc::not_open`.
   *
   * Per-operation cancellation: `terminal`, `partial`, `total`: no event is lost.
   */
  template <class CompletionToken = detail::default_token<Executor>>
  auto async_next(CompletionToken&& token = {}) {
    return asio::async_initiate<CompletionToken, void(error_code, Event)>(
        detail::next_event_initiation<Event, Executor>(executor_, service()), token);
  }

  /// Takes the next event, if there is one.
  /**
   * Otherwise `error` is `asio::error::would_block`, or what `async_next` would complete with.
   */
  [[nodiscard]] std::optional<Event> try_next(error_code& error) {
    auto value = service()->try_next(error);
    if (error) return std::nullopt;
    return detail::sequence_traits<Event>::take(std::move(value));
  }

  /// The same; throws `system_error` but for `asio::error::would_block`.
  [[nodiscard]] std::optional<Event> try_next() {
    error_code error;
    auto event = try_next(error);
    if (error && error != asio::error::would_block) throw system_error(error);
    return event;
  }

  /// How many events the last `client_errc::events_lost` stands for.
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

template <detail::event_sequence Event>
using events = basic_events<Event>;

}  // namespace libvirt_asio

#endif
