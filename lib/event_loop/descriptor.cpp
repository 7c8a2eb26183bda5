// Copyright (c) 2026 The libvirt-asio authors
// Distributed under the Boost Software License, Version 1.0.

#include "event_loop/descriptor.hpp"

#include <libvirt/libvirt.h>

#include <fcntl.h>
#include <poll.h>

namespace libvirt_asio::detail {

short descriptor::poll_events(int events) {
  int result = 0;
  if ((events & VIR_EVENT_HANDLE_READABLE) != 0) result |= POLLIN;
  if ((events & VIR_EVENT_HANDLE_WRITABLE) != 0) result |= POLLOUT;
  return static_cast<short>(result);
}

int descriptor::found_events(short revents) {
  int found = 0;
  if ((revents & POLLIN) != 0) found |= VIR_EVENT_HANDLE_READABLE;
  if ((revents & POLLOUT) != 0) found |= VIR_EVENT_HANDLE_WRITABLE;
  if ((revents & (POLLERR | POLLNVAL)) != 0) found |= VIR_EVENT_HANDLE_ERROR;
  if ((revents & POLLHUP) != 0) found |= VIR_EVENT_HANDLE_HANGUP;
  return found;
}

int descriptor::file_mode() const {
  return ::fcntl(number_, F_GETFL);
}

void descriptor::restore_file_mode(int mode) const {
  if (mode >= 0 && (mode & O_NONBLOCK) == 0) ::fcntl(number_, F_SETFL, mode);
}

}  // namespace libvirt_asio::detail
