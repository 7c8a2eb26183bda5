// Copyright (c) 2026 The libvirt-asio authors
// Distributed under the Boost Software License, Version 1.0.

#ifndef LIBVIRT_ASIO_EVENT_LOOP_ROUND_HPP
#define LIBVIRT_ASIO_EVENT_LOOP_ROUND_HPP

#include "event_loop/readiness.hpp"
#include "event_loop/timer_queue.hpp"
#include "event_loop/watch_table.hpp"
#include "libvirt/free_function.hpp"

#include <cstddef>
#include <cstdint>
#include <deque>
#include <memory>
#include <optional>
#include <span>
#include <variant>
#include <vector>

namespace libvirt_asio::detail {

// What a round calls. Each may write to a socket that is closed, or is known not to.

struct handle_call {
  int watch;
  int fd;
  int events;
  virEventHandleCallback callback;
  void* opaque;
  // Null for others than the sockets of connections.
  read_admission* admission;

  // libvirt only reads when there is only something to read, which is every time while data flows.
  [[nodiscard]] bool may_write() const { return events != VIR_EVENT_HANDLE_READABLE; }
  void operator()() const;
};

struct timeout_call {
  timer_queue::due_timer timer;

  // Timers of 0 are those of streams, which write nothing; others send keepalive messages.
  [[nodiscard]] bool may_write() const { return !timer.immediate; }
  void operator()() const;
};

struct free_call {
  std::span<free_function const> functions;

  [[nodiscard]] static bool may_write() { return true; }
  void operator()() const {
    for (free_function const& each : functions) each();
  }
};

using round_call = std::variant<handle_call, timeout_call, free_call>;

/// Tells what of libvirt's is to be called next, one after another, in a few rounds in a row.
/**
 * A round calls the free functions of what is gone, then the callbacks of the descriptors that are ready,
 * then those of the timers that are due. The last round is followed by the free functions of what it has
 * removed.
 */
class rounds {
 public:
  rounds(watch_table& watches, readiness& ready, timer_queue& timers)
      : watches_(watches), ready_(ready), timers_(timers) {}

  void queue_free(free_function function) { free_functions_.push_back(function); }

  /// Starts the first of some rounds.
  void begin();
  /// Nothing is called from now on but free functions.
  void stop();

  /// What is to be called next, once what was called before has returned; nothing at the end of the last
  /// round.
  [[nodiscard]] std::optional<round_call> next();

  /// Whether there is something to call at once; also whether another round in a row may find something.
  [[nodiscard]] bool has_work() const;

  /// Whether every free function has returned.
  [[nodiscard]] bool has_freed_all() const { return free_functions_.empty() && freeing_.empty(); }

 private:
  enum class phase { freeing, calling_handles, calling_timeouts, freeing_at_last };

  void step();
  [[nodiscard]] std::optional<round_call> next_free();
  [[nodiscard]] std::optional<round_call> next_handle();
  [[nodiscard]] std::optional<round_call> next_timeout();
  [[nodiscard]] bool take_next_descriptor();
  [[nodiscard]] bool makes_another() const;

  watch_table& watches_;
  readiness& ready_;
  timer_queue& timers_;
  std::deque<free_function> free_functions_;
  // Those being called.
  std::vector<free_function> freeing_;

  phase phase_ = phase::freeing_at_last;
  int round_ = 0;
  bool called_timeouts_ = false;
  // Of the descriptor whose callbacks are being called, with what keeps the admissions of removed watches.
  std::vector<handle_call> handle_calls_;
  std::vector<std::shared_ptr<read_admission>> admissions_;
  std::size_t next_handle_call_ = 0;
  int fd_ = 0;
  std::uint32_t serial_ = 0;
};

}  // namespace libvirt_asio::detail

#endif
