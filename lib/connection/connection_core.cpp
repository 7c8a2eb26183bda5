// Copyright (c) 2026 The libvirt-asio authors
// Distributed under the Boost Software License, Version 1.0.

#include "connection/connection_core.hpp"

#include "libvirt/last_error.hpp"
#include "asio/cancellation.hpp"
#include "libvirt/callback_registry.hpp"
#include "stream/stream_core.hpp"

#include <libvirt/virterror.h>

#include <boost/asio/error.hpp>
#include <boost/asio/post.hpp>

#include <utility>

namespace libvirt_asio::detail {
namespace {

void stay_silent(void*, virErrorPtr error) {
  record_error(error);
}

int authenticate(virConnectCredentialPtr credentials, unsigned count, void* options) {
  auto const& callback = static_cast<connect_options const*>(options)->authenticate;
  return callback({credentials, count}) ? 0 : -1;
}

void on_close(virConnectPtr, int reason, void* identity) {
  auto& registry = identity_registry<connection_core>::instance();
  if (auto const core = registry.find(reinterpret_cast<std::uintptr_t>(identity)))
    core->lost(static_cast<close_reason>(reason));
}

virConnectPtr open_native(std::string const& uri, connect_options& options) {
  virConnectAuth auth{options.credential_types.data(), static_cast<unsigned>(options.credential_types.size()),
                      &authenticate, &options};
  return virConnectOpenAuth(uri.empty() ? nullptr : uri.c_str(), options.authenticate ? &auth : nullptr,
                            options.read_only ? unsigned{VIR_CONNECT_RO} : 0U);
}

// Only connections to a daemon have keepalive: for the others the watch is not a socket of the connection's.
bool set_keepalive(virConnectPtr connection, connect_options const& options) {
  int const set = virConnectSetKeepAlive(connection, static_cast<int>(options.keepalive_interval.count()),
                                         options.keepalive_count);
  return set >= 0 || virGetLastErrorCode() != VIR_ERR_NO_SUPPORT;
}

}  // namespace

connection_core::~connection_core() {
  identity_registry<connection_core>::instance().remove(identity_);
}

void connection_core::enlist() {
  identity_ = identity_registry<connection_core>::instance().add(weak_from_this());
  join_context(executor_, shared_from_this());
}

// --- Opening -----------------------------------------------------------------------------------------------

class connection_core::open_task final : public task {
 public:
  open_task(std::weak_ptr<connection_core> core, std::uintptr_t identity, std::shared_ptr<opening> attempt)
      : core_(std::move(core)), identity_(identity), attempt_(std::move(attempt)) {}

  void run() noexcept override {
    error_info info;
    error_code callback_error;
    virConnectPtr connection = nullptr;
    {
      libvirt_call const call({.registers = &attempt_->socket});
      connection = open_native(attempt_->uri, attempt_->options);
    }
    if (connection == nullptr) {
      auto const error = failed_call(info);
      if (auto const core = core_.lock()) core->opened(*attempt_, error, info, nullptr, {});
      return;
    }
    auto native = take_over(connection);
    callback_error = native->register_close_callback(&on_close, identity_);
    if (auto const core = core_.lock()) core->opened(*attempt_, {}, info, std::move(native), callback_error);
  }

 private:
  std::shared_ptr<native_connection> take_over(virConnectPtr connection) const {
    virConnSetErrorFunc(connection, nullptr, &stay_silent);
    bool const has_socket = set_keepalive(connection, attempt_->options);
    return std::make_shared<native_connection>(connection, attempt_->loop,
                                               has_socket ? attempt_->socket.watch.load() : 0,
                                               attempt_->options.receive_window);
  }

  std::weak_ptr<connection_core> const core_;
  std::uintptr_t const identity_;
  std::shared_ptr<opening> const attempt_;
};

void connection_core::open(std::string uri, connect_options options, plain_handler handler) {
  completion<error_code> done;
  error_code error;
  {
    lock_type lock(mutex_);
    auto const attempt = std::make_shared<opening>();
    attempt->loop = current_event_loop();
    if (state_ != state::closed)
      error = client_errc::already_open;
    else if (!attempt->loop)
      error = client_errc::no_event_loop;
    if (!error)
      assign_cancellation(handler, [weak = weak_from_this(), key = attempt.get()](asio::cancellation_type) {
        if (auto const self = weak.lock()) self->cancel_open(key);
      });
    done = completion<error_code>(std::move(handler), executor_);
    if (!error) {
      attempt->uri = std::move(uri);
      attempt->options = std::move(options);
      state_ = state::opening;
      opening_ = attempt;
      open_done_.swap(done);
      lock.unlock();
      return worker_threads::instance().run(std::make_shared<open_task>(weak_from_this(), identity_, attempt));
    }
  }
  std::move(done).post(error);
}

void connection_core::opened(opening const& attempt, error_code error, error_info const& info,
                             std::shared_ptr<native_connection> native, error_code callback_error) {
  completion<error_code> done;
  {
    lock_type lock(mutex_);
    // Given up meanwhile: letting go of the connection closes it.
    if (opening_.get() != &attempt) return;
    opening_.reset();
    done.swap(open_done_);
    if (error) {
      state_ = state::closed;
      last_error_ = info;
    } else {
      state_ = state::open;
      lost_ = false;
      native_ = std::move(native);
      options_ = attempt.options;
      callback_error_ = callback_error;
    }
    // Still under the lock: the context may be destroyed as soon as it is given up.
    if (done) std::move(done).post(error);
  }
}

void connection_core::cancel_open(opening const* attempt) {
  std::shared_ptr<opening> given_up;
  completion<error_code> done;
  {
    lock_type lock(mutex_);
    if (opening_.get() != attempt) return;
    given_up.swap(opening_);
    done.swap(open_done_);
    state_ = state::closed;
  }
  given_up->cut_off();
  std::move(done).post(asio::error::operation_aborted);
}

class connection_core::adopt_task final : public task {
 public:
  adopt_task(std::weak_ptr<connection_core> core, std::uintptr_t identity,
             std::shared_ptr<native_connection> native)
      : core_(std::move(core)), identity_(identity), native_(std::move(native)) {}

  void run() noexcept override {
    auto const error = native_->register_close_callback(&on_close, identity_);
    if (auto const core = core_.lock()) core->callback_registered(error);
  }

 private:
  std::weak_ptr<connection_core> const core_;
  std::uintptr_t const identity_;
  std::shared_ptr<native_connection> const native_;
};

void connection_core::adopt(virConnectPtr connection) {
  state_ = state::open;
  native_ = std::make_shared<native_connection>(connection);
  native_->calls()->submit(std::make_shared<adopt_task>(weak_from_this(), identity_, native_));
}

void connection_core::callback_registered(error_code error) {
  lock_type lock(mutex_);
  callback_error_ = error;
  if (error && closed_waiter_) std::move(closed_waiter_).post(error, close_reason::error);
}

// --- Calls -------------------------------------------------------------------------------------------------

class connection_core::call_task final : public task {
 public:
  call_task(std::weak_ptr<connection_core> core, std::shared_ptr<native_connection> native,
            std::shared_ptr<pending_call> call)
      : core_(std::move(core)), native_(std::move(native)), call_(std::move(call)) {}

  void run() noexcept override {
    auto const info = call_->run(native_->get());
    auto const core = core_.lock();
    if (core) core->note_error(info);
    call_->complete();
    // Not before: until it has completed the context must not be destroyed without waiting for it.
    if (core) core->call_ended(call_.get());
  }

 private:
  std::weak_ptr<connection_core> const core_;
  std::shared_ptr<native_connection> const native_;
  std::shared_ptr<pending_call> const call_;
};

void connection_core::start_call(waits_for what, std::shared_ptr<pending_call> call,
                                 asio::cancellation_slot slot) {
  std::shared_ptr<native_connection> native;
  {
    lock_type lock(mutex_);
    if (state_ == state::open) {
      native = native_;
      calls_.emplace(call.get(), call);
    }
  }
  if (!native) return call->give_up(client_errc::not_open);
  auto work = std::make_shared<call_task>(weak_from_this(), native, call);
  auto const queue = what == waits_for::files ? native->files() : native->calls();
  if (slot.is_connected())
    slot.assign(
        [weak = weak_from_this(), queue, call = call.get(), work = work.get()](asio::cancellation_type type) {
          if (auto const self = weak.lock()) self->cancel_call(call, *queue, work, gives_up_started(type));
        });
  queue->submit(std::move(work));
}

void connection_core::cancel_call(pending_call* call, lane& queue, task const* work, bool started_too) {
  std::shared_ptr<pending_call> cancelled;
  {
    lock_type lock(mutex_);
    auto const found = calls_.find(call);
    if (found == calls_.end()) return;
    cancelled = found->second;
  }
  if (!queue.withdraw(work) && !started_too) return;
  call_ended(call);
  cancelled->give_up(asio::error::operation_aborted);
}

void connection_core::call_ended(pending_call* call) {
  lock_type lock(mutex_);
  calls_.erase(call);
}

// --- Losing and closing ------------------------------------------------------------------------------------

void connection_core::wait_closed(closed_handler handler) {
  error_code error;
  completion<error_code, close_reason> done;
  close_reason reason{};
  {
    lock_type lock(mutex_);
    if (closed_waiter_)
      error = client_errc::operation_in_progress;
    else if (state_ != state::open)
      error = client_errc::not_open;
    else
      error = callback_error_;
    bool const waits = !error && !lost_;
    if (waits)
      assign_cancellation(handler, [weak = weak_from_this()](asio::cancellation_type) {
        if (auto const self = weak.lock()) self->cancel_wait_closed();
      });
    done = completion<error_code, close_reason>(std::move(handler), executor_);
    if (waits) return closed_waiter_.swap(done);
    reason = reason_;
  }
  std::move(done).post(error, reason);
}

void connection_core::cancel_wait_closed() {
  completion<error_code, close_reason> done;
  {
    lock_type lock(mutex_);
    done.swap(closed_waiter_);
  }
  if (done) std::move(done).post(asio::error::operation_aborted, close_reason::client);
}

// libvirt holds a lock of the connection's while it calls this: the streams are told later.
void connection_core::lost(close_reason reason) {
  lock_type lock(mutex_);
  if (state_ != state::open || lost_ || !context_alive_) return;
  lost_ = true;
  reason_ = reason;
  if (closed_waiter_) std::move(closed_waiter_).post({}, reason);
  asio::post(executor_, [weak = weak_from_this()] {
    if (auto const self = weak.lock()) self->tell_streams_lost();
  });
}

void connection_core::tell_streams_lost() {
  std::unordered_map<stream_core*, std::weak_ptr<stream_core>> streams;
  {
    lock_type lock(mutex_);
    streams = streams_;
  }
  for (auto const& entry : streams)
    if (auto const stream = entry.second.lock()) stream->connection_lost();
}

connection_core::outstanding connection_core::take_outstanding() {
  outstanding taken;
  taken.open.swap(open_done_);
  taken.closers.swap(close_done_);
  taken.closed_waiter.swap(closed_waiter_);
  taken.calls.swap(calls_);
  taken.streams.swap(streams_);
  taken.attempt.swap(opening_);
  taken.native.swap(native_);
  state_ = state::closed;
  lost_ = false;
  return taken;
}

void connection_core::outstanding::abort() noexcept {
  if (attempt) attempt->cut_off();
  if (open) std::move(open).post(asio::error::operation_aborted);
  if (closed_waiter) std::move(closed_waiter).post(asio::error::operation_aborted, close_reason::client);
  for (auto& closer : closers) std::move(closer).post(asio::error::operation_aborted);
  for (auto const& entry : calls) entry.second->give_up(asio::error::operation_aborted);
  for (auto const& entry : streams)
    if (auto const stream = entry.second.lock()) stream->close();
}

void connection_core::close() noexcept {
  outstanding taken;
  std::shared_ptr<native_connection> closing;
  {
    lock_type lock(mutex_);
    taken = take_outstanding();
    closing = closing_native_.lock();
  }
  bool const blocked = taken.native && (taken.native->calls()->busy() || taken.native->sends()->busy());
  taken.abort();
  if (blocked) taken.native->shut_down();
  if (closing) closing->shut_down();
}

void connection_core::close_gracefully(plain_handler handler) {
  outstanding taken;
  completion<error_code> done;
  {
    lock_type lock(mutex_);
    if (state_ == state::open || state_ == state::closing)
      assign_cancellation(handler, [weak = weak_from_this()](asio::cancellation_type type) {
        auto const self = weak.lock();
        if (self && gives_up_started(type)) self->cancel_close();
      });
    done = completion<error_code>(std::move(handler), executor_);
    if (state_ == state::closing) return close_done_.push_back(std::move(done));
    bool const was_open = state_ == state::open;
    taken = take_outstanding();
    if (was_open) {
      state_ = state::closing;
      closing_native_ = taken.native;
      close_done_.push_back(std::move(done));
      taken.native->on_closed([weak = weak_from_this()] {
        if (auto const self = weak.lock()) self->native_closed();
      });
    }
  }
  taken.abort();
  if (done) std::move(done).post({});
}

void connection_core::native_closed() {
  lock_type lock(mutex_);
  if (state_ == state::closing) state_ = state::closed;
  for (auto& closer : close_done_) std::move(closer).post({});
  close_done_.clear();
}

void connection_core::cancel_close() {
  std::vector<completion<error_code>> closers;
  std::shared_ptr<native_connection> closing;
  {
    lock_type lock(mutex_);
    if (state_ != state::closing) return;
    state_ = state::closed;
    closers.swap(close_done_);
    closing = closing_native_.lock();
  }
  if (closing) closing->shut_down();
  for (auto& closer : closers) std::move(closer).post(asio::error::operation_aborted);
}

void connection_core::context_destroyed() noexcept {
  outstanding taken;
  std::shared_ptr<native_connection> closing;
  {
    lock_type lock(mutex_);
    context_alive_ = false;
    taken = take_outstanding();
    closing = closing_native_.lock();
  }
  if (taken.attempt) taken.attempt->cut_off();
  if (closing) closing->shut_down();
  if (taken.native) taken.native->shut_down();
  for (auto const& entry : taken.calls) entry.second->discard();
}

// --- For streams -------------------------------------------------------------------------------------------

std::shared_ptr<native_connection> connection_core::native() const {
  lock_type lock(mutex_);
  return native_;
}

connect_options connection_core::options() const {
  lock_type lock(mutex_);
  return options_;
}

bool connection_core::has_socket() const {
  auto const native = this->native();
  return native && native->has_socket();
}

error_info connection_core::last_error() const {
  lock_type lock(mutex_);
  return last_error_;
}

void connection_core::note_error(error_info const& info) {
  if (info.code == 0) return;
  lock_type lock(mutex_);
  last_error_ = info;
}

void connection_core::add_stream(std::shared_ptr<stream_core> const& stream) {
  lock_type lock(mutex_);
  streams_.emplace(stream.get(), stream);
}

void connection_core::remove_stream(stream_core* stream) {
  lock_type lock(mutex_);
  streams_.erase(stream);
}

// --- What connection.hpp calls -----------------------------------------------------------------------------

std::shared_ptr<connection_core> make_connection(asio::any_io_executor executor) {
  auto core = std::make_shared<connection_core>(executor);
  core->enlist();
  return core;
}

std::shared_ptr<connection_core> adopt_connection(asio::any_io_executor executor, virConnectPtr connection) {
  auto core = make_connection(std::move(executor));
  core->adopt(connection);
  return core;
}

void async_open(connection_core& core, std::string uri, connect_options options, plain_handler handler) {
  core.open(std::move(uri), std::move(options), std::move(handler));
}

void async_close(connection_core& core, plain_handler handler) {
  core.close_gracefully(std::move(handler));
}

void async_wait_closed(connection_core& core, closed_handler handler) {
  core.wait_closed(std::move(handler));
}

void start_call(connection_core& core, waits_for what, std::shared_ptr<pending_call> call,
                asio::cancellation_slot slot) {
  core.start_call(what, std::move(call), slot);
}

void close(connection_core& core) noexcept {
  core.close();
}

bool is_open(connection_core const& core) {
  return core.native() != nullptr;
}

virConnectPtr native_handle(connection_core const& core) {
  auto const native = core.native();
  return native ? native->get() : nullptr;
}

error_info last_error(connection_core const& core) {
  return core.last_error();
}

}  // namespace libvirt_asio::detail
