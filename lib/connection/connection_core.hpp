// Copyright (c) 2026 The libvirt-asio authors
// Distributed under the Boost Software License, Version 1.0.

#ifndef LIBVIRT_ASIO_CONNECTION_CONNECTION_CORE_HPP
#define LIBVIRT_ASIO_CONNECTION_CONNECTION_CORE_HPP

#include "asio/context_member.hpp"
#include "connection/connection_machine.hpp"
#include "connection/connection_user.hpp"
#include "connection/native_connection.hpp"
#include "connection/outstanding_calls.hpp"

#include <libvirt-asio/connection.hpp>

#include <memory>
#include <mutex>
#include <string>
#include <unordered_map>
#include <vector>

namespace libvirt_asio::detail {

/// What a connection object owns: libvirt's connection, and what is outstanding on it.
/**
 * Does what `connection_machine` decides: that is decided under the mutex, and done without it.
 */
class connection_core final : public connection_service,
                              public cancellable,
                              public context_member,
                              public std::enable_shared_from_this<connection_core> {
 public:
  explicit connection_core(asio::any_io_executor executor) : context_member(std::move(executor)) {}
  ~connection_core() override { leave_context(); }

  /// Takes over the caller's reference when it succeeds.
  void adopt(virConnectPtr connection);

  void open(operation_ptr<error_code> operation, std::string uri, connect_options options) override;
  void start_close(operation_ptr<error_code> operation) override;
  void wait_closed(operation_ptr<error_code, close_reason> operation) override;
  void call(std::shared_ptr<pending_call> call, waits_for waits) override;
  void cancel_all() override;
  void close() noexcept override;
  void cut_off() noexcept override;
  [[nodiscard]] virConnectPtr native_handle() const override;
  [[nodiscard]] error_info last_error() const override;
  [[nodiscard]] connect_options options() const override;
  [[nodiscard]] bool has_socket() const override;

  void cancel(operation_id id, asio::cancellation_type type) override;
  void context_destroyed() noexcept override;

  /// libvirt's connection, null if it is not open.
  [[nodiscard]] std::shared_ptr<native_connection> native() const;
  /// Whether its users have been, or will be, told that it is lost.
  [[nodiscard]] bool is_lost() const;
  void remember_error(error_info const& info);

  void add_user(std::weak_ptr<connection_user> user, connection_user const* key);
  void remove_user(connection_user const* key);

 private:
  class opening;
  class open_task;
  class adopt_task;
  class call_task;
  using actions = connection_machine::actions;

  /// What has been decided, and what it takes to do it.
  struct work {
    actions to_do;
    connection_machine::opening_number number = 0;
    std::vector<completion> ended;
    std::vector<outstanding_calls::entry> ended_calls;
    std::unordered_map<connection_user const*, std::weak_ptr<connection_user>> users;
    std::shared_ptr<opening> current;
    std::shared_ptr<native_connection> native;
    std::shared_ptr<socket_shutdown> closing;
  };

  /// Lets the machine decide under the mutex, and does what is to be done.
  template <class Decision>
  void perform(Decision decision);
  void take(work& taken);
  void act(work& taken);
  static void end_streams(work const& taken);
  [[nodiscard]] completion ended(connection_machine::ended_operation const& operation);

  // On worker threads, with a permit.
  void opened(opening const& attempt, error_code error, error_info const& info,
              std::shared_ptr<native_connection> native, error_code close_callback_error);
  void close_callback_registered(connection_machine::opening_number number, error_code error);
  void call_ended(pending_call& call);
  void native_closed(connection_machine::opening_number number);
  // From inside libvirt.
  void lost(connection_machine::opening_number number, close_reason reason);
  static void on_close(virConnectPtr, int reason, void* identity);

  void tell_streams_later(connection_machine::opening_number number);
  void cancel_call(operation_id id, bool started_too);
  static void give_up(std::vector<outstanding_calls::entry> const& calls);

  mutable std::mutex mutex_;
  connection_machine machine_;
  std::shared_ptr<opening> current_;
  std::shared_ptr<native_connection> native_;
  // The socket of the connection that libvirt closes, or has closed.
  std::shared_ptr<socket_shutdown> closing_;
  error_info last_error_;

  // Of openings and closings; of the wait for a loss.
  std::unordered_map<operation_id, operation_ptr<error_code>> operations_;
  operation_ptr<error_code, close_reason> wait_;
  outstanding_calls calls_;
  std::unordered_map<connection_user const*, std::weak_ptr<connection_user>> users_;
};

}  // namespace libvirt_asio::detail

#endif
