// Copyright (c) 2026 The libvirt-asio authors
// Distributed under the Boost Software License, Version 1.0.

#ifndef LIBVIRT_ASIO_EVENTS_EVENTS_MACHINE_HPP
#define LIBVIRT_ASIO_EVENTS_EVENTS_MACHINE_HPP

#include "events/event_queue.hpp"

#include <libvirt-asio/detail/event_value.hpp>
#include <libvirt-asio/detail/operation.hpp>
#include <libvirt-asio/error.hpp>

#include <cstddef>
#include <cstdint>
#include <optional>

namespace libvirt_asio::detail {

/// Decides what a sequence of events does, without doing it: no locks, no libvirt, no I/O.
/**
 * Each function takes in one thing that has happened, and adds what is to be done about it. A function that starts an
 * operation returns with what to complete it at once, if it is not to be outstanding.
 */
class events_machine {
 public:
  struct next_result {
    error_code error;
    event_value event = nullptr;
  };

  struct actions {
    std::optional<error_code> complete_subscribe;
    std::optional<next_result> complete_next;
    /// The event is only to be destroyed.
    event_value dropped;
    /// libvirt is not to be asked for events any more.
    bool leave = false;
  };

  [[nodiscard]] bool has_ended() const { return state_ == state::ended; }
  [[nodiscard]] std::uint64_t lost() const { return lost_; }

  [[nodiscard]] std::optional<error_code> start_subscribe(operation_id id, std::size_t capacity, std::size_t types);
  /// One of the types is subscribed to, or cannot be.
  void joined(error_code error, actions& to_do);

  [[nodiscard]] std::optional<next_result> start_next(operation_id id);
  /// The next event, without waiting.
  [[nodiscard]] next_result next_at_once();
  void arrived(event_value&& event, actions& to_do);

  void connection_lost(actions& to_do);
  /// The connection is closed from this side, or nobody wants the events any more.
  void close(actions& to_do);
  void cancel(operation_id id, actions& to_do);
  void cancel_all(actions& to_do);

 private:
  enum class state { idle, subscribing, subscribed, ended };

  [[nodiscard]] std::optional<next_result> ready();
  void end(error_code error, actions& to_do);
  void end_subscribe(error_code error, actions& to_do);
  void end_next(error_code error, actions& to_do);

  state state_ = state::idle;
  operation_id subscribe_id_ = 0;
  std::optional<operation_id> next_id_;
  std::size_t to_be_joined_ = 0;
  bool connection_lost_ = false;
  error_code end_;
  event_queue<event_value> queue_{1};
  std::uint64_t lost_ = 0;
};

}  // namespace libvirt_asio::detail

#endif
