// Copyright (c) 2026 The libvirt-asio authors
// Distributed under the Boost Software License, Version 1.0.

#include "event_loop/epoll_set.hpp"

#include "event_loop/watched_descriptor.hpp"

#include <boost/system/system_error.hpp>

#include <sys/epoll.h>
#include <unistd.h>

#include <cerrno>
#include <utility>

namespace libvirt_asio::detail {
namespace {

int make_epoll_descriptor() {
  int const made = ::epoll_create1(EPOLL_CLOEXEC);
  if (made < 0)
    throw boost::system::system_error(errno, boost::system::system_category(), "libvirt_asio::event_loop");
  return made;
}

epoll_event wish(int fd, std::uint32_t serial, int events) {
  epoll_event result{};
  result.events = static_cast<std::uint32_t>(poll_events(events));
  result.data.u64 = std::uint64_t{serial} << 32 | static_cast<std::uint32_t>(fd);
  return result;
}

}  // namespace

epoll_set::epoll_set() : descriptor_(make_epoll_descriptor()) {}

epoll_set::~epoll_set() {
  ::close(descriptor_);
}

bool epoll_set::add(int fd, std::uint32_t serial, int events) const {
  auto wanted = wish(fd, serial, events);
  return ::epoll_ctl(descriptor_, EPOLL_CTL_ADD, fd, &wanted) == 0;
}

void epoll_set::change(int fd, std::uint32_t serial, int events) const {
  auto wanted = wish(fd, serial, events);
  ::epoll_ctl(descriptor_, EPOLL_CTL_MOD, fd, &wanted);
}

void epoll_set::remove(int fd) const {
  epoll_event ignored{};
  ::epoll_ctl(descriptor_, EPOLL_CTL_DEL, fd, &ignored);
}

std::span<epoll_set::report const> epoll_set::look() {
  std::array<epoll_event, reports_at_once> events;
  int const count = ::epoll_wait(descriptor_, events.data(), static_cast<int>(events.size()), 0);
  for (int i = 0; i < count; ++i) {
    auto const& event = events[static_cast<std::size_t>(i)];
    std::uint64_t const whose = event.data.u64;
    reports_[static_cast<std::size_t>(i)] = {static_cast<int>(whose & 0xffffffffU),
                                             static_cast<std::uint32_t>(whose >> 32),
                                             found_events(event.events)};
  }
  return {reports_.data(), static_cast<std::size_t>(count > 0 ? count : 0)};
}

bool epoll_set::renew() {
  int const made = ::epoll_create1(EPOLL_CLOEXEC);
  if (made < 0) return false;
  ::close(std::exchange(descriptor_, made));
  return true;
}

}  // namespace libvirt_asio::detail
