// Copyright (c) 2026 The libvirt-asio authors
// Distributed under the Boost Software License, Version 1.0.

#ifndef LIBVIRT_ASIO_EVENT_LOOP_TIMER_QUEUE_HPP
#define LIBVIRT_ASIO_EVENT_LOOP_TIMER_QUEUE_HPP

#include "event_loop/read_admission.hpp"
#include "libvirt/free_function.hpp"
#include "libvirt/update_observers.hpp"
#include "worker/socket_shutdown.hpp"

#include <libvirt/libvirt.h>

#include <boost/intrusive/list.hpp>
#include <boost/intrusive/set.hpp>

#include <chrono>
#include <memory>
#include <optional>
#include <unordered_map>

namespace libvirt_asio::detail {

/// libvirt's timeouts, in the order in which they are due. Knows nothing of Asio, nor the time.
/**
 * A timeout of 0 is due in every round. libvirt's streams switch theirs between 0 and -1 with every packet:
 * that only links and unlinks the timer.
 */
class timer_queue {
 public:
  using clock = std::chrono::steady_clock;
  using time_point = clock::time_point;

  struct due_timer {
    int id;
    virEventTimeoutCallback callback;
    void* opaque;
    bool immediate;
    // Of a timer that keeps a connection alive, else null.
    std::shared_ptr<read_admission> admission;
  };

  /// `interval` is in milliseconds; a negative one disables the timer.
  void add(int id, int interval, virEventTimeoutCallback callback, void* opaque, virFreeCallback free,
           time_point now);
  /// Returns the timer's observer, if it has one, until the next change; null if there is no such timer.
  std::shared_ptr<timeout_observer> const* update(int id, int interval, time_point now);

  /// Who is to be told of the updates of a timer, until it is removed.
  void observe(int id, std::shared_ptr<timeout_observer> observer);

  /// Makes a timer known as that of a connection's keepalive messages: it is never due from when on the socket is
  /// expected to be shut down.
  void set_keepalive(int id, std::shared_ptr<socket_shutdown const> shutdown,
                     std::shared_ptr<read_admission> admission);

  /// Forgets a timer, and tells what must be freed for it; nothing if there is no such timer.
  std::optional<free_function> remove(int id);

  /// Starts a round, in which `next_due` returns each timer due at `now` once.
  void begin_round(time_point now);
  std::optional<due_timer> next_due();

  /// Whether a timer is due whatever the time.
  [[nodiscard]] bool has_immediate() const { return !immediate_.empty() || !in_round_.empty(); }

  /// When the first of the other timers is due.
  [[nodiscard]] std::optional<time_point> next_deadline() const;

  [[nodiscard]] bool empty() const { return timers_.empty(); }

  /// Forgets a timer, whichever; nothing if there is none left.
  std::optional<free_function> remove_any();

 private:
  using unlinks_itself = boost::intrusive::link_mode<boost::intrusive::auto_unlink>;

  struct timer {
    int id;
    int interval = -1;
    time_point deadline{};
    virEventTimeoutCallback callback;
    void* opaque;
    virFreeCallback free;
    std::shared_ptr<timeout_observer> observer{};
    std::shared_ptr<socket_shutdown const> shutdown{};
    std::shared_ptr<read_admission> admission{};
    boost::intrusive::list_member_hook<unlinks_itself> immediate_hook{};
    boost::intrusive::set_member_hook<unlinks_itself> deadline_hook{};

    [[nodiscard]] bool is_silent() const { return shutdown && shutdown->is_expected(); }
  };

  struct earlier {
    bool operator()(timer const& a, timer const& b) const { return a.deadline < b.deadline; }
  };

  using immediate_list = boost::intrusive::list<
      timer,
      boost::intrusive::member_hook<timer, boost::intrusive::list_member_hook<unlinks_itself>,
                                    &timer::immediate_hook>,
      boost::intrusive::constant_time_size<false>>;
  using deadline_set = boost::intrusive::multiset<
      timer,
      boost::intrusive::member_hook<timer, boost::intrusive::set_member_hook<unlinks_itself>,
                                    &timer::deadline_hook>,
      boost::intrusive::compare<earlier>, boost::intrusive::constant_time_size<false>>;

  [[nodiscard]] timer* take_due();
  void schedule(timer& changed, int interval, time_point now);

  std::unordered_map<int, timer> timers_;
  immediate_list immediate_;
  immediate_list in_round_;
  deadline_set deadlines_;
  time_point round_time_{};
};

}  // namespace libvirt_asio::detail

#endif
