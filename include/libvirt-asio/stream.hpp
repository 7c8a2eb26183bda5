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

/// @addtogroup streams
/// @{

/// A libvirt stream as an Asio stream: AsyncReadStream, AsyncWriteStream, SyncReadStream, SyncWriteStream.
/**
 * At most one read, one write and one wait may be outstanding at a time. `async_receive()` counts as a read, and
 * `async_send_hole()` as a write.
 *
 * When the connection is closed, outstanding operations complete with `asio::error::operation_aborted`. When it is
 * lost, reads go on until libvirt has nothing more queued, and then complete with an error; writes complete with an
 * error, and waits with success.
 *
 * An object that was moved from is as if it had just been constructed for the same connection.
 *
 * @par Errors
 * These can come from every operation but `async_open()`, and are not named each time:
 * - `client_errc::not_open`, if the stream is not open;
 * - `client_errc::operation_in_progress`, if another operation of the same kind is outstanding;
 * - after the stream has failed, the error that it failed with: from reads, writes and `async_finish()`.
 *
 * @par Thread safety
 * Distinct objects: safe. Shared objects: unsafe; use a strand.
 *
 * @par Example
 * @snippet docs/snippets/reference/stream.cpp stream
 */
template <class Executor = asio::any_io_executor>
class basic_stream {
 public:
  /// The type of the executor: `Executor`, with `asio::deferred` as its default token if it has none.
  using executor_type = detail::default_token_executor<Executor>;

  /// The lowest layer is the stream itself.
  using lowest_layer_type = basic_stream;

  /// Rebinds the stream type to another executor.
  template <class OtherExecutor>
  struct rebind_executor {
    /// The stream type with the other executor.
    using other = basic_stream<OtherExecutor>;
  };

  /// Constructs a stream that is not open, with the executor of the connection.
  /**
   * Open it by `async_open()` or one of the functions for that (see @ref stream_opening). Destroying the connection
   * object closes this stream too; destroying one that was moved from closes nothing.
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
   * The stream must have been created with `VIR_STREAM_NONBLOCK`, and must have no event callback. If the constructor
   * throws, the caller keeps the reference.
   *
   * @throws system_error With `client_errc::not_open` if the connection is not open, `client_errc::no_event_loop`, or
   * libvirt's error.
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

  /// Moves from another stream. Outstanding operations go on, on the new object.
  basic_stream(basic_stream&& other) noexcept
      : executor_(other.executor_), connection_(other.connection_), service_(std::move(other.service_)) {}

  /// Closes this stream, as `close()` does, and then moves from another one.
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

  /// Returns the executor.
  [[nodiscard]] executor_type get_executor() const noexcept { return executor_; }

  /// Returns the stream itself.
  [[nodiscard]] lowest_layer_type& lowest_layer() noexcept { return *this; }

  /// Returns the stream itself.
  [[nodiscard]] lowest_layer_type const& lowest_layer() const noexcept { return *this; }

  /// Opens the stream with a function that calls any libvirt function that takes a stream.
  /**
   * After a failure, and after its end, the stream can be opened again.
   *
   * @param function Called as `function(virStreamPtr)` on a worker thread. It reports failure as a function given to
   * `basic_connection::async_call()` does, and like that it must own what it uses.
   * @param token The completion token.
   *
   * @par Completion signature
   * `void(error_code)`
   *
   * @par Errors
   * libvirt's error; the error of a `system_error` that the function has thrown; `client_errc::already_open`;
   * `client_errc::not_open`, if the connection is not open; `client_errc::no_event_loop`.
   *
   * @par Immediate completion
   * `client_errc::already_open`, `client_errc::not_open`
   *
   * @par Per-operation cancellation
   * `terminal`, `partial`: the stream is closed, and what the function has started is aborted.
   *
   * @par libvirt
   * `virStreamNew` with `VIR_STREAM_NONBLOCK`, `virStreamEventAddCallback`.
   *
   * @par Example
   * @snippet docs/snippets/reference/stream.cpp async_open
   */
  template <class Function, class CompletionToken = detail::default_token<Executor>>
  auto async_open(Function function, CompletionToken&& token = {}) {
    // libvirt's streams cannot be used twice.
    if (service_ && service_->has_ended()) std::exchange(service_, nullptr)->close();
    return detail::initiate<&detail::stream_service::open>(token, executor_, service(),
                                                           detail::make_opener(std::move(function)));
  }

  /// Reads some bytes.
  /**
   * @param buffers Where the bytes go: into the first buffer that is not empty. It must stay valid until the operation
   * completes.
   * @param token The completion token.
   *
   * @par Completion signature
   * `void(error_code, std::size_t)`. If all buffers are empty, the operation completes with success and 0.
   *
   * @par Errors
   * `asio::error::eof` at the end of the stream; libvirt's error; `client_errc::connection_lost`;
   * `client_errc::stream_aborted`.
   *
   * @par Immediate completion
   * Empty buffers, an end or an error that is known already.
   *
   * @par Per-operation cancellation
   * `terminal`, `partial`, `total`: nothing has been read, and no byte is lost.
   *
   * @par libvirt
   * `virStreamRecv`
   *
   * @par Example
   * @snippet docs/snippets/reference/stream.cpp async_read_some
   */
  template <class MutableBufferSequence, class CompletionToken = detail::default_token<Executor>>
  auto async_read_some(MutableBufferSequence const& buffers, CompletionToken&& token = {}) {
    return detail::initiate<&detail::stream_service::read>(token, executor_, service(),
                                                           detail::first_buffer<asio::mutable_buffer>(buffers));
  }

  /// Writes some bytes, 1 MiB at most.
  /**
   * Success means that libvirt has taken over the bytes, not that they have arrived: `async_finish()` tells that. If
   * sending them fails later, the next operation reports it.
   *
   * @param buffers The bytes: those of the first buffer that is not empty. It must stay valid until the operation
   * completes.
   * @param token The completion token.
   *
   * @par Completion signature
   * `void(error_code, std::size_t)`. If all buffers are empty, the operation completes with success and 0.
   *
   * @par Errors
   * libvirt's error; `client_errc::connection_lost`; `client_errc::stream_aborted`; `client_errc::not_supported` on a
   * download that is suspended (see `async_open_download()`).
   *
   * @par Immediate completion
   * Empty buffers, an error that is known already.
   *
   * @par Per-operation cancellation
   * `terminal`, `partial` and, as long as nothing has been sent, `total`. The operation completes with
   * `asio::error::operation_aborted` and the number of bytes that have been sent, or will be. The stream can still be
   * used.
   *
   * @par libvirt
   * `virStreamSend`, on a worker thread, because it blocks until the socket to the daemon has taken the bytes. Up to
   * 8 KiB are sent by the calling thread where that cannot block.
   *
   * @par Example
   * @snippet docs/snippets/reference/stream.cpp async_write_some
   */
  template <class ConstBufferSequence, class CompletionToken = detail::default_token<Executor>>
  auto async_write_some(ConstBufferSequence const& buffers, CompletionToken&& token = {}) {
    return detail::initiate<&detail::stream_service::write>(token, executor_, service(),
                                                            detail::first_buffer<asio::const_buffer>(buffers));
  }

  /// Reads some bytes, or the length of a hole, whichever comes next.
  /**
   * Holes come from streams that were opened for them (`download_options::sparse`). Other streams have data only. A
   * hole is given whole, and leaves the buffers as they are.
   *
   * @param buffers Where the bytes go: into the first buffer that is not empty. It must stay valid until the operation
   * completes.
   * @param token The completion token.
   *
   * @par Completion signature
   * `void(error_code, section)`: the length is the number of bytes that were read, or that of the hole.
   *
   * @par Errors
   * Those of `async_read_some()`.
   *
   * @par Immediate completion
   * As for `async_read_some()`.
   *
   * @par Per-operation cancellation
   * `terminal`, `partial`, `total`: nothing has been read, and no byte is lost.
   *
   * @par libvirt
   * `virStreamRecvFlags` with `VIR_STREAM_RECV_STOP_AT_HOLE`, `virStreamRecvHole`.
   *
   * @par Example
   * @snippet docs/snippets/reference/stream.cpp async_receive
   */
  template <class MutableBufferSequence, class CompletionToken = detail::default_token<Executor>>
  auto async_receive(MutableBufferSequence const& buffers, CompletionToken&& token = {}) {
    return detail::initiate<&detail::stream_service::receive>(
        token, executor_, service(), detail::first_buffer<asio::mutable_buffer>(buffers));
  }

  /// Writes a hole, to a stream that was opened for holes (`upload_options::sparse`).
  /**
   * @param length The length of the hole in bytes. If it is 0, the operation completes with success.
   * @param token The completion token.
   *
   * @par Completion signature
   * `void(error_code)`
   *
   * @par Errors
   * Those of `async_write_some()`.
   *
   * @par Immediate completion
   * A length of 0, an error that is known already.
   *
   * @par Per-operation cancellation
   * `terminal`, `partial` and, as long as libvirt has not been called, `total`. A hole that libvirt already has is sent
   * all the same.
   *
   * @par libvirt
   * `virStreamSendHole`, on a worker thread.
   *
   * @par Example
   * @snippet docs/snippets/reference/stream.cpp async_send_hole
   */
  template <class CompletionToken = detail::default_token<Executor>>
  auto async_send_hole(std::uint64_t length, CompletionToken&& token = {}) {
    return detail::initiate<&detail::stream_service::send_hole>(token, executor_, service(), length);
  }

  /// Waits until one of the given events has occurred.
  /**
   * A failure of the stream and the loss of the connection count as all events; the end of the stream counts as
   * readable and writable. The read or write that follows tells which it is. Through a daemon, libvirt itself reports
   * neither errors nor hang-ups.
   *
   * @param events What to wait for. With `stream_events::none` the operation completes at once.
   * @param token The completion token.
   *
   * @par Completion signature
   * `void(error_code, stream_events)`: those of the given events that have occurred.
   *
   * @par Errors
   * Only those that every operation can have. On a stream that has failed the operation succeeds.
   *
   * @par Immediate completion
   * Events that are known already, `client_errc::operation_in_progress`, `client_errc::not_open`.
   *
   * @par Per-operation cancellation
   * `terminal`, `partial`, `total`
   *
   * @par libvirt
   * `virStreamEventAddCallback`, `virStreamEventUpdateCallback`, `virStreamEventRemoveCallback`
   *
   * @par Example
   * @snippet docs/snippets/reference/stream.cpp async_wait
   */
  template <class CompletionToken = detail::default_token<Executor>>
  auto async_wait(stream_events events, CompletionToken&& token = {}) {
    return detail::initiate<&detail::stream_service::wait>(token, executor_, service(), events);
  }

  /// Reads what is there, without waiting.
  /**
   * @param buffers Where the bytes go: into the first buffer that is not empty.
   * @param error Is set to what has gone wrong, or to success.
   *
   * @returns The number of bytes.
   *
   * @par Errors
   * Those of `async_read_some()`, and:
   * - `asio::error::would_block`, if nothing is there yet. A download that was suspended is opened again (see
   *   `async_open_download()`).
   * - `client_errc::not_supported`, if libvirt reads a file in this process for the stream, which blocks.
   *
   * @par libvirt
   * `virStreamRecv`
   *
   * @par Example
   * @snippet docs/snippets/reference/stream.cpp async_wait
   */
  template <class MutableBufferSequence>
  std::size_t read_some(MutableBufferSequence const& buffers, error_code& error) {
    return service()->read_some(detail::first_buffer<asio::mutable_buffer>(buffers), error);
  }

  /// Reads what is there, without waiting.
  /**
   * The rest is as for the overload with an `error_code`.
   *
   * @throws system_error On failure.
   */
  template <class MutableBufferSequence>
  std::size_t read_some(MutableBufferSequence const& buffers) {
    return throwing([&](error_code& error) { return read_some(buffers, error); });
  }

  /// Writes without waiting.
  /**
   * On a stream through a daemon this always fails with `asio::error::would_block`, because `virStreamSend` blocks,
   * although `async_wait()` reports the stream as writable. Use `async_write_some()` there.
   *
   * @param buffers The bytes: those of the first buffer that is not empty.
   * @param error Is set to what has gone wrong, or to success.
   *
   * @returns The number of bytes.
   *
   * @par Errors
   * Those of `async_write_some()`, and `asio::error::would_block`, if there is no room.
   *
   * @par libvirt
   * `virStreamSend`
   */
  template <class ConstBufferSequence>
  std::size_t write_some(ConstBufferSequence const& buffers, error_code& error) {
    return service()->write_some(detail::first_buffer<asio::const_buffer>(buffers), error);
  }

  /// Writes without waiting.
  /**
   * The rest is as for the overload with an `error_code`.
   *
   * @throws system_error On failure.
   */
  template <class ConstBufferSequence>
  std::size_t write_some(ConstBufferSequence const& buffers) {
    return throwing([&](error_code& error) { return write_some(buffers, error); });
  }

  /// Finishes the stream. Call it after the last write, or when the end has been read.
  /**
   * Only this operation reports late errors of an upload. Outstanding reads and waits complete with
   * `asio::error::operation_aborted`.
   *
   * @par Completion signature
   * `void(error_code)`
   *
   * @par Errors
   * libvirt's error; `client_errc::operation_in_progress`, if a write is outstanding.
   *
   * @par Immediate completion
   * An error that is known already, `client_errc::operation_in_progress`.
   *
   * @par Per-operation cancellation
   * `terminal`, `partial`: the operation stops waiting. The stream stays `stream_state::finishing`, and can only be
   * aborted or closed.
   *
   * @par libvirt
   * `virStreamFinish`, on a worker thread.
   *
   * @par Example
   * @snippet docs/snippets/reference/stream.cpp async_finish
   */
  template <class CompletionToken = detail::default_token<Executor>>
  auto async_finish(CompletionToken&& token = {}) {
    return detail::initiate<&detail::stream_service::finish>(token, executor_, service());
  }

  /// Aborts the stream, and drops what is under way.
  /**
   * Outstanding reads, writes and waits complete with `asio::error::operation_aborted`. A stream that has failed, or
   * whose `async_finish()` was cancelled, can be aborted too.
   *
   * @par Completion signature
   * `void(error_code)`
   *
   * @par Errors
   * libvirt's error; `client_errc::operation_in_progress`, if an `async_finish()` is outstanding.
   *
   * @par Immediate completion
   * `client_errc::not_open`, `client_errc::operation_in_progress`
   *
   * @par Per-operation cancellation
   * `terminal`, `partial`: the operation stops waiting. The stream is `stream_state::aborted`.
   *
   * @par libvirt
   * `virStreamAbort`, on a worker thread.
   *
   * @par Example
   * @snippet docs/snippets/reference/stream.cpp async_abort
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
   * Outstanding operations complete with `asio::error::operation_aborted`, and an open stream is aborted in the
   * background. The stream can be opened again.
   */
  void close() noexcept {
    if (service_) service_->close();
  }

  /// Returns whether data can flow: whether the state is `stream_state::open`.
  [[nodiscard]] bool is_open() const { return state() == stream_state::open; }

  /// Returns the state of the stream.
  [[nodiscard]] stream_state state() const { return service_ ? service_->state() : stream_state::closed; }

  /// Returns libvirt's stream. This object keeps its ownership.
  /**
   * It is null if there is none, and while the stream is suspended (see `async_open_download()`).
   */
  [[nodiscard]] virStreamPtr native_handle() const { return service_ ? service_->native_handle() : nullptr; }

  /// Returns the last error that libvirt has reported for this stream. Its `code` is 0 if there was none.
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

/// The usual stream, for any executor.
using stream = basic_stream<>;

/// @}

}  // namespace libvirt_asio

#endif
