// Copyright (c) 2026 The libvirt-asio authors
// Distributed under the Boost Software License, Version 1.0.

#ifndef LIBVIRT_ASIO_STREAM_STREAM_CORE_HPP
#define LIBVIRT_ASIO_STREAM_STREAM_CORE_HPP

#include <libvirt-asio/stream.hpp>

#include "connection/connection_core.hpp"
#include "asio/context_member.hpp"
#include "stream/native_stream.hpp"
#include "stream/stream_machine.hpp"

#include <atomic>
#include <condition_variable>
#include <cstdint>
#include <memory>
#include <mutex>

namespace libvirt_asio::detail {

/// What a stream object owns, from one opening to its end: carries out what the machine decides.
class stream_core final : public context_member, public std::enable_shared_from_this<stream_core> {
 public:
  stream_core(asio::any_io_executor executor, std::shared_ptr<connection_core> connection);
  ~stream_core() override;

  /// Lets the connection and libvirt's events find the stream.
  void enlist();
  void adopt(virStreamPtr stream);

  void open(std::unique_ptr<stream_opener> opener, plain_handler handler);
  void read(asio::mutable_buffer buffer, transfer_handler handler);
  void write(asio::const_buffer buffer, transfer_handler handler);
  void receive_section(asio::mutable_buffer buffer, section_handler handler);
  void send_hole(std::uint64_t length, plain_handler handler);
  void wait(stream_events events, events_handler handler);
  void finish(plain_handler handler);
  void abort(plain_handler handler);
  std::size_t read_some(asio::mutable_buffer buffer, error_code& error);
  std::size_t write_some(asio::const_buffer buffer, error_code& error);
  void cancel();
  void close() noexcept;

  [[nodiscard]] stream_state state() const;

  /// Whether the stream has ended: another opening takes another core.
  [[nodiscard]] bool is_spent() const;
  [[nodiscard]] std::shared_ptr<stream_core> successor() const;

  [[nodiscard]] virStreamPtr native_handle() const;
  [[nodiscard]] error_info last_error() const;

  /// libvirt's event callback; false for a stream that is let go of.
  [[nodiscard]] bool event(virStreamPtr stream, stream_events events);
  void connection_lost();

  /// Gives up libvirt's stream, with what is queued for it, until it is read again.
  bool set_aside();

 private:
  using actions = stream_machine::actions;
  using lock_type = std::unique_lock<std::mutex>;
  class open_task;
  class receive_task;
  class send_task;
  class copy_notice;
  class end_listener;

  void context_destroyed() noexcept override;

  // On worker threads.
  void opened(std::shared_ptr<native_stream> native, error_code error, error_info const& info,
              std::shared_ptr<stream_opener> opener);
  void reopened(std::shared_ptr<native_stream> native, error_code error, error_info const& info);
  void receive_on_worker(native_stream& native);
  void send_on_worker(native_stream& native);
  void data_copied();
  void ended(error_code error, error_info const& info);

  /// Makes the machine's `cancel(type)` follow the handler's cancellation, while its operation is under way.
  template <class Handler, class Cancel>
  void assign(Handler& handler, std::uint64_t stream_core::*operation, Cancel cancel);

  template <class Handler>
  void assign_read(Handler& handler);
  template <class Handler>
  void assign_write(Handler& handler);

  /// Carries out what the machine wants, and what comes of that, until there is nothing left to do.
  void carry_out(lock_type& lock, actions to_do);
  void complete(actions& to_do);
  template <class... Args>
  void deliver(completion<Args...>& done, Args... args);
  void end(lock_type& lock, actions to_do, plain_handler handler);
  void receive(lock_type& lock, std::shared_ptr<native_stream> const& native);
  void send(lock_type& lock, std::shared_ptr<native_stream> const& native);
  void send_here(lock_type& lock, native_stream& native);
  io_result send_at_once(lock_type& lock, native_stream& native, asio::const_buffer buffer);
  io_result receive_unlocked(lock_type& lock, native_stream& native, asio::mutable_buffer buffer);
  io_result send_unlocked(lock_type& lock, native_stream& native, asio::const_buffer buffer);
  template <class Call>
  io_result call_unlocked(lock_type& lock, Call call);
  [[nodiscard]] asio::const_buffer next_packet() const;
  void send_copy(lock_type& lock, native_stream& native);
  void start_ending(lock_type& lock, std::shared_ptr<native_stream> const& native, native_stream::how ending);
  void release_buffer();
  static std::size_t result_of(io_result const& result, error_code& error);
  void continue_with(std::shared_ptr<stream_opener> opener);
  [[nodiscard]] io_result followed(io_result const& result);
  void reopen(lock_type& lock);
  void note(error_info const& info);
  void track_waiting_read();

  asio::any_io_executor const executor_;
  std::shared_ptr<connection_core> const connection_;
  std::uintptr_t identity_ = 0;
  mutable std::mutex mutex_;
  bool closed_ = false;
  stream_machine machine_;
  std::shared_ptr<native_stream> native_;
  // While a read waits: the connection whose window it keeps open.
  std::shared_ptr<native_connection> holds_window_open_;
  error_info last_error_;

  // Of a stream that can be set aside: what opens it again, how far it has been read, and what part of it
  // libvirt's stream is to give.
  std::shared_ptr<stream_opener> opener_;
  std::uint64_t position_ = 0;
  stream_part part_;
  bool was_set_aside_ = false;
  bool is_slow_ = false;

  // Which operation of a kind is the latest: a cancellation meant for an earlier one must do nothing.
  std::uint64_t open_operation_ = 0;
  std::uint64_t read_operation_ = 0;
  std::uint64_t write_operation_ = 0;
  std::uint64_t wait_operation_ = 0;
  std::uint64_t end_operation_ = 0;

  completion<error_code> open_done_;
  // Of a read and a receive, as of a write and a hole, one at a time is outstanding.
  completion<error_code, std::size_t> read_done_;
  completion<error_code, section> section_done_;
  asio::mutable_buffer read_buffer_;
  completion<error_code, std::size_t> write_done_;
  completion<error_code> hole_done_;
  // 0 for a write of data.
  std::uint64_t hole_length_ = 0;
  asio::const_buffer write_buffer_;
  bool worker_uses_buffer_ = false;
  std::condition_variable buffer_released_;
  // Completions being posted without the mutex: the context must wait for them.
  std::atomic<unsigned> posting_{0};
  completion<error_code, stream_events> wait_done_;
  completion<error_code> end_done_;
};

}  // namespace libvirt_asio::detail

#endif
