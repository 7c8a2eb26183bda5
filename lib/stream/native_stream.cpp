// Copyright (c) 2026 The libvirt-asio authors
// Distributed under the Boost Software License, Version 1.0.

#include "stream/native_stream.hpp"

#include "event_loop/blocking_check.hpp"
#include "event_loop/run_outside_callbacks.hpp"
#include "libvirt/free_function.hpp"
#include "libvirt/registration.hpp"

#include <libvirt-asio/detail/call.hpp>
#include <libvirt-asio/detail/libvirt_call.hpp>

#include <libvirt/virterror.h>

#include <sys/stat.h>

#include <array>
#include <utility>

namespace libvirt_asio::detail {
namespace {

// libvirt serves files by a thread that talks through a pipe; consoles and channels are no pipes.
bool is_pipe(int fd) {
  struct stat status {};
  return ::fstat(fd, &status) == 0 && S_ISFIFO(status.st_mode);
}

constexpr int would_block = -2;
constexpr int at_hole = -3;

// Takes out some of what libvirt has queued for a stream that is let go of. Local streams have no queue: they
// know no flags.
void discard_queued(virStreamPtr stream) {
  libvirt_call const call;
  std::array<char, 65'536> dropped;
  int const received =
      virStreamRecvFlags(stream, dropped.data(), dropped.size(), VIR_STREAM_RECV_STOP_AT_HOLE);
  if (received > 0 || received == would_block) return;
  if (received == -1 && virGetLastErrorCode() == VIR_ERR_NO_SUPPORT) return;
  long long hole = 0;
  if (received == at_hole) virStreamRecvHole(stream, &hole, 0);
  // libvirt leaves the stream's timer on, which would spin: after a hole until the next data, else for ever.
  virStreamEventUpdateCallback(stream, received == at_hole ? VIR_STREAM_EVENT_READABLE : 0);
}

void on_event(virStreamPtr stream, int events, void* identity) {
  if (!stream_event(reinterpret_cast<std::uintptr_t>(identity), stream, static_cast<stream_events>(events)))
    discard_queued(stream);
}

io_result result_of(int returned, error_info& info) {
  if (returned > 0) return {io_status::transferred, static_cast<std::uint64_t>(returned), {}};
  if (returned == 0) return {io_status::end, 0, {}};
  if (returned == would_block) return {};
  return {io_status::failed, 0, failed_call(info)};
}

}  // namespace

class native_stream::ending_task final : public task {
 public:
  ending_task(std::shared_ptr<native_stream> stream, ending kind, std::shared_ptr<end_listener> listener)
      : stream_(std::move(stream)), kind_(kind), listener_(std::move(listener)) {}

  static void submit(std::shared_ptr<ending_task> ending) {
    auto const calls = ending->stream_->connection()->calls();
    calls->submit(std::move(ending));
  }

  void remove_callback() { stream_->remove_callback(); }

  void run() noexcept override {
    if (kind_ == ending::abort && stream_->kind() == stream_kind::daemon)
      stream_->drop_data();
    else
      remove_callback();
    stream_->open_ = false;
    error_info info;
    int const ended =
        kind_ == ending::finish ? virStreamFinish(stream_->get()) : virStreamAbort(stream_->get());
    error_code const error = ended < 0 ? failed_call(info) : error_code();
    remove_callback();
    stream_.reset();
    if (listener_) listener_->ended(error, info);
  }

 private:
  std::shared_ptr<native_stream> stream_;
  ending const kind_;
  std::shared_ptr<end_listener> const listener_;
};

native_stream::native_stream(std::shared_ptr<native_connection> connection, virStreamPtr stream)
    : connection_(std::move(connection)),
      stream_(stream),
      backlog_(std::make_shared<stream_backlog>(connection_->window())) {}

native_stream::~native_stream() {
  backlog_->leave_window();
  if (open_) {
    auto heir = std::make_shared<native_stream>(std::move(connection_), std::exchange(stream_, nullptr));
    heir->kind_ = kind_;
    heir->open_ = true;
    heir->has_callback_ = has_callback_;
    heir->watch_ = watch_;
    end(std::move(heir), ending::abort, nullptr);
  } else if (stream_ != nullptr) {
    virStreamFree(stream_);
  }
}

void native_stream::give_back() noexcept {
  remove_callback();
  open_ = false;
  stream_ = nullptr;
}

error_code native_stream::add_callback(std::uintptr_t identity, error_info& info) {
  open_ = true;
  auto const loop = current_event_loop();
  if (!loop) return client_errc::no_event_loop;
  registration registered;
  // libvirt never frees a stream to which it could not add a callback: where the loop has ended, it is added in vain.
  free_function refused;
  libvirt_call const call({.registers = &registered, .takes_refused_timeout = &refused});
  // libvirt calls no free function for the callback of a daemon's stream, so it gets nothing to be freed.
  if (virStreamEventAddCallback(stream_, 0, &on_event, reinterpret_cast<void*>(identity), nullptr) < 0)
    return failed_call(info);
  has_callback_ = true;
  refused();
  if (refused.function != nullptr) return client_errc::no_event_loop;
  loop->observe_timeout(registered.timer, backlog_);
  watch_ = registered.watch;
  if (watch_ != 0) kind_ = is_pipe(registered.descriptor) ? stream_kind::file : stream_kind::descriptor;
  return {};
}

void native_stream::update_events(stream_events events) {
  stream_backlog::own_call const own(*backlog_);
  backlog_->tells_of_data((events & stream_events::readable) != stream_events::none);
  virStreamEventUpdateCallback(stream_, static_cast<int>(events));
}

// Until the abort is answered libvirt would keep what it has queued, and queue what still comes, for all the
// streams that are aborted at the same time.
void native_stream::drop_data() {
  backlog_->leave_window();
  if (has_callback_) update_events(stream_events::readable);
}

void native_stream::remove_callback() {
  libvirt_call const call;
  if (!std::exchange(has_callback_, false) || virStreamEventRemoveCallback(stream_) == 0) return;
  // When libvirt aborts a local stream by itself it forgets the watch: nobody else would remove it.
  if (watch_ != 0) virEventRemoveHandle(watch_);
}

io_result native_stream::receive(asio::mutable_buffer buffer, error_info& info) {
  if (kind_ == stream_kind::file) expect_may_block("virStreamRecv");
  stream_backlog::own_call own(*backlog_, true);
  int const received = virStreamRecv(stream_, static_cast<char*>(buffer.data()), buffer.size());
  return account_for(result_of(received, info), buffer.size(), own);
}

// A read that got all it asked for may have stopped within a hole: of the rest of it libvirt tells nothing.
io_result native_stream::account_for(io_result result, std::size_t size, stream_backlog::own_call const& own) const {
  if (result.status == io_status::would_block || result.status == io_status::end)
    backlog_->found_empty();
  else if (!own.emptied())
    backlog_->consumed(static_cast<std::size_t>(result.bytes));
  result.emptied = own.emptied() && result.bytes < size;
  return result;
}

io_result native_stream::receive_section(asio::mutable_buffer buffer, error_info& info) {
  // libvirt's local streams know no flags, and no holes.
  if (kind_ != stream_kind::daemon) return receive(buffer, info);
  stream_backlog::own_call own(*backlog_, true);
  int const received = virStreamRecvFlags(stream_, static_cast<char*>(buffer.data()), buffer.size(),
                                          VIR_STREAM_RECV_STOP_AT_HOLE);
  if (received == at_hole) return receive_hole(info);
  return account_for(result_of(received, info), buffer.size(), own);
}

io_result native_stream::receive_hole(error_info& info) {
  long long length = 0;
  if (virStreamRecvHole(stream_, &length, 0) < 0) return {io_status::failed, 0, failed_call(info)};
  backlog_->consumed(receive_window::volume_packet);
  return {io_status::transferred, static_cast<std::uint64_t>(length), {}, true};
}

io_result native_stream::send(asio::const_buffer buffer, error_info& info) {
  expect_may_block("virStreamSend");
  return send_data(buffer, info);
}

io_result native_stream::send_at_once(asio::const_buffer buffer, error_info& info) {
  // Worker threads block every signal, others do not.
  libvirt_call const call({.no_sigpipe = true, .cannot_block = true});
  return send_data(buffer, info);
}

io_result native_stream::send_data(asio::const_buffer buffer, error_info& info) {
  libvirt_call const call;
  return result_of(virStreamSend(stream_, static_cast<char const*>(buffer.data()), buffer.size()), info);
}

io_result native_stream::send_hole(std::uint64_t length, error_info& info) {
  expect_may_block("virStreamSendHole");
  libvirt_call const call;
  if (virStreamSendHole(stream_, static_cast<long long>(length), 0) < 0)
    return {io_status::failed, 0, failed_call(info)};
  return {io_status::transferred, length, {}};
}

void native_stream::end(std::shared_ptr<native_stream> stream, ending kind,
                        std::shared_ptr<end_listener> listener) {
  bool const local = stream->kind_ != stream_kind::daemon;
  auto task = std::make_shared<ending_task>(std::move(stream), kind, std::move(listener));
  if (!local) return ending_task::submit(std::move(task));
  // A local stream frees what its event callback works on: no callback may be under way when it is removed.
  run_outside_callbacks([task] {
    task->remove_callback();
    ending_task::submit(task);
  });
}

}  // namespace libvirt_asio::detail
