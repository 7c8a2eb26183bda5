// Copyright (c) 2026 The libvirt-asio authors
// Distributed under the Boost Software License, Version 1.0.

#ifndef LIBVIRT_ASIO_CONNECTION_CONNECTION_CORE_HPP
#define LIBVIRT_ASIO_CONNECTION_CONNECTION_CORE_HPP

#include <libvirt-asio/connection.hpp>

#include "asio/context_member.hpp"
#include "event_loop/current_event_loop.hpp"
#include "connection/native_connection.hpp"
#include "libvirt/registration.hpp"

#include <cstdint>
#include <memory>
#include <mutex>
#include <string>
#include <unordered_map>
#include <vector>

namespace libvirt_asio::detail {

class stream_core;

/// What a connection object owns: libvirt's connection, and what is outstanding on it.
class connection_core final : public context_member, public std::enable_shared_from_this<connection_core> {
 public:
  explicit connection_core(asio::any_io_executor executor) : executor_(std::move(executor)) {}

  ~connection_core() override;

  /// Lets libvirt's close callback and the execution context find the connection.
  void enlist();

  void adopt(virConnectPtr connection);
  void open(std::string uri, connect_options options, plain_handler handler);
  void close_gracefully(plain_handler handler);
  void wait_closed(closed_handler handler);
  void start_call(waits_for what, std::shared_ptr<pending_call> call, asio::cancellation_slot slot);
  void close() noexcept;

  /// libvirt's connection, null if it is not open.
  [[nodiscard]] std::shared_ptr<native_connection> native() const;
  /// What the connection was opened with, and whether it goes through a socket.
  [[nodiscard]] connect_options options() const;
  [[nodiscard]] bool has_socket() const;

  [[nodiscard]] error_info last_error() const;
  void note_error(error_info const& info);

  void add_stream(std::shared_ptr<stream_core> const& stream);
  void remove_stream(stream_core* stream);

  // Called on worker threads.
  struct opening;
  void opened(opening const& attempt, error_code error, error_info const& info,
              std::shared_ptr<native_connection> native, error_code callback_error);
  void callback_registered(error_code error);
  void call_ended(pending_call* call);
  void native_closed();

  // Called from inside libvirt.
  void lost(close_reason reason);

 private:
  enum class state { closed, opening, open, closing };

  using lock_type = std::unique_lock<std::mutex>;
  class open_task;
  class call_task;
  class adopt_task;

  /// Everything outstanding, taken out of the core to be ended without holding the mutex.
  struct outstanding {
    completion<error_code> open;
    std::vector<completion<error_code>> closers;
    completion<error_code, close_reason> closed_waiter;
    std::unordered_map<pending_call*, std::shared_ptr<pending_call>> calls;
    std::unordered_map<stream_core*, std::weak_ptr<stream_core>> streams;
    std::shared_ptr<opening> attempt;
    std::shared_ptr<native_connection> native;

    void abort() noexcept;
  };

  void context_destroyed() noexcept override;
  [[nodiscard]] outstanding take_outstanding();
  void cancel_open(opening const* attempt);
  void cancel_call(pending_call* call, lane& queue, task const* work, bool started_too);
  void cancel_wait_closed();
  void cancel_close();
  void tell_streams_lost();

  asio::any_io_executor const executor_;
  std::uintptr_t identity_ = 0;
  mutable std::mutex mutex_;
  bool context_alive_ = true;
  state state_ = state::closed;
  connect_options options_;
  std::shared_ptr<native_connection> native_;
  std::weak_ptr<native_connection> closing_native_;
  bool lost_ = false;
  close_reason reason_ = close_reason::error;
  error_code callback_error_;
  error_info last_error_;

  std::shared_ptr<opening> opening_;
  completion<error_code> open_done_;
  std::vector<completion<error_code>> close_done_;
  completion<error_code, close_reason> closed_waiter_;
  std::unordered_map<pending_call*, std::shared_ptr<pending_call>> calls_;
  std::unordered_map<stream_core*, std::weak_ptr<stream_core>> streams_;
};

/// An attempt to open a connection, which can be cut off.
struct connection_core::opening {
  std::string uri;
  connect_options options;
  std::shared_ptr<event_loop_core> loop;
  registration socket;

  void cut_off() const { loop->shut_down(socket.watch); }
};

}  // namespace libvirt_asio::detail

#endif
