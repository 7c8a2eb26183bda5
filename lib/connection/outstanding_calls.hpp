// Copyright (c) 2026 The libvirt-asio authors
// Distributed under the Boost Software License, Version 1.0.

#ifndef LIBVIRT_ASIO_CONNECTION_OUTSTANDING_CALLS_HPP
#define LIBVIRT_ASIO_CONNECTION_OUTSTANDING_CALLS_HPP

#include "worker/bounded_queue.hpp"

#include <libvirt-asio/detail/call.hpp>

#include <memory>
#include <optional>
#include <unordered_map>
#include <utility>
#include <vector>

namespace libvirt_asio::detail {

/// The calls that wait for a worker thread or are made by one. Whoever takes a call out of here completes it.
class outstanding_calls {
 public:
  struct entry {
    std::shared_ptr<pending_call> call;
    waits_for waits;
    std::shared_ptr<bounded_queue> queue;
    std::shared_ptr<task> work;

    /// Takes the call back if no worker thread has begun with it.
    bool withdraw() const { return queue->withdraw(work.get()); }
  };

  void add(operation_id id, entry added) { calls_.emplace(id, std::move(added)); }

  [[nodiscard]] std::optional<entry> find(operation_id id) const {
    auto const found = calls_.find(id);
    return found == calls_.end() ? std::nullopt : std::optional(found->second);
  }

  /// Null if somebody else has taken it.
  [[nodiscard]] std::shared_ptr<pending_call> take(operation_id id) {
    auto const found = calls_.find(id);
    if (found == calls_.end()) return nullptr;
    auto call = std::move(found->second.call);
    calls_.erase(found);
    return call;
  }

  [[nodiscard]] std::vector<entry> take_all() {
    return take_if([](entry const&) { return true; });
  }

  /// Those that end when the connection is closed.
  [[nodiscard]] std::vector<entry> take_those_of_connection() {
    return take_if([](entry const& call) { return call.waits != waits_for::files_to_end; });
  }

 private:
  template <class Condition>
  std::vector<entry> take_if(Condition condition) {
    std::vector<entry> taken;
    std::erase_if(calls_, [&](auto& each) {
      bool const chosen = condition(each.second);
      if (chosen) taken.push_back(std::move(each.second));
      return chosen;
    });
    return taken;
  }

  std::unordered_map<operation_id, entry> calls_;
};

}  // namespace libvirt_asio::detail

#endif
