// Copyright (c) 2026 The libvirt-asio authors
// Distributed under the Boost Software License, Version 1.0.

#ifndef LIBVIRT_ASIO_DETAIL_EVENTS_SERVICE_HPP
#define LIBVIRT_ASIO_DETAIL_EVENTS_SERVICE_HPP

#include <libvirt-asio/detail/adapted_handler.hpp>
#include <libvirt-asio/detail/event_value.hpp>
#include <libvirt-asio/detail/export.hpp>
#include <libvirt-asio/detail/handler_operation.hpp>
#include <libvirt-asio/detail/services.hpp>
#include <libvirt-asio/detail/share.hpp>

#include <boost/asio/any_io_executor.hpp>

#include <cstddef>
#include <cstdint>
#include <memory>
#include <utility>
#include <vector>

namespace libvirt_asio::detail {

/// What is asked for by subscribing.
struct subscription {
  std::vector<event_type> types;
  event_object object;
  std::size_t capacity;
};

/// What an object owns that events come to, from one subscription to its end.
class events_service {
 public:
  virtual ~events_service() = default;

  virtual void subscribe(operation_ptr<error_code> operation, subscription wanted) = 0;
  virtual void next(operation_ptr<error_code, event_value> operation) = 0;
  [[nodiscard]] virtual event_value try_next(error_code& error) = 0;
  virtual void cancel_all() = 0;
  virtual void unsubscribe() noexcept = 0;

  /// How many events the last loss that was told of stands for.
  [[nodiscard]] virtual std::uint64_t lost() const = 0;
  /// Whether the subscription has ended: another one takes another service.
  [[nodiscard]] virtual bool has_ended() const = 0;
};

/// With a reference of its own; null stands for none.
template <class Object>
[[nodiscard]] event_object share_object(Object* object) {
  return object != nullptr ? event_object(share(object)) : event_object();
}

LIBVIRT_ASIO_EXPORT [[nodiscard]]
std::shared_ptr<events_service> make_events(asio::any_io_executor executor,
                                            std::shared_ptr<connection_service> connection);

/// Makes an event of the type that a sequence has out of one of any type.
template <class Event>
struct event_taker {
  template <class Handler>
  void operator()(Handler&& handler, error_code error, event_value&& value) const {
    std::move(handler)(error, sequence_traits<Event>::take(std::move(value)));
  }
};

/// The initiation of `async_next`.
template <class Event, class Executor>
class next_event_initiation {
 public:
  using executor_type = Executor;

  next_event_initiation(Executor executor, std::shared_ptr<events_service> service)
      : executor_(std::move(executor)), service_(std::move(service)) {}

  [[nodiscard]] executor_type get_executor() const noexcept { return executor_; }

  template <class Handler>
  void operator()(Handler&& handler) const {
    service_->next(make_operation<error_code, event_value>(
        adapt_handler(std::forward<Handler>(handler), event_taker<Event>()), executor_));
  }

 private:
  Executor executor_;
  std::shared_ptr<events_service> service_;
};

}  // namespace libvirt_asio::detail

#endif
