// Copyright (c) 2026 The libvirt-asio authors
// Distributed under the Boost Software License, Version 1.0.

#ifndef LIBVIRT_ASIO_STREAM_HPP
#define LIBVIRT_ASIO_STREAM_HPP

#include <libvirt-asio/connection.hpp>
#include <libvirt-asio/detail/async_read.hpp>
#include <libvirt-asio/detail/completion.hpp>
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

namespace detail {
class stream_core;

/// A part of what a stream gives.
struct stream_part {
  std::uint64_t position = 0;
  /// 0 stands for all up to the end.
  std::uint64_t length = 0;
};

/// Starts a libvirt API that takes a stream; on a worker thread.
class stream_opener {
 public:
  virtual ~stream_opener() = default;
  virtual error_code open(virStreamPtr stream, error_info& info) = 0;

  /// Whether another stream can go on where one has been left.
  [[nodiscard]] virtual bool can_continue() const { return false; }
  virtual error_code open_part(virStreamPtr, stream_part, error_info&) { return client_errc::not_supported; }
  /// Whether there can be nothing behind that position.
  [[nodiscard]] virtual bool ends_at(std::uint64_t) const { return true; }
};

/// What opens a stream and can also open a part of it.
template <class Function>
concept partial_opener = requires(Function const& function, virStreamPtr stream, stream_part part) {
  { function.open_part(stream, part) } -> std::same_as<int>;
  { function.ends_at(part.position) } -> std::same_as<bool>;
};

template <class Function>
class function_opener : public stream_opener {
 public:
  explicit function_opener(Function&& function) : function_(std::move(function)) {}

  error_code open(virStreamPtr stream, error_info& info) override {
    using result = std::invoke_result_t<Function&, virStreamPtr>;
    if constexpr (std::is_void_v<result>) {
      std::monostate none;
      return run_call(function_, none, info, stream);
    } else {
      typename call_value<result>::type value{};
      return run_call(function_, value, info, stream);
    }
  }

 protected:
  Function function_;
};

template <partial_opener Function>
class partial_function_opener final : public function_opener<Function> {
 public:
  using function_opener<Function>::function_opener;

  [[nodiscard]] bool can_continue() const override { return true; }

  error_code open_part(virStreamPtr stream, stream_part part, error_info& info) override {
    int value = 0;
    auto const opening = [&](virStreamPtr native) { return this->function_.open_part(native, part); };
    return run_call(opening, value, info, stream);
  }

  [[nodiscard]] bool ends_at(std::uint64_t position) const override {
    return this->function_.ends_at(position);
  }
};

template <class Function>
[[nodiscard]] std::unique_ptr<stream_opener> make_opener(Function&& function) {
  if constexpr (partial_opener<Function>)
    return std::make_unique<partial_function_opener<Function>>(std::move(function));
  else
    return std::make_unique<function_opener<Function>>(std::move(function));
}

using transfer_handler = asio::any_completion_handler<void(error_code, std::size_t)>;
using section_handler = asio::any_completion_handler<void(error_code, section)>;
using events_handler = asio::any_completion_handler<void(error_code, stream_events)>;

[[nodiscard]] std::shared_ptr<stream_core> make_stream(asio::any_io_executor executor,
                                                       std::shared_ptr<connection_core> connection);
[[nodiscard]] std::shared_ptr<stream_core> adopt_stream(asio::any_io_executor executor,
                                                        std::shared_ptr<connection_core> connection,
                                                        virStreamPtr stream);
/// The core to open next: this one, or, if it has ended, another one like it.
[[nodiscard]] std::shared_ptr<stream_core> renewed(std::shared_ptr<stream_core> core);
void async_open(stream_core& core, std::unique_ptr<stream_opener> opener, plain_handler handler);
void async_read(stream_core& core, asio::mutable_buffer buffer, transfer_handler handler);
void async_write(stream_core& core, asio::const_buffer buffer, transfer_handler handler);
void async_receive(stream_core& core, asio::mutable_buffer buffer, section_handler handler);
void async_send_hole(stream_core& core, std::uint64_t length, plain_handler handler);
void async_wait(stream_core& core, stream_events events, events_handler handler);
void async_finish(stream_core& core, plain_handler handler);
void async_abort(stream_core& core, plain_handler handler);
[[nodiscard]] std::size_t read_some(stream_core& core, asio::mutable_buffer buffer, error_code& error);
[[nodiscard]] std::size_t write_some(stream_core& core, asio::const_buffer buffer, error_code& error);
void cancel(stream_core& core);
void close(stream_core& core) noexcept;
[[nodiscard]] stream_state state(stream_core const& core);
[[nodiscard]] virStreamPtr native_handle(stream_core const& core);
[[nodiscard]] error_info last_error(stream_core const& core);

/// The first buffer of a sequence that is not empty: the one that a read or write of "some" bytes uses.
template <class Buffer, class Buffers>
[[nodiscard]] Buffer first_buffer(Buffers const& buffers) {
  auto const end = asio::buffer_sequence_end(buffers);
  for (auto position = asio::buffer_sequence_begin(buffers); position != end; ++position) {
    Buffer const buffer(*position);
    if (buffer.size() != 0) return buffer;
  }
  return {};
}
}  // namespace detail

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
 * Thread safety: distinct objects from any thread, one object from one strand. A stream that was moved from
 * can only be destroyed or assigned to.
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
      : executor_(std::move(executor)), core_(detail::make_stream(executor_, detail::core_access::of(owner))) {}

  /// For the library itself.
  basic_stream(executor_type executor, std::shared_ptr<detail::connection_core> owner)
      : executor_(std::move(executor)), core_(detail::make_stream(executor_, std::move(owner))) {}

  /// Adopts an open stream of the connection, with the caller's reference to it. It must have been made with
  /// `VIR_STREAM_NONBLOCK`, and have no event callback.
  template <class ConnectionExecutor>
  basic_stream(basic_connection<ConnectionExecutor> const& owner, virStreamPtr adopted)
      : executor_(owner.get_executor()), core_(detail::adopt_stream(executor_, detail::core_access::of(owner), adopted)) {}

  /// Takes over a stream with another executor type.
  template <class OtherExecutor>
    requires std::convertible_to<OtherExecutor, Executor>
  basic_stream(basic_stream<OtherExecutor>&& other)
      : executor_(std::move(other.executor_)), core_(std::move(other.core_)) {}

  basic_stream(basic_stream&&) noexcept = default;

  basic_stream& operator=(basic_stream&& other) noexcept {
    if (this != &other) {
      if (core_) detail::close(*core_);
      executor_ = std::move(other.executor_);
      core_ = std::move(other.core_);
    }
    return *this;
  }

  /// As `close()`.
  ~basic_stream() {
    if (core_) detail::close(*core_);
  }

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
   * Per-operation cancellation: `terminal`, `partial`: the stream is closed; what the function has started is
   * aborted.
   *
   * libvirt: `virStreamNew` with `VIR_STREAM_NONBLOCK`, `virStreamEventAddCallback`.
   */
  template <class Function, class CompletionToken = detail::default_token<Executor>>
  auto async_open(Function function, CompletionToken&& token = {}) {
    core_ = detail::renewed(std::move(core_));
    return asio::async_initiate<CompletionToken, void(error_code)>(
        [core = core_](auto&& handler, Function&& opening) {
          detail::async_open(*core, detail::make_opener(std::move(opening)),
                             std::forward<decltype(handler)>(handler));
        },
        token, std::move(function));
  }

  /// Reads some bytes, into the first buffer that is not empty.
  /**
   * Completion signature: `void(error_code, std::size_t)`; `asio::error::eof` at the end of the stream.
   * Empty buffers complete at once with success and 0.
   *
   * Per-operation cancellation: `terminal`, `partial`, `total`: nothing has been consumed.
   *
   * libvirt: `virStreamRecv`.
   */
  template <class MutableBufferSequence, class CompletionToken = detail::default_token<Executor>>
  auto async_read_some(MutableBufferSequence const& buffers, CompletionToken&& token = {}) {
    return asio::async_initiate<CompletionToken, void(error_code, std::size_t)>(
        [core = core_](auto&& handler, asio::mutable_buffer buffer) {
          detail::async_read(*core, buffer, std::forward<decltype(handler)>(handler));
        },
        token, detail::first_buffer<asio::mutable_buffer>(buffers));
  }

  /// Writes some bytes, from the first buffer that is not empty, 1 MiB at most, which goes to a daemon in six
  /// packets.
  /**
   * Success means that libvirt has taken over the bytes. If it fails to send them the next operation reports
   * that; `async_finish` tells whether they have arrived. The next write waits until these bytes are sent.
   *
   * Completion signature: `void(error_code, std::size_t)`. Empty buffers complete at once with success and 0.
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
    return asio::async_initiate<CompletionToken, void(error_code, std::size_t)>(
        [core = core_](auto&& handler, asio::const_buffer buffer) {
          detail::async_write(*core, buffer, std::forward<decltype(handler)>(handler));
        },
        token, detail::first_buffer<asio::const_buffer>(buffers));
  }

  /// Reads some bytes, as `async_read_some`, or takes note of a hole, whichever comes next in the stream.
  /**
   * Holes come from streams opened for them (`VIR_STORAGE_VOL_DOWNLOAD_SPARSE_STREAM`), each whole; nothing is
   * written to the buffer then. It counts as a read: only one of both may be outstanding.
   *
   * Completion signature: `void(error_code, section)`; `asio::error::eof` at the end of the stream.
   *
   * Per-operation cancellation: `terminal`, `partial`, `total`: nothing has been consumed.
   *
   * libvirt: `virStreamRecvFlags` with `VIR_STREAM_RECV_STOP_AT_HOLE`, `virStreamRecvHole`.
   */
  template <class MutableBufferSequence, class CompletionToken = detail::default_token<Executor>>
  auto async_receive(MutableBufferSequence const& buffers, CompletionToken&& token = {}) {
    return asio::async_initiate<CompletionToken, void(error_code, section)>(
        [core = core_](auto&& handler, asio::mutable_buffer buffer) {
          detail::async_receive(*core, buffer, std::forward<decltype(handler)>(handler));
        },
        token, detail::first_buffer<asio::mutable_buffer>(buffers));
  }

  /// Sends a hole of `length` bytes, on a stream opened for them (`VIR_STORAGE_VOL_UPLOAD_SPARSE_STREAM`).
  /**
   * It counts as a write: only one of both may be outstanding. A length of 0 completes at once with success.
   *
   * Completion signature: `void(error_code)`.
   *
   * Per-operation cancellation: as for `async_write_some`; a hole given up once libvirt has it is still sent.
   *
   * libvirt: `virStreamSendHole`, on a worker thread.
   */
  template <class CompletionToken = detail::default_token<Executor>>
  auto async_send_hole(std::uint64_t length, CompletionToken&& token = {}) {
    return asio::async_initiate<CompletionToken, void(error_code)>(
        [core = core_](auto&& handler, std::uint64_t hole) {
          detail::async_send_hole(*core, hole, std::forward<decltype(handler)>(handler));
        },
        token, length);
  }

  /// Waits until the stream is readable, writable, has failed or was hung up, whichever asked for is first.
  /**
   * Completion signature: `void(error_code, stream_events)`: which of the events asked for there are. End of
   * the stream, a failure and the loss of the connection also count as readable and writable.
   *
   * Per-operation cancellation: `terminal`, `partial`, `total`.
   *
   * libvirt: `virStreamEventAddCallback`, `virStreamEventUpdateCallback`, `virStreamEventRemoveCallback`.
   */
  template <class CompletionToken = detail::default_token<Executor>>
  auto async_wait(stream_events events, CompletionToken&& token = {}) {
    return asio::async_initiate<CompletionToken, void(error_code, stream_events)>(
        [core = core_](auto&& handler, stream_events awaited) {
          detail::async_wait(*core, awaited, std::forward<decltype(handler)>(handler));
        },
        token, events);
  }

  /// Reads what is there, without waiting: `asio::error::would_block` if there is nothing.
  template <class MutableBufferSequence>
  std::size_t read_some(MutableBufferSequence const& buffers, error_code& error) {
    return detail::read_some(*core_, detail::first_buffer<asio::mutable_buffer>(buffers), error);
  }

  template <class MutableBufferSequence>
  std::size_t read_some(MutableBufferSequence const& buffers) {
    return throwing([&](error_code& error) { return read_some(buffers, error); });
  }

  /// Writes without waiting: `asio::error::would_block` when that is not possible, which for a stream that
  /// goes through a daemon is always, as `virStreamSend` blocks.
  template <class ConstBufferSequence>
  std::size_t write_some(ConstBufferSequence const& buffers, error_code& error) {
    return detail::write_some(*core_, detail::first_buffer<asio::const_buffer>(buffers), error);
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
   * Per-operation cancellation: `terminal`, `partial`: gives up waiting; the stream is `finishing` and can
   * only be aborted or closed.
   *
   * libvirt: `virStreamFinish`, on a worker thread.
   */
  template <class CompletionToken = detail::default_token<Executor>>
  auto async_finish(CompletionToken&& token = {}) {
    return asio::async_initiate<CompletionToken, void(error_code)>(
        [core = core_](auto&& handler) {
          detail::async_finish(*core, std::forward<decltype(handler)>(handler));
        },
        token);
  }

  /// Closes the stream and drops what is under way. Reads and writes that are outstanding complete with
  /// `asio::error::operation_aborted`.
  /**
   * Completion signature: `void(error_code)`.
   *
   * Per-operation cancellation: `terminal`, `partial`: gives up waiting; the stream is `aborted`.
   *
   * libvirt: `virStreamAbort`, on a worker thread.
   */
  template <class CompletionToken = detail::default_token<Executor>>
  auto async_abort(CompletionToken&& token = {}) {
    return asio::async_initiate<CompletionToken, void(error_code)>(
        [core = core_](auto&& handler) {
          detail::async_abort(*core, std::forward<decltype(handler)>(handler));
        },
        token);
  }

  /// Cancels every outstanding operation, as by `terminal` cancellation of each.
  void cancel() { detail::cancel(*core_); }

  /// Closes the stream without waiting: what is outstanding completes with
  /// `asio::error::operation_aborted`, and an open stream is aborted in the background. It can be opened anew.
  void close() noexcept { detail::close(*core_); }

  [[nodiscard]] bool is_open() const { return state() == stream_state::open; }

  [[nodiscard]] stream_state state() const { return detail::state(*core_); }

  /// libvirt's stream, null if there is none, or while the stream is set aside (see `async_open_download`).
  /// It stays this object's.
  [[nodiscard]] virStreamPtr native_handle() const { return detail::native_handle(*core_); }

  /// The whole of the last error that libvirt reported for this stream.
  [[nodiscard]] error_info last_error() const { return detail::last_error(*core_); }

 private:
  template <class>
  friend class basic_stream;

  template <class Operation>
  static std::size_t throwing(Operation operation) {
    error_code error;
    std::size_t const transferred = operation(error);
    if (error) throw system_error(error);
    return transferred;
  }

  executor_type executor_;
  std::shared_ptr<detail::stream_core> core_;
};

using stream = basic_stream<>;

}  // namespace libvirt_asio

#endif
