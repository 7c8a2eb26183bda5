// Copyright (c) 2026 The libvirt-asio authors
// Distributed under the Boost Software License, Version 1.0.

#ifndef LIBVIRT_ASIO_LIBVIRT_CALLBACK_REGISTRY_HPP
#define LIBVIRT_ASIO_LIBVIRT_CALLBACK_REGISTRY_HPP

#include <cstdint>
#include <memory>
#include <mutex>
#include <unordered_map>

namespace libvirt_asio::detail {

/// Finds objects by the numbers that libvirt's callbacks carry for them.
/**
 * A callback may come when its object is gone; and libvirt calls no free function for the callback of a
 * daemon's stream, nor for that of a connection whose driver has none: so they get nothing to be freed.
 */
template <class Object>
class callback_registry {
 public:
  static callback_registry& instance() {
    // Never destroyed: libvirt may call while the process exits.
    static auto& registry = *new callback_registry;
    return registry;
  }

  std::uintptr_t add(std::weak_ptr<Object> object) {
    std::lock_guard lock(mutex_);
    objects_.emplace(++last_, std::move(object));
    return last_;
  }

  void remove(std::uintptr_t identity) {
    std::lock_guard lock(mutex_);
    objects_.erase(identity);
  }

  std::shared_ptr<Object> find(std::uintptr_t identity) {
    std::lock_guard lock(mutex_);
    auto const found = objects_.find(identity);
    return found == objects_.end() ? nullptr : found->second.lock();
  }

 private:
  std::mutex mutex_;
  std::uintptr_t last_ = 0;
  std::unordered_map<std::uintptr_t, std::weak_ptr<Object>> objects_;
};

}  // namespace libvirt_asio::detail

#endif
