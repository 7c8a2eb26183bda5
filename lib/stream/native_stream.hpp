// Copyright (c) 2026 The libvirt-asio authors
// Distributed under the Boost Software License, Version 1.0.

#ifndef LIBVIRT_ASIO_STREAM_NATIVE_STREAM_HPP
#define LIBVIRT_ASIO_STREAM_NATIVE_STREAM_HPP

#include "connection/native_connection.hpp"
#include "stream/stream_actions.hpp"
#include "connection/stream_backlog.hpp"

#include <libvirt/libvirt.h>

#include <boost/asio/buffer.hpp>

#include <cstdint>
#include <memory>

namespace libvirt_asio::detail {

/// A `virStreamPtr`: the only place that calls libvirt's stream functions.
/**
 * One call may be made at a time, but for `receive` beside `send` on a daemon's stream. An open stream that
 * its last owner lets go of is aborted on a worker thread.
 */
class native_stream {
 public:
  /// Takes over the caller's reference to the stream.
  native_stream(std::shared_ptr<native_connection> connection, virStreamPtr stream);
  ~native_stream();
  native_stream(native_stream const&) = delete;
  native_stream& operator=(native_stream const&) = delete;

  [[nodiscard]] virStreamPtr get() const { return stream_; }
  [[nodiscard]] std::shared_ptr<native_connection> const& connection() const { return connection_; }
  [[nodiscard]] stream_kind kind() const { return kind_; }

  /// After the stream was opened: has `stream_event(identity, …)` called for its events, once they are asked
  /// for.
  [[nodiscard]] error_code add_callback(std::uintptr_t identity, error_info& info);
  void update_events(stream_events events);

  /// The caller's reference stays the caller's after all, who could not be served.
  void give_back() noexcept;

  /// That stream can be suspended when nobody reads it.
  void can_be_suspended(std::weak_ptr<suspendable> stream) { backlog_->can_be_suspended(std::move(stream)); }

  [[nodiscard]] io_result receive(asio::mutable_buffer buffer, error_info& info);
  /// Stops at holes, and reports them.
  [[nodiscard]] io_result receive_section(asio::mutable_buffer buffer, error_info& info);
  [[nodiscard]] io_result send(asio::const_buffer buffer, error_info& info);
  /// The same where it cannot block: for a daemon's stream, under a `native_connection::send_claim`.
  [[nodiscard]] io_result send_at_once(asio::const_buffer buffer, error_info& info);
  [[nodiscard]] io_result send_hole(std::uint64_t length, error_info& info);

  enum class ending { finish, abort };

  /// Learns how `end` went.
  class end_listener {
   public:
    virtual ~end_listener() = default;
    virtual void ended(error_code error, error_info const& info) = 0;
  };

  /// Calls `virStreamFinish` or `virStreamAbort` on a worker thread, and removes the callback. The listener
  /// may be null.
  static void end(std::shared_ptr<native_stream> stream, ending kind, std::shared_ptr<end_listener> listener);

 private:
  class ending_task;

  [[nodiscard]] io_result account_for(io_result result, std::size_t size, stream_backlog::own_call const& own) const;
  [[nodiscard]] io_result receive_hole(error_info& info);
  [[nodiscard]] io_result send_data(asio::const_buffer buffer, error_info& info);
  void remove_callback();
  void drop_data();

  std::shared_ptr<native_connection> connection_;
  virStreamPtr stream_;
  std::shared_ptr<stream_backlog> backlog_;
  stream_kind kind_ = stream_kind::daemon;
  bool open_ = false;
  bool has_callback_ = false;
  // A local stream's watch, 0 for a daemon's.
  int watch_ = 0;
};

/// libvirt's event callback, for the stream core of that identity; false if it has let go of the stream.
[[nodiscard]] bool stream_event(std::uintptr_t identity, virStreamPtr stream, stream_events events);

}  // namespace libvirt_asio::detail

#endif
