// Copyright (c) 2026 The libvirt-asio authors
// Distributed under the Boost Software License, Version 1.0.

#ifndef LIBVIRT_ASIO_EVENTS_EVENT_SOURCE_MACHINE_HPP
#define LIBVIRT_ASIO_EVENTS_EVENT_SOURCE_MACHINE_HPP

#include <libvirt-asio/error.hpp>

#include <optional>
#include <vector>

namespace libvirt_asio::detail {

class event_subscriber;

/// Decides when libvirt is asked for the events that several subscribers share, and when not to send them any more.
/**
 * libvirt answers one request at a time: what is wanted meanwhile is done after that.
 */
class event_source_machine {
 public:
  struct actions {
    /// libvirt is to be asked; answered by `registered`.
    bool start_registering = false;
    /// And is to send no more; answered by `deregistered`.
    bool start_deregistering = false;
    /// Who is to learn what came of it.
    std::vector<event_subscriber const*> tell;
    error_code error;
  };

  void join(event_subscriber const* subscriber, actions& to_do);
  void leave(event_subscriber const* subscriber, actions& to_do);
  /// Those that failed are forgotten.
  void registered(error_code error, actions& to_do);
  void deregistered(actions& to_do);

 private:
  enum class state { idle, registering, registered, deregistering };

  void proceed(actions& to_do);

  state state_ = state::idle;
  // Who has been told, and who waits for that.
  std::vector<event_subscriber const*> joined_;
  std::vector<event_subscriber const*> waiting_;
};

}  // namespace libvirt_asio::detail

#endif
