// Copyright (c) 2026 The libvirt-asio authors
// Distributed under the Boost Software License, Version 1.0.

#ifndef LIBVIRT_ASIO_STREAM_HPP
#define LIBVIRT_ASIO_STREAM_HPP

#include <libvirt-asio/connection.hpp>
#include <libvirt-asio/detail/async_read.hpp>
#include <libvirt-asio/detail/core_access.hpp>
#include <libvirt-asio/detail/default_token.hpp>
#include <libvirt-asio/detail/first_buffer.hpp>
#include <libvirt-asio/detail/initiation.hpp>
#include <libvirt-asio/detail/services.hpp>
#include <libvirt-asio/detail/stream_opener.hpp>
#include <libvirt-asio/error.hpp>
#include <libvirt-asio/stream_types.hpp>

#include <libvirt/libvirt.h>

#include <boost/asio/buffer.hpp>

#include <cstddef>
#include <cstdint>
#include <memory>
#include <type_traits>
#include <utility>

namespace libvirt_asio {

/// A libvirt stream as an Asio stream: AsyncReadStream, AsyncWriteStream, SyncReadStream, SyncWriteStream.
/**
 * At most one read, one write and one wait may be outstanding at a time; a second one of the same kind
 * completes with `client_errc::operation_in_progress`. Operations on a stream that is not open complete with
 * `client_errc::not_open`. Once the stream has failed, reads, writes and `async_finish` complete with its
 * error.
 *
 * When the connection is closed, outstanding operations complete with `asio::error::operation_aborted`. When
 * it is lost, reads, once they have had what libvirt has queued, and writes complete with an error, and waits
 * complete with success.
 *
 * Buffers must stay valid until the operation completes; after that they are not touched any more.
 *
 * An immediate completion is submitted to the handler's associated immediate executor, which Boost 1.82 and
 * newer have. By default that posts the handler: it is never called from within the initiating function,
 * unless you bind another immediate executor.
 *
 * Thread safety: distinct objects: safe. Shared objects: unsafe; use a strand. A stream that was moved from
 * is as if it had just been constructed for the same connection.
 */
template <class Executor = asio::any_io_executor>
class basic_stream {
 public:
  using executor_type = detail::default_token_executor<Executor>;
  using lowest_layer_type = basic_stream;

  /// Rebinds the stream type to another executor.
  template <class OtherExecutor>
  struct rebind_executor {
    using other = basic_stream<OtherExecutor>;
  };

  /// Constructs a stream that is not open, with the executor of the connection.
  /**
   * Open it by `async_open` or one of the functions of `open.hpp`. Destroying the connection object
   * closes this stream, too; one that was moved from closes nothing.
   */
  template <class ConnectionExecutor>
  explicit basic_stream(basic_connection<ConnectionExecutor> const& owner)
      : basic_stream(executor_type(owner.get_executor()), owner) {}

  /// Constructs a stream that is not open, with the given executor.
  template <class ConnectionExecutor>
  basic_stream(executor_type executor, basic_connection<ConnectionExecutor> const& owner)
      : basic_stream(std::move(executor), detail::core_access::of(owner)) {}

  /// Adopts an open stream of the connection, and takes over the caller's reference to it.
  /**
   * The stream must have been created with `VIR_STREAM_NONBLOCK`, and must have no event callback. Throws
   * `system_error` with `client_errc::not_open`, `client_errc::no_event_loop` or libvirt's error; the caller
   * then keeps the reference.
   */
  template <class ConnectionExecutor>
  basic_stream(basic_connection<ConnectionExecutor> const& owner, virStreamPtr adopted)
      : executor_(owner.get_executor()),
        connection_(detail::core_access::of(owner)),
        service_(detail::adopt_stream(executor_, connection_, adopted)) {}

  /// Moves from a stream with another executor type.
  template <class OtherExecutor>
    requires std::convertible_to<OtherExecutor, Executor>
  basic_stream(basic_stream<OtherExecutor>&& other)
      : executor_(other.executor_), connection_(other.connection_), service_(std::move(other.service_)) {}

  /// Outstanding operations go on, on the new object.
  basic_stream(basic_stream&& other) noexcept
      : executor_(other.executor_), connection_(other.connection_), service_(std::move(other.service_)) {}

  /// Closes this stream first, as `close()` does.
  basic_stream& operator=(basic_stream&& other) noexcept {
    if (this != &other) {
      close();
      executor_ = other.executor_;
      connection_ = other.connection_;
      service_ = std::move(other.service_);
    }
    return *this;
  }

  /// Closes the stream, as `close()` does.
  ~basic_stream() { close(); }

  [[nodiscard]] executor_type get_executor() const noexcept { return executor_; }
  [[nodiscard]] lowest_layer_type& lowest_layer() noexcept { return *this; }
  [[nodiscard]] lowest_layer_type const& lowest_layer() const noexcept { return *this; }

  /// Opens the stream with `function(virStreamPtr)`, which calls any libvirt function that takes a stream.
  /**
   * The function runs on a worker thread, and reports failure as for `connection::async_call`. It may be
   * destroyed there, after the operation has completed. After a failure the stream can be opened again.
   *
   * Completion signature: `void(error_code)`: libvirt's error, `client_errc::already_open`,
   * `client_errc::no_event_loop`, or `client_errc::not_open` if the connection is not open.
   *
   * Immediate completion: `client_errc::already_open`, `client_errc::not_open`.
   *
   * Per-operation cancellation: `terminal`, `partial`: the stream is closed, and whatever the function has
   * started is aborted.
   *
   * libvirt: `virStreamNew` with `VIR_STREAM_NONBLOCK`, `virStreamEventAddCallback`.
   */
  template <class Function, class CompletionToken = detail::default_token<Executor>>
  auto async_open(Function function, CompletionToken&& token = {}) {
    // libvirt's streams cannot be used twice.
    if (service_ && service_->has_ended()) std::exchange(service_, nullptr)->close();
    return detail::initiate<&detail::stream_service::open>(token, executor_, service(),
                                                           detail::make_opener(std::move(function)));
  }

  /// Reads some bytes into the first buffer that is not empty.
  /**
   * Completion signature: `void(error_code, std::size_t)`: `asio::error::eof` at the end of the stream,
   * `client_errc::connection_lost`, `client_errc::stream_aborted` or libvirt's error. On an open stream,
   * empty buffers complete with success and 0.
   *
   * Immediate completion: empty buffers, an end or an error that is known already.
   *
   * Per-operation cancellation: `terminal`, `partial`, `total`: nothing has been consumed.
   *
   * libvirt: `virStreamRecv`.
   */
  template <class MutableBufferSequence, class CompletionToken = detail::default_token<Executor>>
  auto async_read_some(MutableBufferSequence const& buffers, CompletionToken&& token = {}) {
    return detail::initiate<&detail::stream_service::read>(token, executor_, service(),
                                                           detail::first_buffer<asio::mutable_buffer>(buffers));
  }

  /// Writes some bytes from the first buffer that is not empty, 1 MiB at most.
  /**
   * Success means that libvirt has taken the bytes, not that they have arrived: `async_finish` tells that. If
   * sending them fails later, the next operation reports it.
   *
   * Completion signature: `void(error_code, std::size_t)`: `client_errc::connection_lost`,
   * `client_errc::stream_aborted`, `client_errc::not_supported` on a download that is suspended, or libvirt's
   * error. On an open stream, empty buffers complete with success and 0.
   *
   * Immediate completion: empty buffers, an error that is known already.
   *
   * Per-operation cancellation: `terminal`, `partial` and, as long as nothing has been sent, `total`. The
   * operation completes with `asio::error::operation_aborted` and the number of bytes that have been sent, or
   * will be. The stream stays usable.
   *
   * libvirt: `virStreamSend`, on a worker thread, as it blocks until a daemon's socket takes the bytes; up to
   * 8 KiB are sent by the calling thread when that cannot block.
   */
  template <class ConstBufferSequence, class CompletionToken = detail::default_token<Executor>>
  auto async_write_some(ConstBufferSequence const& buffers, CompletionToken&& token = {}) {
    return detail::initiate<&detail::stream_service::write>(token, executor_, service(),
                                                            detail::first_buffer<asio::const_buffer>(buffers));
  }

  /// Reads some bytes, or the length of a hole, whichever comes next.
  /**
   * Holes are reported by streams that were opened for them (`VIR_STORAGE_VOL_DOWNLOAD_SPARSE_STREAM`). A
   * hole is reported whole, and the buffers are left untouched. Counts as a read: one read or one receive may
   * be outstanding.
   *
   * Completion signature: `void(error_code, section)`; `asio::error::eof` at the end of the stream.
   *
   * Immediate completion: as for `async_read_some`.
   *
   * Per-operation cancellation: `terminal`, `partial`, `total`: nothing has been consumed.
   *
   * libvirt: `virStreamRecvFlags` with `VIR_STREAM_RECV_STOP_AT_HOLE`, `virStreamRecvHole`.
   */
  template <class MutableBufferSequence, class CompletionToken = detail::default_token<Executor>>
  auto async_receive(MutableBufferSequence const& buffers, CompletionToken&& token = {}) {
    return detail::initiate<&detail::stream_service::receive>(
        token, executor_, service(), detail::first_buffer<asio::mutable_buffer>(buffers));
  }

  /// Sends a hole of `length` bytes, on a stream opened for holes (`VIR_STORAGE_VOL_UPLOAD_SPARSE_STREAM`).
  /**
   * Counts as a write: one write or one hole may be outstanding. On an open stream, a length of 0 completes
   * with success.
   *
   * Completion signature: `void(error_code)`; errors as for `async_write_some`.
   *
   * Immediate completion: an empty hole, an error that is known already.
   *
   * Per-operation cancellation: as for `async_write_some`; a hole that libvirt already has is sent all the
   * same.
   *
   * libvirt: `virStreamSendHole`, on a worker thread.
   */
  template <class CompletionToken = detail::default_token<Executor>>
  auto async_send_hole(std::uint64_t length, CompletionToken&& token = {}) {
    return detail::initiate<&detail::stream_service::send_hole>(token, executor_, service(), length);
  }

  /// Waits until one of the given events has occurred.
  /**
   * A failure of the stream and the loss of the connection count as all events, the end of the stream as
   * readable and writable: the read or write that follows tells. `stream_events::none` completes at once.
   * Through a daemon, libvirt itself reports neither errors nor hang-ups.
   *
   * Completion signature: `void(error_code, stream_events)`: those of the given events that have occurred.
   *
   * Immediate completion: events that are known already, `client_errc::operation_in_progress`,
   * `client_errc::not_open`.
   *
   * Per-operation cancellation: `terminal`, `partial`, `total`.
   *
   * libvirt: `virStreamEventAddCallback`, `virStreamEventUpdateCallback`, `virStreamEventRemoveCallback`.
   */
  template <class CompletionToken = detail::default_token<Executor>>
  auto async_wait(stream_events events, CompletionToken&& token = {}) {
    return detail::initiate<&detail::stream_service::wait>(token, executor_, service(), events);
  }

  /// Reads what is available, without waiting.
  /**
   * Errors are those of `async_read_some`; `asio::error::would_block` if nothing is available yet, also where the
   * stream was suspended and is opened again now (see `async_open_download`), and `client_errc::not_supported` if
   * libvirt reads a file for the stream, which blocks. libvirt: `virStreamRecv`.
   */
  template <class MutableBufferSequence>
  std::size_t read_some(MutableBufferSequence const& buffers, error_code& error) {
    return service()->read_some(detail::first_buffer<asio::mutable_buffer>(buffers), error);
  }

  /// Reads what is available, without waiting. Throws `system_error` on failure.
  template <class MutableBufferSequence>
  std::size_t read_some(MutableBufferSequence const& buffers) {
    return throwing([&](error_code& error) { return read_some(buffers, error); });
  }

  /// Writes without waiting.
  /**
   * A stream through a daemon always fails with `asio::error::would_block`, as `virStreamSend` blocks,
   * although `async_wait` reports it as writable: use `async_write_some`. libvirt: `virStreamSend`.
   */
  template <class ConstBufferSequence>
  std::size_t write_some(ConstBufferSequence const& buffers, error_code& error) {
    return service()->write_some(detail::first_buffer<asio::const_buffer>(buffers), error);
  }

  /// Writes without waiting. Throws `system_error` on failure.
  template <class ConstBufferSequence>
  std::size_t write_some(ConstBufferSequence const& buffers) {
    return throwing([&](error_code& error) { return write_some(buffers, error); });
  }

  /// Finishes the stream: call it after the last write, or once the end has been read.
  /**
   * Only this reports late errors of an upload. Outstanding reads and waits complete with
   * `asio::error::operation_aborted`; if a write is outstanding, it fails with
   * `client_errc::operation_in_progress`.
   *
   * Completion signature: `void(error_code)`.
   *
   * Immediate completion: an error that is known already, `client_errc::operation_in_progress`.
   *
   * Per-operation cancellation: `terminal`, `partial`: the operation stops waiting; the stream stays
   * `finishing`, and can only be aborted or closed.
   *
   * libvirt: `virStreamFinish`, on a worker thread.
   */
  template <class CompletionToken = detail::default_token<Executor>>
  auto async_finish(CompletionToken&& token = {}) {
    return detail::initiate<&detail::stream_service::finish>(token, executor_, service());
  }

  /// Aborts the stream, and drops what is under way.
  /**
   * Outstanding reads, writes and waits complete with `asio::error::operation_aborted`.
   *
   * Completion signature: `void(error_code)`.
   *
   * Immediate completion: `client_errc::not_open`, `client_errc::operation_in_progress`.
   *
   * Per-operation cancellation: `terminal`, `partial`: the operation stops waiting; the stream is `aborted`.
   *
   * libvirt: `virStreamAbort`, on a worker thread.
   */
  template <class CompletionToken = detail::default_token<Executor>>
  auto async_abort(CompletionToken&& token = {}) {
    return detail::initiate<&detail::stream_service::abort>(token, executor_, service());
  }

  /// Cancels every outstanding operation, as by `terminal` cancellation of each.
  void cancel() {
    if (service_) service_->cancel_all();
  }

  /// Closes the stream without waiting.
  /**
   * What is outstanding completes with `asio::error::operation_aborted`, and an open stream is aborted in the
   * background. It can be opened again.
   */
  void close() noexcept {
    if (service_) service_->close();
  }

  /// Whether data can flow.
  [[nodiscard]] bool is_open() const { return state() == stream_state::open; }

  [[nodiscard]] stream_state state() const { return service_ ? service_->state() : stream_state::closed; }

  /// libvirt's stream; null if there is none, or while the stream is suspended (see `async_open_download`).
  /// This object keeps ownership.
  [[nodiscard]] virStreamPtr native_handle() const { return service_ ? service_->native_handle() : nullptr; }

  /// The last error that libvirt reported for this stream, in full; `code` is 0 if there was none.
  [[nodiscard]] error_info last_error() const { return service_ ? service_->last_error() : error_info{}; }

 private:
  template <class>
  friend class basic_stream;
  friend detail::core_access;

  template <class Operation>
  static std::size_t throwing(Operation operation) {
    error_code error;
    std::size_t const transferred = operation(error);
    if (error) throw system_error(error);
    return transferred;
  }

  basic_stream(executor_type executor, std::shared_ptr<detail::connection_service> owner)
      : executor_(std::move(executor)),
        connection_(std::move(owner)),
        service_(detail::make_stream(executor_, connection_)) {}

  // One that was moved from, or that has ended, makes itself a new one when it is used again.
  [[nodiscard]] std::shared_ptr<detail::stream_service> const& service() const {
    if (!service_) service_ = detail::make_stream(executor_, connection_);
    return service_;
  }

  executor_type executor_;
  std::shared_ptr<detail::connection_service> connection_;
  mutable std::shared_ptr<detail::stream_service> service_;
};

using stream = basic_stream<>;

}  // namespace libvirt_asio

#endif
