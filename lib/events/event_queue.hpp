// Copyright (c) 2026 The libvirt-asio authors
// Distributed under the Boost Software License, Version 1.0.

#ifndef LIBVIRT_ASIO_EVENTS_EVENT_QUEUE_HPP
#define LIBVIRT_ASIO_EVENTS_EVENT_QUEUE_HPP

#include <boost/circular_buffer.hpp>

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <utility>

namespace libvirt_asio::detail {

/// What waits to be taken, the newest of it, and how many were dropped for that.
template <class Value>
class event_queue {
 public:
  explicit event_queue(std::size_t capacity) : limit_(std::max<std::size_t>(capacity, 1)) {}

  [[nodiscard]] bool empty() const { return values_.empty(); }

  /// Adds one. Returns the oldest if there is no room for both, for the caller to destroy.
  [[nodiscard]] Value push(Value&& value) {
    Value dropped{};
    if (values_.size() == limit_) {
      dropped = pop();
      ++dropped_;
    } else if (values_.full()) {
      values_.set_capacity(std::min(limit_, std::max<std::size_t>(values_.capacity() * 2, first_capacity)));
    }
    values_.push_back(std::move(value));
    return dropped;
  }

  [[nodiscard]] Value pop() {
    Value value = std::move(values_.front());
    values_.pop_front();
    return value;
  }

  /// How many were dropped since this was asked the last time: they were older than all that are left.
  [[nodiscard]] std::uint64_t take_dropped() { return std::exchange(dropped_, 0); }

 private:
  // Most sequences are read as fast as they come: they need not hold memory for the others.
  static constexpr std::size_t first_capacity = 8;

  std::size_t limit_;
  boost::circular_buffer<Value> values_;
  std::uint64_t dropped_ = 0;
};

}  // namespace libvirt_asio::detail

#endif
