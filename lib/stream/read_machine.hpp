// Copyright (c) 2026 The libvirt-asio authors
// Distributed under the Boost Software License, Version 1.0.

#ifndef LIBVIRT_ASIO_STREAM_READ_MACHINE_HPP
#define LIBVIRT_ASIO_STREAM_READ_MACHINE_HPP

#include "stream/stream_actions.hpp"

#include <libvirt-asio/detail/operation.hpp>

#include <cstdint>
#include <optional>

namespace libvirt_asio::detail {

/// The read, or receive, that is outstanding on a stream.
class read_machine {
 public:
  /// What a receive means to the other machines.
  enum class outcome {
    completed,
    /// The read waits for data now.
    waits,
    /// A hole was received, after which libvirt's events are wrong.
    hole,
    /// There is nothing more to read, ever.
    end,
    /// The stream has failed.
    failed,
  };

  [[nodiscard]] bool is_outstanding() const { return state_ != state::idle; }
  [[nodiscard]] bool is_waiting() const { return state_ == state::waiting; }
  [[nodiscard]] bool is_receiving() const { return state_ == state::receiving; }
  [[nodiscard]] bool is(operation_id id) const { return is_outstanding() && id_ == id; }
  /// Whether the last receive left nothing.
  [[nodiscard]] bool has_emptied() const { return emptied_; }

  /// What a read is to be completed with at once, if it is not to be started.
  [[nodiscard]] std::optional<error_code> refusal(std::uint64_t size, stream_condition const& stream) const;
  /// The same for a read that does not wait.
  [[nodiscard]] std::optional<error_code> refusal_at_once(std::uint64_t size,
                                                          stream_condition const& stream) const;

  void start_waiting(operation_id id);
  void start_receiving(operation_id id, stream_actions& to_do);

  /// There may be something for a read that waits.
  void wake(stream_actions& to_do);

  [[nodiscard]] outcome received(io_result const& result, stream_condition const& stream,
                                 stream_actions& to_do);

  /// A read that does not wait: `received_at_once` answers, and gives the result as its caller is to see it.
  void start_at_once() { state_ = state::receiving; }
  [[nodiscard]] io_result received_at_once(io_result const& result, stream_condition const& stream);

  /// Ends the read: at once if it waits, else as soon as libvirt is back and has given nothing.
  void end(error_code error, stream_actions& to_do);

 private:
  enum class state { idle, receiving, waiting };

  void complete(stream_actions& to_do, error_code error, std::uint64_t bytes = 0, bool hole = false);

  state state_ = state::idle;
  operation_id id_ = 0;
  bool cancelled_ = false;
  bool emptied_ = false;
};

/// Why a stream that has nothing to read will never have anything; no error if it may.
[[nodiscard]] error_code reason_for_no_data(stream_condition const& stream);

}  // namespace libvirt_asio::detail

#endif
