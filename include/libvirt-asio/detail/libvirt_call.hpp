// Copyright (c) 2026 The libvirt-asio authors
// Distributed under the Boost Software License, Version 1.0.

#ifndef LIBVIRT_ASIO_DETAIL_LIBVIRT_CALL_HPP
#define LIBVIRT_ASIO_DETAIL_LIBVIRT_CALL_HPP

#include <libvirt-asio/detail/export.hpp>
#include <libvirt-asio/detail/sigpipe_guard.hpp>

#include <optional>

namespace libvirt_asio::detail {

class handle_observer;
class timeout_observer;
struct free_function;
struct registration;

/// What a call into libvirt asks for, besides silence about its errors.
struct call_wishes {
  /// Libvirt may write to a socket, on a thread that does not block SIGPIPE anyway.
  bool no_sigpipe = false;
  /// The call is known not to block, though others like it may.
  bool cannot_block = false;
  /// The thread's last error is needed after this call, which makes libvirt forget it.
  bool keeps_last_error = false;
  /// Where to note what libvirt registers with the event loop.
  registration* registers = nullptr;
  /// Told, once, that libvirt has switched a handle off.
  handle_observer* on_handle_switched_off = nullptr;
  /// Told of the updates of a timeout, in the place of the timeout's own observer.
  timeout_observer* on_timeout_update = nullptr;
  /// Set if it is this library's event loop that is asked for a timeout, which it then does not add.
  bool* asks_for_event_loop = nullptr;
  /// If no event loop takes a timeout, libvirt is told that it was added, and what frees it is left here, to
  /// be called after this call.
  free_function* takes_refused_timeout = nullptr;
};

/// A call into libvirt that this thread makes for the library, for as long as the object lives.
/**
 * Libvirt prints nothing about errors met meanwhile. Calls may be nested; each wish is that of the innermost
 * call that has it. To begin and end one takes neither a system call nor an allocation, unless it asks for no
 * SIGPIPE.
 */
class libvirt_call {
 public:
  LIBVIRT_ASIO_EXPORT explicit libvirt_call(call_wishes wishes = {});
  LIBVIRT_ASIO_EXPORT ~libvirt_call();
  libvirt_call(libvirt_call const&) = delete;
  libvirt_call& operator=(libvirt_call const&) = delete;

  // Asked and told, from inside the call, by the functions of the library that libvirt calls.
  [[nodiscard]] static bool is_under_way() noexcept;
  [[nodiscard]] static bool is_known_not_to_block() noexcept;
  /// False if the call has been given up, and with it the handle.
  static bool handle_added(int watch, int descriptor) noexcept;
  static void handle_switched_off() noexcept;
  /// Whether it was an event loop's owner that asked: there is nothing to add.
  [[nodiscard]] static bool has_asked_for_event_loop() noexcept;
  static void timeout_added(int timer) noexcept;
  /// Whether the call takes what frees the timeout.
  static bool timeout_refused(free_function const& freed) noexcept;
  /// Whether the call has an observer, who has been told.
  static bool timeout_updated(int interval) noexcept;

 private:
  template <class Wish>
  [[nodiscard]] static libvirt_call const* innermost_with(Wish call_wishes::*wish) noexcept;

  libvirt_call* const outer_;
  // Forgets whom it has told.
  mutable call_wishes wishes_;
  std::optional<sigpipe_guard> no_sigpipe_;
};

}  // namespace libvirt_asio::detail

#endif
