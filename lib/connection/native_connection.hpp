// Copyright (c) 2026 The libvirt-asio authors
// Distributed under the Boost Software License, Version 1.0.

#ifndef LIBVIRT_ASIO_CONNECTION_NATIVE_CONNECTION_HPP
#define LIBVIRT_ASIO_CONNECTION_NATIVE_CONNECTION_HPP

#include "connection/receive_window.hpp"
#include "event_loop/loop_core.hpp"
#include "events/event_source.hpp"
#include "worker/bounded_queue.hpp"
#include "worker/socket_shutdown.hpp"

#include <libvirt/libvirt.h>

#include <cstddef>
#include <cstdint>
#include <functional>
#include <memory>

namespace libvirt_asio::detail {

/// What libvirt has registered with the event loop for a connection; 0 for none.
struct connection_numbers {
  int watch = 0;
  int keepalive_timer = 0;
};

/// An open `virConnectPtr`, shared by the connection, its streams and the calls on it.
/**
 * libvirt closes a connection when the last reference to it goes, and blocks in that: the last owner of this
 * object has that done on a worker thread.
 */
class native_connection {
 public:
  /// Takes over the caller's reference. `loop` and `numbers` are the socket's, if it is the library's.
  explicit native_connection(virConnectPtr connection, std::weak_ptr<event_loop_core> loop = {},
                             connection_numbers numbers = {}, std::size_t window_limit = 0);
  ~native_connection();
  native_connection(native_connection const&) = delete;
  native_connection& operator=(native_connection const&) = delete;

  [[nodiscard]] virConnectPtr get() const { return connection_; }

  /// The caller's reference stays the caller's after all, who could not be served.
  void give_back() noexcept { connection_ = nullptr; }

  /// Has libvirt tell when the connection is lost. Blocks.
  [[nodiscard]] error_code register_close_callback(virConnectCloseFunc callback, std::uintptr_t identity);

  [[nodiscard]] bool has_socket() const { return watch_ != 0; }

  /// For calls that wait for an answer. More than the daemon serves at once, by default 5, are of little use.
  [[nodiscard]] std::shared_ptr<bounded_queue> const& calls() const { return calls_; }

  /// For stream data: libvirt would queue further senders behind the one that waits for the socket.
  [[nodiscard]] std::shared_ptr<bounded_queue> const& sends() const { return sends_; }

  /// The right to send a small packet at once; nothing else is called for the connection while it lives.
  class send_claim {
   public:
    /// Empty if the call could block.
    explicit send_claim(native_connection const& connection);

    explicit operator bool() const { return claimed_; }

   private:
    bounded_queue::claim const sends_;
    bounded_queue::claim const calls_;
    bool const claimed_;
  };

  /// For reading and writing the files of transfers.
  [[nodiscard]] std::shared_ptr<bounded_queue> const& files() const { return files_; }

  /// What shuts the socket down, also when this object is gone. Never null, also without a socket.
  [[nodiscard]] std::shared_ptr<socket_shutdown> const& socket() const { return socket_; }

  /// How much it takes in for streams that nobody reads.
  [[nodiscard]] std::shared_ptr<receive_window> const& window() const { return window_; }

  /// A stream's read starts or stops waiting, for which the window may have to be relieved.
  void read_waits() const;
  void read_ends() const { window_->read_ends(); }

  /// Where its streams of events come from.
  [[nodiscard]] event_sources& events() { return events_; }

  /// Whom to tell, on a worker thread, when libvirt has closed the connection.
  void on_closed(std::function<void()> closed) { on_closed_ = std::move(closed); }
  [[nodiscard]] bool tells_when_closed() const { return static_cast<bool>(on_closed_); }

 private:
  class closing;

  [[nodiscard]] bool has_room() const;

  virConnectPtr connection_;
  std::weak_ptr<event_loop_core> const loop_;
  std::shared_ptr<bounded_queue> const calls_;
  std::shared_ptr<receive_window> const window_;
  std::shared_ptr<socket_shutdown> socket_;
  int const watch_;
  std::shared_ptr<bounded_queue> const sends_;
  std::shared_ptr<bounded_queue> const files_;
  event_sources events_;
  std::function<void()> on_closed_;
  // libvirt holds a reference to the connection while one is registered.
  virConnectCloseFunc close_callback_ = nullptr;
};

}  // namespace libvirt_asio::detail

#endif
