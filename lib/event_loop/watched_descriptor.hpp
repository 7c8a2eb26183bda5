// Copyright (c) 2026 The libvirt-asio authors
// Distributed under the Boost Software License, Version 1.0.

#ifndef LIBVIRT_ASIO_EVENT_LOOP_WATCHED_DESCRIPTOR_HPP
#define LIBVIRT_ASIO_EVENT_LOOP_WATCHED_DESCRIPTOR_HPP

#include "event_loop/descriptor.hpp"
#include "connection/receive_window.hpp"

#include <libvirt/libvirt.h>

#include <boost/intrusive/list.hpp>
#include <boost/system/error_code.hpp>

#include <cstdint>
#include <memory>
#include <optional>
#include <vector>

namespace libvirt_asio::detail {

/// One of libvirt's handles.
struct watch {
  int id;
  int events;
  virEventHandleCallback callback;
  void* opaque;
  virFreeCallback free;
  // Of a connection's socket.
  std::shared_ptr<receive_window> window;
  // Of a connection to a daemon on this machine.
  bool is_unix_socket = false;
  // The library has let go of the connection.
  bool connection_closes = false;

  /// The events to wait for, as virEventHandleType has them.
  [[nodiscard]] int wanted() const;
};

/// A descriptor with the watches on it: epoll takes each descriptor once.
struct watched_descriptor {
  /// The wait of a kind in the reactor.
  using wait_flag = bool watched_descriptor::*;

  watched_descriptor(int watched, std::uint64_t number) : fd(watched), serial(number) {}

  [[nodiscard]] int wanted() const;
  [[nodiscard]] bool is_enabled() const;
  [[nodiscard]] bool is_waited_for() const;
  [[nodiscard]] bool is_connection() const;
  [[nodiscard]] watch* find(int id);

  /// From now on it is another one for the reactor.
  void leave_reactor(std::uint64_t number);

  /// A wait in the reactor has ended.
  void report(wait_flag ended, boost::system::error_code error);

  /// What it has been found ready for.
  [[nodiscard]] int take_found();

  int const fd;
  // Made when there is something to wait for: what is ready at once never goes through the reactor.
  std::optional<descriptor> file;
  // Of the descriptor in the reactor: completions of an earlier one must be told apart.
  std::uint64_t serial;
  std::vector<watch> watches;
  bool waits_for_read = false;
  bool waits_for_write = false;
  bool waits_for_error = false;
  // Regular files: poll() takes them, epoll does not.
  bool refused_by_reactor = false;
  // The reactor says that it is ready: the next round is to deal with it.
  bool is_reported = false;
  // What it is known to be ready for; otherwise the round polls it.
  int found = 0;
  boost::intrusive::list_member_hook<boost::intrusive::link_mode<boost::intrusive::auto_unlink>> ready_hook;
};

using descriptor_list = boost::intrusive::list<
    watched_descriptor,
    boost::intrusive::member_hook<
        watched_descriptor,
        boost::intrusive::list_member_hook<boost::intrusive::link_mode<boost::intrusive::auto_unlink>>,
        &watched_descriptor::ready_hook>,
    boost::intrusive::constant_time_size<false>>;

}  // namespace libvirt_asio::detail

#endif
