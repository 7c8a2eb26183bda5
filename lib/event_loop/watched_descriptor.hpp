// Copyright (c) 2026 The libvirt-asio authors
// Distributed under the Boost Software License, Version 1.0.

#ifndef LIBVIRT_ASIO_EVENT_LOOP_WATCHED_DESCRIPTOR_HPP
#define LIBVIRT_ASIO_EVENT_LOOP_WATCHED_DESCRIPTOR_HPP

#include "event_loop/read_admission.hpp"
#include "libvirt/free_function.hpp"
#include "worker/socket_shutdown.hpp"

#include <libvirt/libvirt.h>

#include <boost/intrusive/list.hpp>

#include <cstdint>
#include <memory>
#include <optional>
#include <vector>

namespace libvirt_asio::detail {

/// Of a watch: it is the socket of a connection that the library has opened.
struct connection_socket {
  std::shared_ptr<read_admission> admission;
  std::shared_ptr<socket_shutdown> shutdown;
  // To a daemon on this machine.
  bool is_unix_socket = false;
  // The library has let go of the connection.
  bool connection_closes = false;

  /// Not once it is shut down: over SSH libvirt would read, at its end, what `ssh` has to say, until `ssh`
  /// ends. The hang-up is enough for it to close the connection.
  [[nodiscard]] bool may_be_read() const;
};

/// One of libvirt's handles.
struct watch {
  int id;
  int events;
  virEventHandleCallback callback;
  void* opaque;
  virFreeCallback free;
  std::optional<connection_socket> socket{};
  // At some time by an update.
  bool was_switched_off = false;

  /// The events to wait for, as virEventHandleType has them.
  [[nodiscard]] int wanted() const;

  /// Which of the events that were found it is to be told of: of errors and hang-up always.
  [[nodiscard]] int concerns(int found) const;
};

/// A descriptor with the watches on it: epoll takes each descriptor once.
struct watched_descriptor {
  watched_descriptor(int watched, std::uint32_t number) : fd(watched), serial(number) {}

  [[nodiscard]] int wanted() const;
  [[nodiscard]] bool is_enabled() const;
  [[nodiscard]] bool concerns_anybody(int events) const;
  /// Whether the epoll set reports everything that is wanted.
  [[nodiscard]] bool is_covered() const;
  [[nodiscard]] watch* find(int id);

  int const fd;
  // Of the file that is meant by the number at present, as the epoll set has it.
  std::uint32_t serial;
  std::vector<watch> watches;

  // What `readiness` knows of it.
  enum class place { none, to_be_polled, ready, unwanted };
  place where = place::none;
  bool in_epoll_set = false;
  int reported_events = 0;
  // Regular files: poll() takes them, epoll does not.
  bool refused_by_epoll = false;
  int found = 0;
  boost::intrusive::list_member_hook<boost::intrusive::link_mode<boost::intrusive::auto_unlink>> hook{};
};

using descriptor_list = boost::intrusive::list<
    watched_descriptor,
    boost::intrusive::member_hook<
        watched_descriptor,
        boost::intrusive::list_member_hook<boost::intrusive::link_mode<boost::intrusive::auto_unlink>>,
        &watched_descriptor::hook>,
    boost::intrusive::constant_time_size<false>>;

/// virEventHandleType as poll() and epoll have it, and back.
[[nodiscard]] short poll_events(int events);
[[nodiscard]] int found_events(unsigned polled);

}  // namespace libvirt_asio::detail

#endif
