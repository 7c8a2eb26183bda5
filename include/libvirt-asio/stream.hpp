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

#include <libvirt/libvirt.h>

#include <boost/asio/buffer.hpp>

#include <cstddef>
#include <cstdint>
#include <memory>
#include <type_traits>
#include <utility>

namespace libvirt_asio {

/// What a stream can be waited for; combined with `|`. libvirt: `virStreamEventType`.
enum class stream_events : unsigned {
  none = 0,
  readable = VIR_STREAM_EVENT_READABLE,
  writable = VIR_STREAM_EVENT_WRITABLE,
  error = VIR_STREAM_EVENT_ERROR,
  hangup = VIR_STREAM_EVENT_HANGUP,
};

[[nodiscard]] constexpr stream_events operator|(stream_events a, stream_events b) noexcept {
  return static_cast<stream_events>(static_cast<unsigned>(a) | static_cast<unsigned>(b));
}

[[nodiscard]] constexpr stream_events operator&(stream_events a, stream_events b) noexcept {
  return static_cast<stream_events>(static_cast<unsigned>(a) & static_cast<unsigned>(b));
}

/// A part of a sparse stream: data, or a hole, which reads as zeros.
struct section {
  bool hole = false;
  /// In bytes; a hole's can be larger than any buffer.
  std::uint64_t length = 0;
};

/// Where a stream stands.
enum class stream_state {
  /// Never opened, or closed.
  closed,
  /// `async_open` is outstanding.
  opening,
  /// Data can flow.
  open,
  /// `async_finish` was started, and libvirt has not answered yet, also when the operation was cancelled.
  finishing,
  /// Finished: everything that was written has arrived.
  finished,
  /// `async_abort` was started.
  aborted,
  /// libvirt reported an error, which ended the stream. `last_error()` has it.
  failed,
};

/// A libvirt stream as an Asio stream: AsyncReadStream, AsyncWriteStream, SyncReadStream, SyncWriteStream.
/**
 * One read, one write and one wait may be outstanding at once; a second one of the same kind completes with
 * `client_errc::operation_in_progress`. Operations on a stream that is not open complete with
 * `client_errc::not_open`, and after an error of libvirt's with that error again.
 *
 * Buffers must stay valid until the operation completes; after that they are not touched any more.
 *
 * When the connection is lost or closed, whatever is outstanding completes with an error.
 *
 * What is documented as an immediate completion comes by the handler's associated immediate executor, which Boost 1.82
 * and newer have; unless another one is bound, that calls the handler as if by `post`. Nothing completes inside the
 * initiating function but by such an executor.
 *
 * Thread safety: distinct objects from any thread, one object from one strand. A stream that was moved from
 * is one of the same connection that was never opened.
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

  /// A stream of a connection, to be opened by `async_open` or one of the functions of `open.hpp`.
  template <class ConnectionExecutor>
  explicit basic_stream(basic_connection<ConnectionExecutor> const& owner)
      : basic_stream(executor_type(owner.get_executor()), owner) {}

  template <class ConnectionExecutor>
  basic_stream(executor_type executor, basic_connection<ConnectionExecutor> const& owner)
      : basic_stream(std::move(executor), detail::core_access::of(owner)) {}

  /// Adopts an open stream of the connection, with the caller's reference to it. It must have been made with
  /// `VIR_STREAM_NONBLOCK`, and have no event callback.
  template <class ConnectionExecutor>
  basic_stream(basic_connection<ConnectionExecutor> const& owner, virStreamPtr adopted)
      : executor_(owner.get_executor()),
        connection_(detail::core_access::of(owner)),
        service_(detail::adopt_stream(executor_, connection_, adopted)) {}

  /// Takes over a stream with another executor type.
  template <class OtherExecutor>
    requires std::convertible_to<OtherExecutor, Executor>
  basic_stream(basic_stream<OtherExecutor>&& other)
      : executor_(other.executor_), connection_(other.connection_), service_(std::move(other.service_)) {}

  basic_stream(basic_stream&& other) noexcept
      : executor_(other.executor_), connection_(other.connection_), service_(std::move(other.service_)) {}

  basic_stream& operator=(basic_stream&& other) noexcept {
    if (this != &other) {
      close();
      executor_ = other.executor_;
      connection_ = other.connection_;
      service_ = std::move(other.service_);
    }
    return *this;
  }

  /// As `close()`.
  ~basic_stream() { close(); }

  [[nodiscard]] executor_type get_executor() const noexcept { return executor_; }
  [[nodiscard]] lowest_layer_type& lowest_layer() noexcept { return *this; }
  [[nodiscard]] lowest_layer_type const& lowest_layer() const noexcept { return *this; }

  /// Opens the stream by any libvirt function that takes one: `function(virStreamPtr)`.
  /**
   * The function runs on a worker thread and reports failure as for `connection::async_call`. After a failure
   * the stream can be opened again.
   *
   * Completion signature: `void(error_code)`: libvirt's error, `client_errc::already_open`, or
   * `client_errc::not_open` if the connection is not open.
   *
   * Immediate completion: `client_errc::already_open`, `client_errc::not_open`.
   *
   * Per-operation cancellation: `terminal`, `partial`: the stream is closed; what the function has started is
   * aborted.
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

  /// Reads some bytes, into the first buffer that is not empty.
  /**
   * Completion signature: `void(error_code, std::size_t)`; `asio::error::eof` at the end of the stream.
   * Empty buffers complete at once with success and 0.
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

  /// Writes some bytes, from the first buffer that is not empty, 1 MiB at most, which goes to a daemon in six
  /// packets.
  /**
   * Success means that libvirt has taken over the bytes. If it fails to send them the next operation reports
   * that; `async_finish` tells whether they have arrived. The next write waits until these bytes are sent.
   *
   * Completion signature: `void(error_code, std::size_t)`. Empty buffers complete at once with success and 0.
   *
   * Immediate completion: empty buffers, an error that is known already.
   *
   * Per-operation cancellation: `terminal`, `partial`, `total` while the write waits for its turn: nothing
   * has been sent. `terminal`, `partial` while libvirt takes it over: the operation completes with
   * `asio::error::operation_aborted` and the number of bytes that libvirt still sends, in order. The stream
   * stays usable.
   *
   * libvirt: `virStreamSend`, on a worker thread, as it blocks until a daemon's socket takes the bytes; by
   * this function, for up to 8 KiB, when it cannot block.
   */
  template <class ConstBufferSequence, class CompletionToken = detail::default_token<Executor>>
  auto async_write_some(ConstBufferSequence const& buffers, CompletionToken&& token = {}) {
    return detail::initiate<&detail::stream_service::write>(token, executor_, service(),
                                                            detail::first_buffer<asio::const_buffer>(buffers));
  }

  /// Reads some bytes, as `async_read_some`, or takes note of a hole, whichever comes next in the stream.
  /**
   * Holes come from streams opened for them (`VIR_STORAGE_VOL_DOWNLOAD_SPARSE_STREAM`), each whole; nothing is
   * written to the buffer then. It counts as a read: one read or one
   * receive may be outstanding, not both.
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

  /// Sends a hole of `length` bytes, on a stream opened for them (`VIR_STORAGE_VOL_UPLOAD_SPARSE_STREAM`).
  /**
   * It counts as a write: one write or one hole may be outstanding, not both. A length of 0 completes at once
   * with success.
   *
   * Completion signature: `void(error_code)`.
   *
   * Immediate completion: an empty hole, an error that is known already.
   *
   * Per-operation cancellation: as for `async_write_some`; a hole given up once libvirt has it is still sent.
   *
   * libvirt: `virStreamSendHole`, on a worker thread.
   */
  template <class CompletionToken = detail::default_token<Executor>>
  auto async_send_hole(std::uint64_t length, CompletionToken&& token = {}) {
    return detail::initiate<&detail::stream_service::send_hole>(token, executor_, service(), length);
  }

  /// Waits until the stream is readable, writable, has failed or was hung up, whichever asked for is first.
  /**
   * Completion signature: `void(error_code, stream_events)`: which of the events asked for there are. End of
   * the stream, a failure and the loss of the connection also count as readable and writable.
   *
   * Immediate completion: events that are known already, `client_errc::operation_in_progress`, `client_errc::not_open`.
   *
   * Per-operation cancellation: `terminal`, `partial`, `total`.
   *
   * libvirt: `virStreamEventAddCallback`, `virStreamEventUpdateCallback`, `virStreamEventRemoveCallback`.
   */
  template <class CompletionToken = detail::default_token<Executor>>
  auto async_wait(stream_events events, CompletionToken&& token = {}) {
    return detail::initiate<&detail::stream_service::wait>(token, executor_, service(), events);
  }

  /// Reads what is there, without waiting: `asio::error::would_block` if there is nothing.
  template <class MutableBufferSequence>
  std::size_t read_some(MutableBufferSequence const& buffers, error_code& error) {
    return service()->read_some(detail::first_buffer<asio::mutable_buffer>(buffers), error);
  }

  template <class MutableBufferSequence>
  std::size_t read_some(MutableBufferSequence const& buffers) {
    return throwing([&](error_code& error) { return read_some(buffers, error); });
  }

  /// Writes without waiting: `asio::error::would_block` when that is not possible, which for a stream that
  /// goes through a daemon is always, as `virStreamSend` blocks.
  template <class ConstBufferSequence>
  std::size_t write_some(ConstBufferSequence const& buffers, error_code& error) {
    return service()->write_some(detail::first_buffer<asio::const_buffer>(buffers), error);
  }

  template <class ConstBufferSequence>
  std::size_t write_some(ConstBufferSequence const& buffers) {
    return throwing([&](error_code& error) { return write_some(buffers, error); });
  }

  /// Closes the stream gracefully: after the last write, and after the end was read.
  /**
   * The only place where a daemon reports late errors of an upload. A read that is outstanding completes with
   * `asio::error::operation_aborted`; with a write outstanding it is refused.
   *
   * Completion signature: `void(error_code)`.
   *
   * Immediate completion: an error that is known already, `client_errc::operation_in_progress`.
   *
   * Per-operation cancellation: `terminal`, `partial`: gives up waiting; the stream is `finishing` and can
   * only be aborted or closed.
   *
   * libvirt: `virStreamFinish`, on a worker thread.
   */
  template <class CompletionToken = detail::default_token<Executor>>
  auto async_finish(CompletionToken&& token = {}) {
    return detail::initiate<&detail::stream_service::finish>(token, executor_, service());
  }

  /// Closes the stream and drops what is under way. Reads and writes that are outstanding complete with
  /// `asio::error::operation_aborted`.
  /**
   * Completion signature: `void(error_code)`.
   *
   * Immediate completion: `client_errc::not_open`, `client_errc::operation_in_progress`.
   *
   * Per-operation cancellation: `terminal`, `partial`: gives up waiting; the stream is `aborted`.
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

  /// Closes the stream without waiting: what is outstanding completes with
  /// `asio::error::operation_aborted`, and an open stream is aborted in the background. It can be opened anew.
  void close() noexcept {
    if (service_) service_->close();
  }

  [[nodiscard]] bool is_open() const { return state() == stream_state::open; }

  [[nodiscard]] stream_state state() const { return service_ ? service_->state() : stream_state::closed; }

  /// libvirt's stream, null if there is none, or while the stream is suspended (see `async_open_download`).
  /// It stays this object's.
  [[nodiscard]] virStreamPtr native_handle() const { return service_ ? service_->native_handle() : nullptr; }

  /// The whole of the last error that libvirt reported for this stream.
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
