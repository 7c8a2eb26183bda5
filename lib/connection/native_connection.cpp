// Copyright (c) 2026 The libvirt-asio authors
// Distributed under the Boost Software License, Version 1.0.

#include "connection/native_connection.hpp"

#include "worker/worker_threads.hpp"

#include <libvirt-asio/detail/call.hpp>

#include <utility>

namespace libvirt_asio::detail {

namespace {
constexpr std::size_t calls_at_once = 16;
constexpr std::size_t sends_at_once = 1;
constexpr std::size_t files_at_once = 4;

// Null if the library knows no socket of the connection.
std::shared_ptr<socket_shutdown> attach(event_loop_core* loop, connection_numbers numbers,
                                        std::shared_ptr<receive_window> window) {
  if (loop == nullptr || numbers.watch == 0) return nullptr;
  return loop->attach(numbers.watch, numbers.keepalive_timer, std::move(window));
}
}  // namespace

class native_connection::closing final : public task {
 public:
  closing(virConnectPtr connection, virConnectCloseFunc close_callback,
          std::shared_ptr<socket_shutdown> socket, std::function<void()> on_closed)
      : connection_(connection),
        close_callback_(close_callback),
        socket_(std::move(socket)),
        on_closed_(std::move(on_closed)) {}

  void run() noexcept override {
    if (close_callback_ != nullptr) virConnectUnregisterCloseCallback(connection_, close_callback_);
    int const references_left = virConnectClose(connection_);
    // Whoever has the last one, a handle of the user's say, must not block in letting it go.
    if (references_left > 0) socket_->now();
    socket_->closed();
    if (on_closed_) on_closed_();
  }

 private:
  virConnectPtr const connection_;
  virConnectCloseFunc const close_callback_;
  std::shared_ptr<socket_shutdown> const socket_;
  std::function<void()> const on_closed_;
};

native_connection::native_connection(virConnectPtr connection, std::weak_ptr<event_loop_core> loop,
                                     connection_numbers numbers, std::size_t window_limit)
    : connection_(connection),
      loop_(std::move(loop)),
      calls_(std::make_shared<bounded_queue>(calls_at_once)),
      window_(std::make_shared<receive_window>(window_limit, calls_)),
      socket_(attach(loop_.lock().get(), numbers, window_)),
      watch_(socket_ ? numbers.watch : 0),
      sends_(std::make_shared<bounded_queue>(sends_at_once)),
      files_(std::make_shared<bounded_queue>(files_at_once)) {
  if (!socket_) socket_ = std::make_shared<socket_shutdown>(-1);
}

native_connection::~native_connection() {
  if (connection_ == nullptr) return;
  if (auto const loop = loop_.lock()) loop->connection_closes(watch_);
  worker_threads::instance().run(
      std::make_shared<closing>(connection_, close_callback_, socket_, std::move(on_closed_)));
}

error_code native_connection::register_close_callback(virConnectCloseFunc callback, std::uintptr_t identity) {
  auto* const opaque = reinterpret_cast<void*>(identity);
  error_info ignored;
  if (virConnectRegisterCloseCallback(connection_, callback, opaque, nullptr) < 0)
    return failed_call(ignored);
  close_callback_ = callback;
  return {};
}

native_connection::send_claim::send_claim(native_connection const& connection)
    : sends_(*connection.sends_),
      calls_(*connection.calls_),
      claimed_(sends_ && calls_ && connection.has_room()) {}

bool native_connection::has_room() const {
  auto const loop = loop_.lock();
  return loop && loop->has_room(watch_);
}

void native_connection::read_waits() const {
  window_->read_waits();
  auto const loop = loop_.lock();
  if (loop && watch_ != 0) loop->admission_opened(watch_);
  window_->relieve_later();
}

}  // namespace libvirt_asio::detail
