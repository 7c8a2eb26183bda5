// Copyright (c) 2026 The libvirt-asio authors
// Distributed under the Boost Software License, Version 1.0.

#ifndef LIBVIRT_ASIO_STREAM_WRITE_MACHINE_HPP
#define LIBVIRT_ASIO_STREAM_WRITE_MACHINE_HPP

#include "stream/stream_actions.hpp"

#include <libvirt-asio/detail/operation.hpp>

#include <algorithm>
#include <cstdint>
#include <optional>

namespace libvirt_asio::detail {

/// The write, or hole, that is outstanding on a stream, and the data that libvirt still sends of the one before.
/**
 * A daemon's stream takes a large write in packets. Once libvirt has copied the last of them the write is
 * complete, though the worker thread still sends: how that goes is the next operation's business.
 */
class write_machine {
 public:
  /// So much can be sent at once, or at least as soon as it is copied: to wake up the writer before that would
  /// only delay it.
  static constexpr std::uint64_t small_write = 8'192;

  [[nodiscard]] bool is_outstanding() const { return state_ != state::idle; }
  [[nodiscard]] bool is_waiting() const { return state_ == state::waiting; }
  [[nodiscard]] bool is(operation_id id) const { return is_outstanding() && id_ == id; }
  /// Whether libvirt sends, be it for a write that is complete.
  [[nodiscard]] bool is_in_libvirt() const { return is_sending() || unfinished_send_; }
  [[nodiscard]] bool has_unfinished_send() const { return unfinished_send_; }
  /// How much of the write has been sent.
  [[nodiscard]] std::uint64_t written() const { return written_; }

  /// What a write is to be completed with at once, if it is not to be started.
  [[nodiscard]] std::optional<error_code> refusal(std::uint64_t size, stream_condition const& stream) const;
  /// The same for a write that does not wait.
  [[nodiscard]] std::optional<error_code> refusal_at_once(std::uint64_t size,
                                                          stream_condition const& stream) const;

  void start(operation_id id, std::uint64_t size, std::uint64_t packet_size, stream_actions& to_do);

  /// The next packet is about to be sent; false if the write has ended meanwhile.
  [[nodiscard]] bool begin_send();
  /// libvirt has copied the packet being sent.
  void data_copied(stream_actions& to_do);
  void sent(io_result const& result, stream_condition const& stream, stream_actions& to_do);

  /// There may be room for a write that waits.
  void wake(stream_actions& to_do);

  void start_at_once() { state_ = state::sending; }
  void sent_at_once();

  /// `started_too`: not only a write of which nothing has been sent.
  void cancel(bool started_too, stream_actions& to_do);
  /// Ends a write of which libvirt has nothing at the moment.
  void end(error_code error, stream_actions& to_do);

 private:
  enum class state {
    idle,
    /// Behind the send of the write before.
    blocked,
    /// Handed to a worker thread, or about to be sent here; of a large write also between two packets.
    queued,
    sending,
    /// The same, but libvirt has copied the data.
    copied,
    /// A local descriptor takes no more for now.
    waiting,
  };

  [[nodiscard]] bool is_sending() const { return state_ == state::sending || state_ == state::copied; }
  [[nodiscard]] std::uint64_t next_packet() const { return std::min(size_ - written_, packet_size_); }
  [[nodiscard]] std::optional<error_code> refusal_of_any(stream_condition const& stream) const;
  [[nodiscard]] bool sends_more(io_result const& result, stream_condition const& stream) const;
  void queue(stream_actions& to_do);
  void found_no_room(stream_condition const& stream, stream_actions& to_do);
  void complete(stream_actions& to_do, error_code error);
  void complete_copied(stream_actions& to_do, error_code error);

  state state_ = state::idle;
  operation_id id_ = 0;
  std::uint64_t size_ = 0;
  std::uint64_t packet_size_ = 0;
  std::uint64_t written_ = 0;
  bool cancelled_ = false;
  bool unfinished_send_ = false;
};

}  // namespace libvirt_asio::detail

#endif
