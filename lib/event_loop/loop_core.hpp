// Copyright (c) 2026 The libvirt-asio authors
// Distributed under the Boost Software License, Version 1.0.

#ifndef LIBVIRT_ASIO_EVENT_LOOP_LOOP_CORE_HPP
#define LIBVIRT_ASIO_EVENT_LOOP_LOOP_CORE_HPP

#include <libvirt-asio/detail/operation.hpp>
#include <libvirt-asio/detail/services.hpp>
#include <libvirt-asio/error.hpp>

#include "asio/context_member.hpp"
#include "event_loop/read_admission.hpp"
#include "event_loop/readiness.hpp"
#include "event_loop/round.hpp"
#include "event_loop/timer_queue.hpp"
#include "event_loop/watch_table.hpp"
#include "libvirt/free_function.hpp"

#include <boost/asio/any_io_executor.hpp>
#include <boost/asio/posix/stream_descriptor.hpp>
#include <boost/asio/steady_timer.hpp>
#include <boost/container/small_vector.hpp>

#include <condition_variable>
#include <cstdint>
#include <memory>
#include <mutex>
#include <optional>
#include <thread>
#include <vector>

namespace libvirt_asio::detail {

/// libvirt's handles and timeouts on an executor.
/**
 * libvirt calls in from every thread, often with locks of its own held: nothing of libvirt's is called while
 * holding the mutex. Whoever finds something to do while nobody else is at it makes rounds: asks, under the
 * mutex, what is to be called next, and calls it without. So callbacks run one at a time; free functions run
 * in rounds too, hence never inside a remove and always after the last callback of their watch has returned.
 */
class event_loop_core final : public event_loop_service,
                              public cancellable,
                              public context_member,
                              public std::enable_shared_from_this<event_loop_core> {
 public:
  explicit event_loop_core(asio::any_io_executor executor);
  ~event_loop_core() override;

  // libvirt's six functions.
  int add_handle(int fd, int events, virEventHandleCallback callback, void* opaque, virFreeCallback free);
  void update_handle(int watch, int events);
  int remove_handle(int watch);
  int add_timeout(int interval, virEventTimeoutCallback callback, void* opaque, virFreeCallback free);
  void update_timeout(int timer, int interval);
  int remove_timeout(int timer);

  [[nodiscard]] bool idle() const;
  [[nodiscard]] bool runs_in_this_thread() const;
  void drain(operation_ptr<error_code> operation) override;
  void cancel(operation_id id, asio::cancellation_type type) override;

  /// Has the observer told of updates of a timeout, but for those that a `libvirt_call` is told of.
  void observe_timeout(int timer, std::shared_ptr<timeout_observer> observer);

  // For connections, by the watches of their sockets.

  /// Makes the watch known as that of a connection's socket, with the timer of its keepalive messages, 0 if
  /// there is none, and returns what shuts the socket down; null if there is no such watch, or it is of
  /// something else.
  /**
   * The admission is told when that timer is due. No keepalive message is sent any more when the shutdown is
   * expected: libvirt would wait for a lock which, over SSH, a call that is cut off has until `ssh` ends
   * (`virNetSocketReadWire`).
   */
  std::shared_ptr<socket_shutdown> attach(int watch, int keepalive_timer,
                                          std::shared_ptr<read_admission> admission);

  /// Whether a small packet can be sent on the socket without blocking.
  [[nodiscard]] bool has_room(int watch);

  /// The admission to read from the socket has opened.
  void admission_opened(int watch);

  /// The library lets go of the connection: from now on no call on it may block the loop, not even that of
  /// letting go of the last reference.
  void connection_closes(int watch);

  /// Shuts down the socket, which ends the calls blocked on it.
  void shut_down(int watch);

  /// Has `function` run in a round: no callback of libvirt's is under way then.
  void run_in_round(free_function function);

  /// The event loop of which this thread is making a round; null if of none.
  [[nodiscard]] static event_loop_core* in_round() noexcept;

  /// Completes an operation of an object with that executor: if a round on the same executor has brought it to its end,
  /// as soon as the rounds are over, without another turn through the context's queue.
  static void complete_after_round(completion done, asio::any_io_executor const& executor);

  /// Forgets everything, and calls the free functions.
  void stop() noexcept;

 private:
  struct drain_operation {
    operation_id id;
    operation_ptr<error_code> operation;
  };
  // Most rounds complete one.
  using operations = boost::container::small_vector<completion, 1>;

  void context_destroyed() noexcept override;
  [[nodiscard]] bool executor_runs_here() const;
  [[nodiscard]] bool runs_round_here() const;
  void switched_off(watch& switched) const;
  [[nodiscard]] std::vector<std::shared_ptr<socket_shutdown>> forget_all();

  // Waiting for something to do, with the mutex held.
  void wait();
  void wait_for_descriptors();
  void cancel_wait_for_descriptors();
  void use_descriptor_of_epoll_set();
  void release_descriptor_of_epoll_set() noexcept;
  void wait_for_timers();
  void queue_free(free_function function);
  void schedule();
  [[nodiscard]] bool is_idle() const;

  // Rounds.
  void descriptors_reported(std::uint64_t wait, boost::system::error_code error);
  void deadline_reached(std::uint64_t wait);
  void run();
  [[nodiscard]] bool begin_rounds();
  void make_rounds();
  void call_all(bool serves_libvirt);
  [[nodiscard]] std::optional<round_call> next_call();
  [[nodiscard]] std::vector<drain_operation> end_rounds();
  static void complete(operations completed);

  mutable std::mutex mutex_;
  bool stopped_ = false;

  watch_table watches_;
  readiness ready_{watches_};
  timer_queue timers_;
  rounds rounds_{watches_, ready_, timers_};

  // Of the epoll set, whose it is: Asio waits for no descriptor of libvirt's.
  std::optional<asio::posix::stream_descriptor> epoll_descriptor_;
  bool waits_for_descriptors_ = false;
  std::uint64_t descriptors_wait_ = 0;
  std::optional<asio::steady_timer> deadline_timer_;
  std::optional<timer_queue::time_point> awaited_deadline_;
  std::uint64_t deadline_wait_ = 0;

  std::vector<drain_operation> drains_;
  // By the rounds that are being made: only their thread touches them.
  operations completed_;

  bool scheduled_ = false;
  bool running_ = false;
  std::thread::id runner_;
  std::condition_variable round_ended_;
};

}  // namespace libvirt_asio::detail

#endif
