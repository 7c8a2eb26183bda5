// Copyright (c) 2026 The libvirt-asio authors
// Distributed under the Boost Software License, Version 1.0.

#ifndef LIBVIRT_ASIO_EVENT_LOOP_EPOLL_SET_HPP
#define LIBVIRT_ASIO_EVENT_LOOP_EPOLL_SET_HPP

#include <array>
#include <cstddef>
#include <cstdint>
#include <span>

namespace libvirt_asio::detail {

/// An epoll descriptor, in which the kernel watches others, level-triggered.
class epoll_set {
 public:
  /// That a descriptor is ready: for which events of virEventHandleType.
  struct report {
    int fd;
    std::uint32_t serial;
    int found;
  };

  /// Throws `system_error` if there is no descriptor left.
  epoll_set();
  ~epoll_set();
  epoll_set(epoll_set const&) = delete;
  epoll_set& operator=(epoll_set const&) = delete;

  [[nodiscard]] int descriptor() const { return descriptor_; }

  /// Whether the kernel takes the descriptor: it does not take regular files. `serial` comes back in reports.
  [[nodiscard]] bool add(int fd, std::uint32_t serial, int events) const;
  void change(int fd, std::uint32_t serial, int events) const;
  /// Harmless if the descriptor has been closed: the kernel has forgotten it by then.
  void remove(int fd) const;

  /// What is ready now, as far as there is room for it: the rest comes first the next time.
  [[nodiscard]] std::span<report const> look();

  /// Starts anew with another descriptor, without any to watch. False if there is none left: it goes on as
  /// before.
  [[nodiscard]] bool renew();

 private:
  static constexpr std::size_t reports_at_once = 128;

  int descriptor_;
  std::array<report, reports_at_once> reports_{};
};

}  // namespace libvirt_asio::detail

#endif
