// Copyright (c) 2026 The libvirt-asio authors
// Distributed under the Boost Software License, Version 1.0.

#include "events/event_source_machine.hpp"

#include <utility>

namespace libvirt_asio::detail {

void event_source_machine::join(event_subscriber const* subscriber, actions& to_do) {
  waiting_.push_back(subscriber);
  proceed(to_do);
}

void event_source_machine::leave(event_subscriber const* subscriber, actions& to_do) {
  std::erase(joined_, subscriber);
  std::erase(waiting_, subscriber);
  proceed(to_do);
}

void event_source_machine::registered(error_code error, actions& to_do) {
  state_ = error ? state::idle : state::registered;
  if (error) {
    to_do.tell = std::exchange(waiting_, {});
    to_do.error = error;
  }
  proceed(to_do);
}

void event_source_machine::deregistered(actions& to_do) {
  state_ = state::idle;
  proceed(to_do);
}

void event_source_machine::proceed(actions& to_do) {
  if (state_ == state::registered) {
    to_do.tell = std::exchange(waiting_, {});
    joined_.insert(joined_.end(), to_do.tell.begin(), to_do.tell.end());
    if (!joined_.empty()) return;
    state_ = state::deregistering;
    to_do.start_deregistering = true;
  } else if (state_ == state::idle && !waiting_.empty()) {
    state_ = state::registering;
    to_do.start_registering = true;
  }
}

}  // namespace libvirt_asio::detail
