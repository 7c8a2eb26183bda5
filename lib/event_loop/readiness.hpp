// Copyright (c) 2026 The libvirt-asio authors
// Distributed under the Boost Software License, Version 1.0.

#ifndef LIBVIRT_ASIO_EVENT_LOOP_READINESS_HPP
#define LIBVIRT_ASIO_EVENT_LOOP_READINESS_HPP

#include "event_loop/epoll_set.hpp"
#include "event_loop/watch_table.hpp"
#include "event_loop/watched_descriptor.hpp"

#include <poll.h>

#include <cstddef>
#include <vector>

namespace libvirt_asio::detail {

/// Finds out which descriptors are ready. Knows nothing of Asio, whom it tells what to wait for.
/**
 * A descriptor whose watches come to want more is polled in the next round: what is ready at once costs
 * nothing else. When it is not ready, it goes into the epoll set, and stays there. libvirt switches the watch
 * of a socket off and on around every call, which costs nothing either: only a descriptor that is reported
 * while nobody wants to know is taken out of the set, and only when there are others to wait for.
 */
class readiness {
 public:
  explicit readiness(watch_table& watches) : watches_(watches) {}

  /// The descriptor to wait for: it is readable when one of the others is ready.
  [[nodiscard]] int descriptor() const { return epoll_set_.descriptor(); }

  /// The watches of a descriptor want something else. True if it is to be waited for anew.
  bool changed(watched_descriptor& changed);
  /// Takes a descriptor out at once: libvirt closes it next, and its number is reused. Its state is as at
  /// first.
  void forget(watched_descriptor& forgotten);
  void clear();

  /// The descriptor to wait for is readable.
  void reported() { reported_ = true; }

  /// Whether there is something to find out without waiting.
  [[nodiscard]] bool has_work() const { return reported_ || !to_be_polled_.empty(); }
  /// The same within a run of rounds: whether another round may find something.
  [[nodiscard]] bool may_find_more() const { return has_work() || look_again_; }

  /// Finds out which descriptors are ready, at the beginning of a round.
  void look();
  /// The next of them, with what it was found ready for; null if there is none left.
  [[nodiscard]] watched_descriptor* next_ready();
  /// The callbacks of a ready descriptor have been called.
  void called_back(watched_descriptor& descriptor);

  /// Leaves to the epoll set what has not been found ready. Returns whether there is something to wait for.
  [[nodiscard]] bool leave_to_epoll();
  /// Whether nothing is in the epoll set.
  [[nodiscard]] bool nothing_to_wait_for() const { return in_set_ == 0; }

  /// Whether the epoll set watches a file that nobody knows: one that libvirt closed before it removed its
  /// watch, but of which there are duplicates. Only a new set is rid of it.
  [[nodiscard]] bool is_haunted() const { return haunted_; }
  /// Makes a new set, which has another `descriptor()`.
  void renew();

 private:
  using place = watched_descriptor::place;

  void take_reports();
  void take_report(watched_descriptor& descriptor, int found);
  void poll();
  void wait_in_set(watched_descriptor& waiting);
  void leave_set(watched_descriptor& leaving);
  void leave_unwanted();
  void put(watched_descriptor& descriptor, place where, descriptor_list& list);
  void unlink(watched_descriptor& descriptor);

  watch_table& watches_;
  epoll_set epoll_set_;
  std::size_t in_set_ = 0;
  std::size_t unwanted_count_ = 0;
  bool reported_ = false;
  bool look_again_ = false;
  bool haunted_ = false;
  // Wanted, but nobody watches them for us.
  descriptor_list to_be_polled_;
  descriptor_list ready_;
  // Reported by the set, and not wanted.
  descriptor_list unwanted_;
  // Kept for its memory.
  std::vector<pollfd> polled_;
};

}  // namespace libvirt_asio::detail

#endif
