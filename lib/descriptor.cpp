// Copyright (c) 2026 The libvirt-asio authors
// Distributed under the Boost Software License, Version 1.0.

#include "descriptor.hpp"

#include <libvirt/libvirt.h>

#include <fcntl.h>
#include <poll.h>

namespace libvirt_asio::detail {

int descriptor::poll(int events) const {
  pollfd polled{number_, 0, 0};
  if ((events & VIR_EVENT_HANDLE_READABLE) != 0) polled.events |= POLLIN;
  if ((events & VIR_EVENT_HANDLE_WRITABLE) != 0) polled.events |= POLLOUT;
  if (::poll(&polled, 1, 0) <= 0) return 0;
  int found = 0;
  if ((polled.revents & POLLIN) != 0) found |= VIR_EVENT_HANDLE_READABLE;
  if ((polled.revents & POLLOUT) != 0) found |= VIR_EVENT_HANDLE_WRITABLE;
  if ((polled.revents & (POLLERR | POLLNVAL)) != 0) found |= VIR_EVENT_HANDLE_ERROR;
  if ((polled.revents & POLLHUP) != 0) found |= VIR_EVENT_HANDLE_HANGUP;
  return found;
}

int descriptor::file_mode() const {
  return ::fcntl(number_, F_GETFL);
}

void descriptor::restore_file_mode(int mode) const {
  if (mode >= 0 && (mode & O_NONBLOCK) == 0) ::fcntl(number_, F_SETFL, mode);
}

}  // namespace libvirt_asio::detail
