// Copyright (c) 2026 The libvirt-asio authors
// Distributed under the Boost Software License, Version 1.0.

#ifndef LIBVIRT_ASIO_STREAM_STREAM_CORE_HPP
#define LIBVIRT_ASIO_STREAM_STREAM_CORE_HPP

#include "asio/context_member.hpp"
#include "connection/connection_core.hpp"
#include "stream/borrowed_buffer.hpp"
#include "stream/native_stream.hpp"
#include "stream/resumption.hpp"
#include "stream/stream_machine.hpp"

#include <libvirt-asio/stream.hpp>

#include <boost/container/static_vector.hpp>

#include <cstdint>
#include <memory>
#include <mutex>
#include <optional>

namespace libvirt_asio::detail {

/// What a stream object owns, from one opening to its end.
/**
 * Does what `stream_machine` decides: that is decided under the mutex, and done without it, where what comes of it
 * is the next thing to be decided on.
 */
class stream_core final : public stream_service,
                          public cancellable,
                          public connection_user,
                          public suspendable,
                          public context_member,
                          public std::enable_shared_from_this<stream_core> {
 public:
  stream_core(asio::any_io_executor executor, std::shared_ptr<connection_core> connection);
  ~stream_core() override;

  /// Lets the context, the connection and libvirt's events find the stream.
  void enlist();
  /// Takes over the caller's reference when it succeeds.
  void adopt(virStreamPtr stream);

  void open(operation_ptr<error_code> operation, std::unique_ptr<stream_opener> opener) override;
  void read(operation_ptr<error_code, std::size_t> operation, asio::mutable_buffer buffer) override;
  void write(operation_ptr<error_code, std::size_t> operation, asio::const_buffer buffer) override;
  void receive(operation_ptr<error_code, section> operation, asio::mutable_buffer buffer) override;
  void send_hole(operation_ptr<error_code> operation, std::uint64_t length) override;
  void wait(operation_ptr<error_code, stream_events> operation, stream_events events) override;
  void finish(operation_ptr<error_code> operation) override;
  void abort(operation_ptr<error_code> operation) override;
  std::size_t read_some(asio::mutable_buffer buffer, error_code& error) override;
  std::size_t write_some(asio::const_buffer buffer, error_code& error) override;
  void cancel_all() override;
  void close() noexcept override;
  [[nodiscard]] stream_state state() const override;
  [[nodiscard]] bool has_ended() const override;
  [[nodiscard]] virStreamPtr native_handle() const override;
  [[nodiscard]] error_info last_error() const override;

  void cancel(operation_id id, asio::cancellation_type type) override;
  void connection_lost() override;
  void connection_closes() override;
  bool suspend() override;
  void context_destroyed() noexcept override;

  /// libvirt's event callback; false for a stream that is let go of.
  [[nodiscard]] bool event(virStreamPtr stream, stream_events events);

 private:
  using actions = stream_machine::actions;
  class open_task;
  class receive_task;
  class send_task;
  class copy_observer;
  class end_listener;

  /// The data, or the hole, of a write.
  struct outgoing {
    // Each write wakes up a worker thread and the writer: several packets make that cheap.
    static constexpr std::size_t largest = 1'048'576;

    // A sixth of that: such a packet fits whole into the 208 KiB that a UNIX socket takes by default, so that
    // sender and daemon work at the same time. One of 262,120 bytes, VIR_NET_MESSAGE_LEGACY_PAYLOAD_MAX, makes
    // them take turns, and uploads a third slower.
    static constexpr std::size_t packet_size = largest / 6 + 1;

    asio::const_buffer data;
    std::uint64_t hole = 0;
  };

  /// What has been decided, and what it takes to do it.
  struct work {
    actions to_do;
    boost::container::static_vector<completion, 5> completed;
    std::shared_ptr<native_stream> native;
    outgoing write;
    // Whose receive window a read holds open from now on, or no longer.
    std::shared_ptr<native_connection> read_waits;
    std::shared_ptr<native_connection> read_ends;
  };

  /// Lets the machine decide, and does what is to be done about it until there is nothing left to do.
  template <class Decision>
  void perform(Decision decision);
  template <class Decision>
  void decide(work& todo, Decision decision);
  void take_completed(work& todo);
  void hold_window_open(work& todo);
  /// Does one thing; false if there is nothing left.
  [[nodiscard]] bool act(work& todo);

  template <class Operation>
  [[nodiscard]] operation_id identify(Operation& operation);
  template <class... Values, class Begin>
  void start(operation_ptr<error_code, Values...> operation,
             operation_ptr<error_code, Values...> stream_core::*outstanding, Begin begin);
  [[nodiscard]] std::optional<error_code> begin_read(operation_id id, asio::mutable_buffer buffer, actions& to_do);
  [[nodiscard]] std::optional<error_code> begin_write(operation_id id, std::uint64_t size, outgoing const& written,
                                                      actions& to_do);
  void remember(error_info const& info);

  // The actions.
  void update_events(work& todo, stream_events events);
  void receive_now(work& todo);
  void send(work& todo);
  [[nodiscard]] bool sends_here(work const& todo) const;
  void send_here(work& todo);
  void resume(work& todo);
  void end(work& todo, native_stream::ending kind);
  [[nodiscard]] io_result followed(io_result const& result, actions& to_do);
  [[nodiscard]] outgoing next_packet() const;

  // On worker threads.
  [[nodiscard]] bool awaits_opening() const;
  void opened(std::shared_ptr<native_stream> native, error_code error, error_info const& info,
              std::shared_ptr<stream_opener> opener);
  void resumed(std::shared_ptr<native_stream> native, error_code error, error_info const& info);
  void receive_on_worker(native_stream& native);
  void send_on_worker();
  [[nodiscard]] io_result send_packet(native_stream& native, outgoing const& packet, error_info& info);
  void data_copied();
  void sent(io_result const& result, error_info const& info);
  void ended(error_code error, error_info const& info);

  std::shared_ptr<connection_core> const connection_;
  std::uintptr_t identity_ = 0;
  std::unique_ptr<send_task> const send_task_;
  // Also for a write that was cancelled meanwhile: the next one is sent in its place.
  bool send_task_waits_ = false;

  mutable std::mutex mutex_;
  stream_machine machine_;
  std::shared_ptr<native_stream> native_;
  // While a read waits: the connection whose window it keeps open.
  std::shared_ptr<native_connection> holds_window_open_;
  resumption resumption_;
  error_info last_error_;

  operation_ptr<error_code> open_;
  // Of a read and a receive, as of a write and a hole, one at a time is outstanding.
  operation_ptr<error_code, std::size_t> read_;
  operation_ptr<error_code, section> receive_;
  asio::mutable_buffer read_buffer_;
  operation_ptr<error_code, std::size_t> write_;
  operation_ptr<error_code> hole_;
  outgoing outgoing_;
  // Both may be outstanding on one stream.
  borrowed_buffer borrowed_by_receive_;
  borrowed_buffer borrowed_by_send_;
  operation_ptr<error_code, stream_events> wait_;
  operation_ptr<error_code> end_;
};

template <class Decision>
void stream_core::perform(Decision decision) {
  work todo;
  decide(todo, [&] { decision(todo.to_do); });
  while (act(todo)) {
  }
}

// Whatever is let go of, or completed, is so after the mutex. What was decided for a stream of libvirt's is done
// with it, even if the object has let go of it meanwhile: an operation waits for the answer.
template <class Decision>
void stream_core::decide(work& todo, Decision decision) {
  std::shared_ptr<native_stream> former;
  {
    std::lock_guard const lock(mutex_);
    decision();
    take_completed(todo);
    hold_window_open(todo);
    if (native_) former = std::exchange(todo.native, native_);
    todo.write = outgoing_;
  }
  for (auto& each : todo.completed) event_loop_core::complete_after_round(std::move(each), executor());
  todo.completed.clear();
  if (auto const connection = std::move(todo.read_ends)) connection->read_ends();
  if (auto const connection = std::move(todo.read_waits)) connection->read_waits();
}

}  // namespace libvirt_asio::detail

#endif
