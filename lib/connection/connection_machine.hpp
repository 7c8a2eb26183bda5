// Copyright (c) 2026 The libvirt-asio authors
// Distributed under the Boost Software License, Version 1.0.

#ifndef LIBVIRT_ASIO_CONNECTION_CONNECTION_MACHINE_HPP
#define LIBVIRT_ASIO_CONNECTION_CONNECTION_MACHINE_HPP

#include <libvirt-asio/connection_types.hpp>
#include <libvirt-asio/detail/operation.hpp>
#include <libvirt-asio/error.hpp>

#include <cstdint>
#include <optional>
#include <vector>

namespace libvirt_asio::detail {

/// The state of a connection, which knows neither libvirt nor Asio.
/**
 * Each function takes in one thing that has happened, and adds what is to be done about it. A function that
 * starts an operation returns with what to complete it at once, if it is not to be outstanding.
 *
 * Every opening has a number: what libvirt tells late, of one that was given up or closed, is nothing to the
 * connection that the same object has opened since.
 */
class connection_machine {
 public:
  enum class state { closed, opening, open, lost, closing };

  using opening_number = std::uint64_t;

  struct ended_operation {
    operation_id id;
    error_code error;
    /// Of a wait for the loss of the connection.
    close_reason reason = close_reason::client;
  };

  struct actions {
    std::vector<ended_operation> complete;
    /// The call inside libvirt that opens the connection is to be cut off.
    bool cut_off_opening = false;
    /// The connection's streams are to learn that it is lost.
    bool tell_streams = false;
    /// Streams and calls are to be ended.
    bool end_streams_and_calls = false;
    /// libvirt's connection is to be let go of, which closes it; answered by `native_closed`.
    bool let_go = false;
    /// What libvirt does to close the connection is to be cut off.
    bool cut_off_closing = false;
  };

  [[nodiscard]] state current() const { return state_; }
  [[nodiscard]] bool has_native() const { return state_ == state::open || state_ == state::lost; }
  [[nodiscard]] opening_number opening() const { return opening_; }

  [[nodiscard]] std::optional<error_code> start_open(operation_id id);
  /// False if the opening was given up: the connection that came of it, if any, is to be let go of.
  [[nodiscard]] bool opened(opening_number number, error_code error, actions& to_do);
  /// Starts with a connection that is open.
  void adopted();
  /// Whether libvirt will tell of a loss, and why not.
  void close_callback_registered(opening_number number, error_code error, actions& to_do);

  /// libvirt tells of a loss, which may come before it is known that the connection is open.
  void lost(opening_number number, close_reason reason, actions& to_do);
  [[nodiscard]] std::optional<ended_operation> start_wait_closed(operation_id id);

  /// Closes the connection gracefully.
  [[nodiscard]] std::optional<error_code> start_close(operation_id id, actions& to_do);
  void native_closed(opening_number number, actions& to_do);
  /// Closes the connection without waiting.
  void close(actions& to_do);

  /// `started_too`: also what libvirt has begun, if only that can be ended.
  void cancel(operation_id id, bool started_too, actions& to_do);
  void cancel_all(actions& to_do);

 private:
  void end_opening(actions& to_do);
  void end_wait(error_code error, close_reason reason, actions& to_do);
  void end_everything(actions& to_do);
  void end_close(operation_id id, actions& to_do);

  state state_ = state::closed;
  opening_number opening_ = 0;
  operation_id open_id_ = 0;
  std::optional<operation_id> wait_id_;
  std::vector<operation_id> close_ids_;
  std::optional<close_reason> loss_;
  error_code close_callback_error_;
};

}  // namespace libvirt_asio::detail

#endif
