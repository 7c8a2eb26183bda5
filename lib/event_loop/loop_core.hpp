// Copyright (c) 2026 The libvirt-asio authors
// Distributed under the Boost Software License, Version 1.0.

#ifndef LIBVIRT_ASIO_EVENT_LOOP_LOOP_CORE_HPP
#define LIBVIRT_ASIO_EVENT_LOOP_LOOP_CORE_HPP

#include <libvirt-asio/detail/completion.hpp>
#include <libvirt-asio/error.hpp>

#include "asio/context_member.hpp"
#include "event_loop/free_function.hpp"
#include "event_loop/timer_queue.hpp"
#include "event_loop/watched_descriptor.hpp"

#include <boost/asio/any_io_executor.hpp>
#include <boost/asio/steady_timer.hpp>
#include <boost/container/small_vector.hpp>

#include <poll.h>

#include <condition_variable>
#include <cstdint>
#include <deque>
#include <memory>
#include <mutex>
#include <optional>
#include <thread>
#include <unordered_map>
#include <vector>

namespace libvirt_asio::detail {

/// libvirt's handles and timeouts on an executor.
/**
 * libvirt calls in from every thread, often with locks of its own held: nothing here calls libvirt while
 * holding the mutex. Whoever finds something to do while nobody else is at it makes a round, so that
 * callbacks run one at a time; free functions run in rounds too, hence never inside a remove and always after
 * the last callback of their watch has returned.
 */
class event_loop_core final : public context_member, public std::enable_shared_from_this<event_loop_core> {
 public:
  explicit event_loop_core(asio::any_io_executor executor);

  // libvirt's six functions.
  int add_handle(int fd, int events, virEventHandleCallback callback, void* opaque, virFreeCallback free);
  void update_handle(int watch, int events);
  int remove_handle(int watch);
  int add_timeout(int interval, virEventTimeoutCallback callback, void* opaque, virFreeCallback free);
  void update_timeout(int timer, int interval);
  int remove_timeout(int timer);

  [[nodiscard]] asio::any_io_executor const& executor() const { return executor_; }
  [[nodiscard]] bool idle() const;
  [[nodiscard]] bool runs_in_this_thread() const;
  void async_drain(asio::any_completion_handler<void(error_code)> handler);

  /// Makes the watch of a connection's socket heed a receive window.
  void attach(int watch, std::shared_ptr<receive_window> window);

  void observe_timeout(int timer, std::shared_ptr<timeout_observer> observer);

  /// Whether a small packet can be sent on the connection of a watch without blocking.
  [[nodiscard]] bool has_room(int watch);

  /// Takes notice that the window of a watch has opened.
  void window_opened(int watch);

  /// The library lets go of the connection of a watch: from now on no call on it may block the loop, not even
  /// that of letting go of the last reference.
  void connection_closes(int watch);

  /// Shuts down the socket of a watch, which ends the calls blocked on it.
  void shut_down(int watch);

  /// Has `function` run in a round: no callback of libvirt's is under way then.
  void run_in_round(free_function function);

  /// The event loop of which this thread is making a round; null if of none.
  [[nodiscard]] static event_loop_core* in_round() noexcept;

  /// For an operation, on the same executor, that a round has brought to its end: called as soon as the round
  /// is over, without another turn through the context's queue.
  void complete_after_round(completion<>&& done) { completed_.push_back(std::move(done)); }

  /// Forgets everything, and calls the free functions.
  void stop() noexcept;

 private:
  struct fired_watch {
    int id;
    int fd;
    int events;
    virEventHandleCallback callback;
    void* opaque;
    std::shared_ptr<receive_window> window;
  };

  struct drain {
    std::uint64_t serial;
    completion<error_code> done;
  };

  using lock_type = std::unique_lock<std::mutex>;
  // Most rounds complete one.
  using operations = boost::container::small_vector<completion<>, 1>;

  void context_destroyed() noexcept override;
  [[nodiscard]] bool executor_runs_here() const;
  [[nodiscard]] bool runs_round_here() const;
  void call_begins(watch const& called, int socket) const;
  void cancel_drain(std::uint64_t serial);

  // Waiting for something to do. Called with the mutex held.
  watched_descriptor* descriptor_of(int watch);
  void wait_for(watched_descriptor& waiting);
  void wait_in_reactor(watched_descriptor& waiting);
  void start_wait(watched_descriptor& waiting, descriptor::wait_type type,
                  watched_descriptor::wait_flag flag);
  void wait_for_timers();
  void queue_free(free_function function);
  void schedule();
  [[nodiscard]] bool has_work() const;
  [[nodiscard]] bool is_idle() const;

  // Rounds.
  void descriptor_ready(int fd, std::uint64_t serial, watched_descriptor::wait_flag flag,
                        boost::system::error_code error);
  void run(lock_type& lock);
  void make_rounds(lock_type& lock);
  void leave_to_reactor();
  /// Returns whether it has called timers.
  bool make_round(lock_type& lock);
  void dispatch_descriptors(lock_type& lock);
  void poll(descriptor_list& descriptors);
  void dispatch(lock_type& lock, watched_descriptor& ready);
  void fire(lock_type& lock, fired_watch const& fired);
  bool dispatch_timers(lock_type& lock);
  void call_free_functions(lock_type& lock);
  void complete_drains(lock_type& lock);
  static void complete(lock_type& lock, operations completed);

  asio::any_io_executor const executor_;
  mutable std::mutex mutex_;
  bool stopped_ = false;

  std::unordered_map<int, std::unique_ptr<watched_descriptor>> descriptors_;
  std::unordered_map<int, int> descriptor_of_watch_;
  descriptor_list ready_;
  // Of the round and of the descriptor at hand, kept for their memory.
  std::vector<pollfd> polled_;
  std::vector<fired_watch> fired_;
  std::uint64_t next_serial_ = 1;

  timer_queue timers_;
  std::optional<asio::steady_timer> deadline_timer_;
  std::optional<timer_queue::time_point> awaited_deadline_;
  std::uint64_t deadline_wait_ = 0;

  std::deque<free_function> free_functions_;
  std::vector<drain> drains_;
  // Of the round that is being made: only its thread touches them.
  operations completed_;

  bool scheduled_ = false;
  bool running_ = false;
  std::thread::id runner_;
  std::condition_variable round_ended_;
};

}  // namespace libvirt_asio::detail

#endif
