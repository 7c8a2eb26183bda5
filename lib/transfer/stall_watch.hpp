// Copyright (c) 2026 The libvirt-asio authors
// Distributed under the Boost Software License, Version 1.0.

#ifndef LIBVIRT_ASIO_TRANSFER_STALL_WATCH_HPP
#define LIBVIRT_ASIO_TRANSFER_STALL_WATCH_HPP

#include <cstddef>

namespace libvirt_asio::detail {

/// Tells when all that a transfer waits for on libvirt's side stands still.
/**
 * It counts the ticks of a timer rather than looking at a clock: a process that was stopped, or whose context
 * was kept busy by the user, could not see any progress in that time, which then counts as one tick.
 */
class stall_watch {
 public:
  /// The ticks in a timeout.
  static constexpr int ticks_in_timeout = 4;

  /// One more step waits for libvirt.
  void begin();
  /// A step has ended: this is progress.
  void end();

  /// Returns whether something has been waited for during a whole timeout, and nothing has ended.
  [[nodiscard]] bool tick();

  /// A step that waits for libvirt, for as long as this lives.
  class step {
   public:
    explicit step(stall_watch& watch) : watch_(watch) { watch_.begin(); }
    ~step() { watch_.end(); }
    step(step const&) = delete;
    step& operator=(step const&) = delete;

   private:
    stall_watch& watch_;
  };

 private:
  std::size_t waiting_ = 0;
  // Since the first of those that wait began, or the last one ended.
  int ticks_ = 0;
};

}  // namespace libvirt_asio::detail

#endif
