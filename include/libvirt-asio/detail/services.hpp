// Copyright (c) 2026 The libvirt-asio authors
// Distributed under the Boost Software License, Version 1.0.

#ifndef LIBVIRT_ASIO_DETAIL_SERVICES_HPP
#define LIBVIRT_ASIO_DETAIL_SERVICES_HPP

#include <libvirt-asio/detail/export.hpp>
#include <libvirt-asio/detail/operation.hpp>
#include <libvirt-asio/error.hpp>

#include <libvirt/libvirt.h>

#include <boost/asio/any_io_executor.hpp>
#include <boost/asio/buffer.hpp>

#include <cstddef>
#include <cstdint>
#include <memory>
#include <string>

namespace libvirt_asio {

struct connect_options;
enum class close_reason;
struct section;
enum class stream_events : unsigned;
enum class stream_state;

}  // namespace libvirt_asio

// What the templates of the public headers know of the compiled library.

namespace libvirt_asio::detail {

class pending_call;
class stream_opener;

/// What a blocking call may wait for: calls that wait for files must not hold up those that wait for libvirt. What
/// becomes of some must be known, whatever becomes of the connection: closing it does not end them.
enum class waits_for { libvirt, files, files_to_end };

/// What an event loop object owns.
class event_loop_service {
 public:
  virtual ~event_loop_service() = default;
  virtual void drain(operation_ptr<error_code> operation) = 0;
};

/// What a connection object owns.
class connection_service {
 public:
  virtual ~connection_service() = default;

  virtual void open(operation_ptr<error_code> operation, std::string uri, connect_options options) = 0;
  virtual void start_close(operation_ptr<error_code> operation) = 0;
  virtual void wait_closed(operation_ptr<error_code, close_reason> operation) = 0;
  virtual void call(std::shared_ptr<pending_call> call, waits_for waits) = 0;
  virtual void cancel_all() = 0;
  virtual void close() noexcept = 0;
  /// Has libvirt find the connection's socket closed, two seconds later: what is blocked on it ends, and the connection
  /// is lost.
  virtual void cut_off() noexcept = 0;

  /// Null if the connection is not open.
  [[nodiscard]] virtual virConnectPtr native_handle() const = 0;
  [[nodiscard]] virtual error_info last_error() const = 0;
  /// What the connection was opened with, and whether it goes through a socket.
  [[nodiscard]] virtual connect_options options() const = 0;
  [[nodiscard]] virtual bool has_socket() const = 0;
};

LIBVIRT_ASIO_EXPORT [[nodiscard]]
std::shared_ptr<connection_service> make_connection(asio::any_io_executor executor);
/// Takes over the caller's reference when it succeeds, not when it throws.
LIBVIRT_ASIO_EXPORT [[nodiscard]]
std::shared_ptr<connection_service> adopt_connection(asio::any_io_executor executor,
                                                     virConnectPtr connection);

/// What a stream object owns, from one opening to the end of what it opened.
class stream_service {
 public:
  virtual ~stream_service() = default;

  virtual void open(operation_ptr<error_code> operation, std::unique_ptr<stream_opener> opener) = 0;
  virtual void read(operation_ptr<error_code, std::size_t> operation, asio::mutable_buffer buffer) = 0;
  virtual void write(operation_ptr<error_code, std::size_t> operation, asio::const_buffer buffer) = 0;
  virtual void receive(operation_ptr<error_code, section> operation, asio::mutable_buffer buffer) = 0;
  virtual void send_hole(operation_ptr<error_code> operation, std::uint64_t length) = 0;
  virtual void wait(operation_ptr<error_code, stream_events> operation, stream_events events) = 0;
  virtual void finish(operation_ptr<error_code> operation) = 0;
  virtual void abort(operation_ptr<error_code> operation) = 0;
  virtual std::size_t read_some(asio::mutable_buffer buffer, error_code& error) = 0;
  virtual std::size_t write_some(asio::const_buffer buffer, error_code& error) = 0;
  virtual void cancel_all() = 0;
  virtual void close() noexcept = 0;

  [[nodiscard]] virtual stream_state state() const = 0;
  /// Whether the stream has ended: another opening takes another service.
  [[nodiscard]] virtual bool has_ended() const = 0;
  [[nodiscard]] virtual virStreamPtr native_handle() const = 0;
  [[nodiscard]] virtual error_info last_error() const = 0;
};

LIBVIRT_ASIO_EXPORT [[nodiscard]]
std::shared_ptr<stream_service> make_stream(asio::any_io_executor executor,
                                            std::shared_ptr<connection_service> connection);
/// Takes over the caller's reference when it succeeds, not when it throws.
LIBVIRT_ASIO_EXPORT [[nodiscard]]
std::shared_ptr<stream_service> adopt_stream(asio::any_io_executor executor,
                                             std::shared_ptr<connection_service> connection,
                                             virStreamPtr stream);

}  // namespace libvirt_asio::detail

#endif
