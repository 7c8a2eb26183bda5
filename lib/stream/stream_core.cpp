// Copyright (c) 2026 The libvirt-asio authors
// Distributed under the Boost Software License, Version 1.0.

#include "stream/stream_core.hpp"

#include "asio/cancellation.hpp"
#include "libvirt/update_observers.hpp"
#include "libvirt/callback_registry.hpp"

#include <boost/asio/error.hpp>

#include <optional>
#include <utility>
#include <vector>

namespace libvirt_asio::detail {
namespace {

// Each write wakes up a worker thread and the writer: several packets make that cheap.
constexpr std::size_t largest_write = 1'048'576;

// A sixth of that: such a packet fits whole into the 208 KiB that a UNIX socket takes by default, so that
// sender and daemon work at the same time. One of 262,120 bytes, VIR_NET_MESSAGE_LEGACY_PAYLOAD_MAX, makes
// them take turns, and uploads a third slower.
constexpr std::size_t packet_size = largest_write / 6 + 1;

}  // namespace

bool stream_event(std::uintptr_t identity, virStreamPtr stream, stream_events events) {
  auto const core = identity_registry<stream_core>::instance().find(identity);
  return core && core->event(stream, events);
}

stream_core::stream_core(asio::any_io_executor executor, std::shared_ptr<connection_core> connection)
    : executor_(std::move(executor)), connection_(std::move(connection)) {}

stream_core::~stream_core() {
  identity_registry<stream_core>::instance().remove(identity_);
  connection_->remove_stream(this);
}

void stream_core::enlist() {
  identity_ = identity_registry<stream_core>::instance().add(weak_from_this());
  connection_->add_stream(shared_from_this());
  join_context(executor_, shared_from_this());
}

// --- Opening -----------------------------------------------------------------------------------------------

class stream_core::open_task final : public task {
 public:
  open_task(std::weak_ptr<stream_core> core, std::uintptr_t identity,
            std::shared_ptr<native_connection> connection, std::shared_ptr<stream_opener> opener)
      : core_(std::move(core)),
        identity_(identity),
        connection_(std::move(connection)),
        opener_(std::move(opener)) {}

  /// Opens another stream for what is left of one.
  open_task(std::weak_ptr<stream_core> core, std::uintptr_t identity,
            std::shared_ptr<native_connection> connection, std::shared_ptr<stream_opener> opener,
            stream_part part)
      : open_task(std::move(core), identity, std::move(connection), std::move(opener)) {
    part_ = part;
  }

  void run() noexcept override {
    error_info info;
    error_code error;
    auto native = open(error, info);
    if (!opener_->can_continue()) opener_.reset();
    auto const core = core_.lock();
    if (core && part_)
      core->reopened(std::move(native), error, info);
    else if (core)
      core->opened(std::move(native), error, info, std::move(opener_));
    // While a call waits for its answer libvirt takes in whatever comes before that.
    connection_->relieve_window();
  }

 private:
  std::shared_ptr<native_stream> open(error_code& error, error_info& info) const {
    virStreamPtr const stream = virStreamNew(connection_->get(), VIR_STREAM_NONBLOCK);
    if (stream == nullptr) {
      error = failed_call(info);
      return nullptr;
    }
    auto native = std::make_shared<native_stream>(connection_, stream);
    error = part_ ? opener_->open_part(stream, *part_, info) : opener_->open(stream, info);
    if (!error) error = native->add_callback(identity_, info);
    return error ? nullptr : native;
  }

  std::weak_ptr<stream_core> const core_;
  std::uintptr_t const identity_;
  std::shared_ptr<native_connection> const connection_;
  std::shared_ptr<stream_opener> opener_;
  std::optional<stream_part> part_;
};

void stream_core::open(std::unique_ptr<stream_opener> opener, plain_handler handler) {
  auto const connection = connection_->native();
  lock_type lock(mutex_);
  error_code error = machine_.start_open();
  if (!error && !connection) {
    machine_.open_failed();
    error = client_errc::not_open;
  }
  if (error) return completion<error_code>(std::move(handler), executor_).post(error);
  assign(handler, &stream_core::open_operation_, [this](lock_type&, asio::cancellation_type type) {
    if (!gives_up_started(type) || machine_.state() != stream_state::opening) return;
    closed_ = true;
    std::move(open_done_).post(asio::error::operation_aborted);
    static_cast<void>(machine_.close());
  });
  open_done_ = completion<error_code>(std::move(handler), executor_);
  lock.unlock();
  connection->calls()->submit(
      std::make_shared<open_task>(weak_from_this(), identity_, connection, std::move(opener)));
}

void stream_core::opened(std::shared_ptr<native_stream> native, error_code error, error_info const& info,
                         std::shared_ptr<stream_opener> opener) {
  lock_type lock(mutex_);
  note(info);
  // Closed meanwhile: letting go of the native stream aborts it.
  if (machine_.state() != stream_state::opening) return;
  if (error) {
    machine_.open_failed();
  } else {
    machine_.opened(native->kind());
    native_ = std::move(native);
    if (opener) continue_with(std::move(opener));
  }
  if (open_done_) std::move(open_done_).post(error);
}

void stream_core::adopt(virStreamPtr stream) {
  auto const connection = connection_->native();
  if (!connection) throw system_error(client_errc::not_open);
  auto native = std::make_shared<native_stream>(connection, stream);
  if (auto const error = native->add_callback(identity_, last_error_)) throw system_error(error);
  static_cast<void>(machine_.start_open());
  machine_.opened(native->kind());
  native_ = std::move(native);
}

// --- Operations --------------------------------------------------------------------------------------------

template <class Handler, class Cancel>
void stream_core::assign(Handler& handler, std::uint64_t stream_core::*operation, Cancel cancel) {
  auto const current = ++(this->*operation);
  assign_cancellation(handler,
                      [weak = weak_from_this(), operation, current, cancel](asio::cancellation_type type) {
                        auto const self = weak.lock();
                        if (!self) return;
                        lock_type lock(self->mutex_);
                        if (self.get()->*operation == current) cancel(lock, type);
                      });
}

template <class Handler>
void stream_core::assign_read(Handler& handler) {
  assign(handler, &stream_core::read_operation_,
         [this](lock_type& held, asio::cancellation_type) { carry_out(held, machine_.cancel_read()); });
}

template <class Handler>
void stream_core::assign_write(Handler& handler) {
  assign(handler, &stream_core::write_operation_, [this](lock_type& held, asio::cancellation_type type) {
    carry_out(held, machine_.cancel_write(gives_up_started(type)));
  });
}

void stream_core::read(asio::mutable_buffer buffer, transfer_handler handler) {
  lock_type lock(mutex_);
  auto to_do = machine_.start_read(buffer.size());
  if (!to_do.complete_read) assign_read(handler);
  completion<error_code, std::size_t> done(std::move(handler), executor_);
  if (to_do.complete_read) return std::move(done).post(to_do.complete_read->error, 0);
  read_done_.swap(done);
  read_buffer_ = buffer;
  carry_out(lock, std::move(to_do));
}

void stream_core::receive_section(asio::mutable_buffer buffer, section_handler handler) {
  lock_type lock(mutex_);
  auto to_do = machine_.start_read(buffer.size());
  if (!to_do.complete_read) assign_read(handler);
  completion<error_code, section> done(std::move(handler), executor_);
  if (to_do.complete_read) return std::move(done).post(to_do.complete_read->error, section{});
  section_done_.swap(done);
  read_buffer_ = buffer;
  carry_out(lock, std::move(to_do));
}

void stream_core::write(asio::const_buffer buffer, transfer_handler handler) {
  buffer = asio::buffer(buffer, largest_write);
  lock_type lock(mutex_);
  auto to_do = machine_.start_write(buffer.size(), packet_size);
  if (!to_do.complete_write) assign_write(handler);
  completion<error_code, std::size_t> done(std::move(handler), executor_);
  if (to_do.complete_write) return std::move(done).post(to_do.complete_write->error, 0);
  write_done_.swap(done);
  write_buffer_ = buffer;
  hole_length_ = 0;
  carry_out(lock, std::move(to_do));
}

void stream_core::send_hole(std::uint64_t length, plain_handler handler) {
  lock_type lock(mutex_);
  auto to_do = machine_.start_write(length);
  if (!to_do.complete_write) assign_write(handler);
  completion<error_code> done(std::move(handler), executor_);
  if (to_do.complete_write) return std::move(done).post(to_do.complete_write->error);
  hole_done_.swap(done);
  write_buffer_ = {};
  hole_length_ = length;
  carry_out(lock, std::move(to_do));
}

void stream_core::wait(stream_events events, events_handler handler) {
  lock_type lock(mutex_);
  auto to_do = machine_.start_wait(events);
  if (to_do.complete_wait)
    return completion<error_code, stream_events>(std::move(handler), executor_)
        .post(to_do.complete_wait->error, to_do.complete_wait->events);
  assign(handler, &stream_core::wait_operation_,
         [this](lock_type& held, asio::cancellation_type) { carry_out(held, machine_.cancel_wait()); });
  wait_done_ = completion<error_code, stream_events>(std::move(handler), executor_);
  carry_out(lock, std::move(to_do));
}

void stream_core::finish(plain_handler handler) {
  lock_type lock(mutex_);
  end(lock, machine_.start_finish(), std::move(handler));
}

void stream_core::abort(plain_handler handler) {
  lock_type lock(mutex_);
  end(lock, machine_.start_abort(), std::move(handler));
}

void stream_core::end(lock_type& lock, actions to_do, plain_handler handler) {
  if (to_do.complete_end)
    return completion<error_code>(std::move(handler), executor_).post(*to_do.complete_end);
  assign(handler, &stream_core::end_operation_, [this](lock_type& held, asio::cancellation_type type) {
    if (gives_up_started(type)) carry_out(held, machine_.cancel_end());
  });
  end_done_ = completion<error_code>(std::move(handler), executor_);
  carry_out(lock, std::move(to_do));
}

std::size_t stream_core::read_some(asio::mutable_buffer buffer, error_code& error) {
  lock_type lock(mutex_);
  error = machine_.start_immediate_read(buffer.size());
  if (error || buffer.size() == 0) return 0;
  auto const native = native_;
  auto const result = followed(receive_unlocked(lock, *native, buffer));
  carry_out(lock, machine_.immediate_read_done(result));
  return result_of(result, error);
}

std::size_t stream_core::write_some(asio::const_buffer buffer, error_code& error) {
  lock_type lock(mutex_);
  error = machine_.start_immediate_write(buffer.size());
  if (error || buffer.size() == 0) return 0;
  auto const native = native_;
  auto const result = send_at_once(lock, *native, buffer);
  carry_out(lock, machine_.immediate_write_done(result));
  return result_of(result, error);
}

std::size_t stream_core::result_of(io_result const& result, error_code& error) {
  error = result.error;
  if (result.what == io_result::status::end) error = asio::error::eof;
  if (result.what == io_result::status::would_block) error = asio::error::would_block;
  return static_cast<std::size_t>(result.bytes);
}

void stream_core::cancel() {
  lock_type lock(mutex_);
  carry_out(lock, machine_.cancel_read());
  carry_out(lock, machine_.cancel_write(true));
  carry_out(lock, machine_.cancel_wait());
  carry_out(lock, machine_.cancel_end());
}

void stream_core::close() noexcept {
  std::shared_ptr<native_stream> let_go;
  std::shared_ptr<stream_opener> opener;
  lock_type lock(mutex_);
  if (std::exchange(closed_, true)) return;
  if (open_done_) std::move(open_done_).post(asio::error::operation_aborted);
  carry_out(lock, machine_.close());
  let_go.swap(native_);
  opener.swap(opener_);
  lock.unlock();
}

void stream_core::context_destroyed() noexcept {
  completion<error_code> open_done, end_done, hole_done;
  completion<error_code, std::size_t> read_done, write_done;
  completion<error_code, section> section_done;
  completion<error_code, stream_events> wait_done;
  std::shared_ptr<native_stream> let_go;
  std::shared_ptr<stream_opener> opener;
  lock_type lock(mutex_);
  closed_ = true;
  open_done.swap(open_done_);
  read_done.swap(read_done_);
  write_done.swap(write_done_);
  section_done.swap(section_done_);
  hole_done.swap(hole_done_);
  wait_done.swap(wait_done_);
  end_done.swap(end_done_);
  carry_out(lock, machine_.close());
  let_go.swap(native_);
  opener.swap(opener_);
  // The buffer goes with the handler: a worker thread must be done with it.
  if (let_go && worker_uses_buffer_) let_go->connection()->shut_down();
  buffer_released_.wait(lock, [this] { return !worker_uses_buffer_; });
  lock.unlock();
  for (auto posting = posting_.load(); posting != 0; posting = posting_.load()) posting_.wait(posting);
}

stream_state stream_core::state() const {
  lock_type lock(mutex_);
  return machine_.state();
}

bool stream_core::is_spent() const {
  lock_type lock(mutex_);
  auto const state = machine_.state();
  return closed_ || state == stream_state::finished || state == stream_state::aborted ||
         state == stream_state::failed;
}

std::shared_ptr<stream_core> stream_core::successor() const {
  return make_stream(executor_, connection_);
}

virStreamPtr stream_core::native_handle() const {
  lock_type lock(mutex_);
  return native_ ? native_->get() : nullptr;
}

error_info stream_core::last_error() const {
  lock_type lock(mutex_);
  return last_error_;
}

bool stream_core::event(virStreamPtr stream, stream_events events) {
  lock_type lock(mutex_);
  if (!native_ || native_->get() != stream || machine_.state() == stream_state::aborted) return false;
  carry_out(lock, machine_.event(events));
  return true;
}

void stream_core::connection_lost() {
  lock_type lock(mutex_);
  carry_out(lock, machine_.connection_lost());
}

// --- Carrying out ------------------------------------------------------------------------------------------

void stream_core::carry_out(lock_type& lock, actions to_do) {
  complete(to_do);
  track_waiting_read();
  if (to_do.reopen) reopen(lock);
  auto const native = native_;
  if (!native) return;
  if (to_do.update_events) {
    lock.unlock();
    native->update_events(*to_do.update_events);
    lock.lock();
    carry_out(lock, machine_.events_updated());
  }
  if (to_do.receive) receive(lock, native);
  if (to_do.send) send(lock, native);
  if (to_do.finish) start_ending(lock, native, native_stream::how::finish);
  if (to_do.abort) start_ending(lock, native, native_stream::how::abort);
}

// Under the lock: once context_destroyed() has returned, the context may be gone.
void stream_core::complete(actions& to_do) {
  if (auto const& read = to_do.complete_read) {
    deliver(read_done_, read->error, static_cast<std::size_t>(read->bytes));
    deliver(section_done_, read->error, section{read->hole, read->bytes});
  }
  if (auto const& write = to_do.complete_write) {
    deliver(write_done_, write->error, static_cast<std::size_t>(write->bytes));
    deliver(hole_done_, write->error);
  }
  if (auto const& wait = to_do.complete_wait) deliver(wait_done_, wait->error, wait->events);
  if (to_do.complete_end) deliver(end_done_, *to_do.complete_end);
}

template <class... Args>
void stream_core::deliver(completion<Args...>& done, Args... args) {
  if (!done) return;
  auto* const loop = event_loop_core::in_round();
  if (loop != nullptr && loop->executor() == executor_)
    loop->complete_after_round(std::move(done).bind(args...));
  else
    std::move(done).post(args...);
}

void stream_core::track_waiting_read() {
  bool const waits = machine_.waits_for_data();
  if (waits == (holds_window_open_ != nullptr)) return;
  if (!waits) {
    std::exchange(holds_window_open_, nullptr)->read_ends();
  } else if (native_) {
    holds_window_open_ = native_->connection();
    holds_window_open_->read_waits();
  }
}

void stream_core::note(error_info const& info) {
  if (info.code == 0) return;
  last_error_ = info;
  connection_->note_error(info);
}

template <class Call>
io_result stream_core::call_unlocked(lock_type& lock, Call call) {
  error_info info;
  lock.unlock();
  auto const result = call(info);
  lock.lock();
  note(info);
  return result;
}

// --- Receiving ---------------------------------------------------------------------------------------------

class stream_core::receive_task final : public task {
 public:
  receive_task(std::shared_ptr<stream_core> core, std::shared_ptr<native_stream> native)
      : core_(std::move(core)), native_(std::move(native)) {}

  void run() noexcept override { core_->receive_on_worker(*native_); }

 private:
  std::shared_ptr<stream_core> const core_;
  std::shared_ptr<native_stream> const native_;
};

void stream_core::receive(lock_type& lock, std::shared_ptr<native_stream> const& native) {
  if (native->kind() == stream_kind::file)
    return native->connection()->calls()->submit(std::make_shared<receive_task>(shared_from_this(), native));
  auto const result = followed(receive_unlocked(lock, *native, read_buffer_));
  carry_out(lock, machine_.received(result));
}

void stream_core::receive_on_worker(native_stream& native) {
  lock_type lock(mutex_);
  if (!read_done_ && !section_done_) return;
  worker_uses_buffer_ = true;
  auto const result = receive_unlocked(lock, native, read_buffer_);
  release_buffer();
  carry_out(lock, machine_.received(result));
}

io_result stream_core::receive_unlocked(lock_type& lock, native_stream& native, asio::mutable_buffer buffer) {
  bool const sections = static_cast<bool>(section_done_);
  return call_unlocked(lock, [&](error_info& info) {
    return sections ? native.receive_section(buffer, info) : native.receive(buffer, info);
  });
}

// --- Setting aside -----------------------------------------------------------------------------------------

bool set_stream_aside(std::uintptr_t identity) {
  auto const core = identity_registry<stream_core>::instance().find(identity);
  return core && core->set_aside();
}

void stream_core::continue_with(std::shared_ptr<stream_opener> opener) {
  opener_ = std::move(opener);
  native_->can_be_set_aside(identity_);
}

// libvirt drops what it has queued for the stream, once it is aborted.
bool stream_core::set_aside() {
  std::shared_ptr<native_stream> let_go;
  lock_type lock(mutex_);
  if (!opener_ || !machine_.set_aside()) return false;
  let_go.swap(native_);
  is_slow_ = std::exchange(was_set_aside_, true);
  lock.unlock();
  return true;
}

// Follows how far a stream that can be set aside has been read. The end of a part is nothing to its reader.
io_result stream_core::followed(io_result const& result) {
  if (!opener_) return result;
  position_ += result.bytes;
  bool const part_ended = result.what == io_result::status::end && part_.length != 0 &&
                          position_ == part_.position + part_.length;
  if (!part_ended || opener_->ends_at(position_)) return result;
  machine_.part_ended();
  native_.reset();
  return {};
}

// A stream that is set aside again and again must not be sent more than its reader takes.
void stream_core::reopen(lock_type& lock) {
  auto const connection = connection_->native();
  if (!connection) return carry_out(lock, machine_.reopened(client_errc::connection_lost));
  part_ = {position_, is_slow_ ? connection->window()->limit() / 2 : 0};
  auto task = std::make_shared<open_task>(weak_from_this(), identity_, connection, opener_, part_);
  lock.unlock();
  connection->calls()->submit(std::move(task));
  lock.lock();
}

void stream_core::reopened(std::shared_ptr<native_stream> native, error_code error, error_info const& info) {
  lock_type lock(mutex_);
  note(info);
  // Closed meanwhile: letting go of the native stream aborts it.
  if (closed_) return;
  native_ = std::move(native);
  if (native_) native_->can_be_set_aside(identity_);
  carry_out(lock, machine_.reopened(error));
}

// --- Sending -----------------------------------------------------------------------------------------------

class stream_core::send_task final : public task {
 public:
  send_task(std::shared_ptr<stream_core> core, std::shared_ptr<native_stream> native)
      : core_(std::move(core)), native_(std::move(native)) {}

  void run() noexcept override { core_->send_on_worker(*native_); }

 private:
  std::shared_ptr<stream_core> const core_;
  std::shared_ptr<native_stream> const native_;
};

class stream_core::copy_notice final : public handle_observer {
 public:
  explicit copy_notice(stream_core& core) : core_(core) {}
  void handle_updated() noexcept override { core_.data_copied(); }

 private:
  stream_core& core_;
  libvirt_call const call_{{.on_handle_update = this}};
};

void stream_core::send(lock_type& lock, std::shared_ptr<native_stream> const& native) {
  bool const is_hole = hole_length_ != 0;
  if (native->kind() == stream_kind::descriptor && !is_hole) return send_here(lock, *native);
  // To wake up a worker thread takes longer than to send what a console's user types.
  if (native->kind() == stream_kind::daemon && !is_hole &&
      write_buffer_.size() <= stream_machine::small_write) {
    native_connection::send_claim const claim(*native->connection());
    if (claim) return send_here(lock, *native);
  }
  auto task = std::make_shared<send_task>(shared_from_this(), native);
  // The worker thread that this wakes up takes the mutex first of all.
  lock.unlock();
  native->connection()->sends()->submit(std::move(task));
  lock.lock();
}

void stream_core::send_here(lock_type& lock, native_stream& native) {
  if (!machine_.begin_send()) return;
  carry_out(lock, machine_.sent(send_at_once(lock, native, next_packet())));
}

io_result stream_core::send_at_once(lock_type& lock, native_stream& native, asio::const_buffer buffer) {
  return call_unlocked(lock, [&](error_info& info) { return native.send_at_once(buffer, info); });
}

void stream_core::send_on_worker(native_stream& native) {
  lock_type lock(mutex_);
  // Cancelled while it waited for its turn.
  if (!machine_.begin_send()) return;
  // Behind another call libvirt would wait for the socket without a word, before it copies the data.
  if (native.kind() == stream_kind::daemon && native.connection()->calls()->busy())
    return send_copy(lock, native);
  worker_uses_buffer_ = true;
  io_result result;
  {
    copy_notice const notice(*this);
    result = send_unlocked(lock, native, next_packet());
  }
  release_buffer();
  carry_out(lock, machine_.sent(result));
}

asio::const_buffer stream_core::next_packet() const {
  return asio::buffer(write_buffer_ + static_cast<std::size_t>(machine_.written()), packet_size);
}

void stream_core::send_copy(lock_type& lock, native_stream& native) {
  auto const packet = next_packet();
  auto const* const data = static_cast<char const*>(packet.data());
  std::vector<char> const copy(data, data + packet.size());
  auto const hole = hole_length_;
  lock.unlock();
  data_copied();
  lock.lock();
  auto const result = call_unlocked(lock, [&](error_info& info) {
    return hole != 0 ? native.send_hole(hole, info) : native.send(asio::buffer(copy), info);
  });
  carry_out(lock, machine_.sent(result));
}

void stream_core::data_copied() {
  completion<error_code, std::size_t> write_done;
  completion<error_code> hole_done;
  std::optional<stream_machine::transferred> written;
  {
    lock_type lock(mutex_);
    release_buffer();
    written = machine_.data_copied().complete_write;
    if (!written) return;
    write_done.swap(write_done_);
    hole_done.swap(hole_done_);
    ++posting_;
  }
  // Not under the lock: the thread that this wakes up takes the mutex for the next write.
  if (write_done) std::move(write_done).post(written->error, static_cast<std::size_t>(written->bytes));
  if (hole_done) std::move(hole_done).post(written->error);
  --posting_;
  posting_.notify_all();
}

void stream_core::release_buffer() {
  worker_uses_buffer_ = false;
  buffer_released_.notify_all();
}

io_result stream_core::send_unlocked(lock_type& lock, native_stream& native, asio::const_buffer buffer) {
  return call_unlocked(lock, [&, hole = hole_length_](error_info& info) {
    return hole != 0 ? native.send_hole(hole, info) : native.send(buffer, info);
  });
}

// --- The end -----------------------------------------------------------------------------------------------

class stream_core::end_listener final : public native_stream::end_listener {
 public:
  explicit end_listener(std::shared_ptr<stream_core> core) : core_(std::move(core)) {}
  void ended(error_code error, error_info const& info) override { core_->ended(error, info); }

 private:
  std::shared_ptr<stream_core> const core_;
};

void stream_core::start_ending(lock_type& lock, std::shared_ptr<native_stream> const& native,
                               native_stream::how ending) {
  lock.unlock();
  native_stream::end(native, ending, std::make_shared<end_listener>(shared_from_this()));
  lock.lock();
}

void stream_core::ended(error_code error, error_info const& info) {
  std::shared_ptr<stream_opener> opener;
  lock_type lock(mutex_);
  note(info);
  carry_out(lock, machine_.ended(error));
  opener.swap(opener_);
  lock.unlock();
}

// --- What stream.hpp calls ---------------------------------------------------------------------------------

std::shared_ptr<stream_core> make_stream(asio::any_io_executor executor,
                                         std::shared_ptr<connection_core> connection) {
  auto core = std::make_shared<stream_core>(std::move(executor), std::move(connection));
  core->enlist();
  return core;
}

std::shared_ptr<stream_core> adopt_stream(asio::any_io_executor executor,
                                          std::shared_ptr<connection_core> connection, virStreamPtr stream) {
  auto core = make_stream(std::move(executor), std::move(connection));
  core->adopt(stream);
  return core;
}

std::shared_ptr<stream_core> renewed(std::shared_ptr<stream_core> core) {
  if (!core->is_spent()) return core;
  core->close();
  return core->successor();
}

void async_open(stream_core& core, std::unique_ptr<stream_opener> opener, plain_handler handler) {
  core.open(std::move(opener), std::move(handler));
}

void async_read(stream_core& core, asio::mutable_buffer buffer, transfer_handler handler) {
  core.read(buffer, std::move(handler));
}

void async_write(stream_core& core, asio::const_buffer buffer, transfer_handler handler) {
  core.write(buffer, std::move(handler));
}

void async_receive(stream_core& core, asio::mutable_buffer buffer, section_handler handler) {
  core.receive_section(buffer, std::move(handler));
}

void async_send_hole(stream_core& core, std::uint64_t length, plain_handler handler) {
  core.send_hole(length, std::move(handler));
}

void async_wait(stream_core& core, stream_events events, events_handler handler) {
  core.wait(events, std::move(handler));
}

void async_finish(stream_core& core, plain_handler handler) {
  core.finish(std::move(handler));
}

void async_abort(stream_core& core, plain_handler handler) {
  core.abort(std::move(handler));
}

std::size_t read_some(stream_core& core, asio::mutable_buffer buffer, error_code& error) {
  return core.read_some(buffer, error);
}

std::size_t write_some(stream_core& core, asio::const_buffer buffer, error_code& error) {
  return core.write_some(buffer, error);
}

void cancel(stream_core& core) {
  core.cancel();
}

void close(stream_core& core) noexcept {
  core.close();
}

stream_state state(stream_core const& core) {
  return core.state();
}

virStreamPtr native_handle(stream_core const& core) {
  return core.native_handle();
}

error_info last_error(stream_core const& core) {
  return core.last_error();
}

}  // namespace libvirt_asio::detail
