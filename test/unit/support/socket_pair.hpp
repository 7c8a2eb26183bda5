// Copyright (c) 2026 The libvirt-asio authors
// Distributed under the Boost Software License, Version 1.0.

#ifndef LIBVIRT_ASIO_TEST_UNIT_SOCKET_PAIR_HPP
#define LIBVIRT_ASIO_TEST_UNIT_SOCKET_PAIR_HPP

#include <sys/ioctl.h>
#include <sys/socket.h>
#include <unistd.h>

#include <array>
#include <cstddef>
#include <string>
#include <utility>

namespace unit {

/// Two connected descriptors: one to be watched, and its peer.
class socket_pair {
 public:
  socket_pair() : ends_() { static_cast<void>(::socketpair(AF_UNIX, SOCK_STREAM, 0, ends_.data())); }
  ~socket_pair() {
    close();
    close_peer();
  }
  socket_pair(socket_pair const&) = delete;
  socket_pair& operator=(socket_pair const&) = delete;

  [[nodiscard]] int fd() const { return ends_[0]; }
  [[nodiscard]] int peer() const { return ends_[1]; }

  /// Makes the descriptor readable.
  void write_from_peer(std::string const& text = "x") const {
    static_cast<void>(!::write(peer(), text.data(), text.size()));
  }

  /// Writes until the descriptor is not writable any more. Returns how much.
  [[nodiscard]] std::size_t fill() const {
    std::string const text(1'024, 'x');
    std::size_t written = 0;
    for (;;) {
      auto const more = ::send(fd(), text.data(), text.size(), MSG_DONTWAIT);
      if (more < 0) return written;
      written += static_cast<std::size_t>(more);
    }
  }

  /// Has the peer take in what was written.
  void take_at_peer(std::size_t size) const {
    std::string text(size, ' ');
    static_cast<void>(!::recv(peer(), text.data(), size, MSG_WAITALL));
  }

  /// Takes in all that is there.
  void read_all() const {
    int size = 0;
    ::ioctl(fd(), FIONREAD, &size);
    std::string text(static_cast<std::size_t>(size), ' ');
    static_cast<void>(!::read(fd(), text.data(), text.size()));
  }

  void close() { close_end(0); }
  void close_peer() { close_end(1); }

 private:
  void close_end(std::size_t end) {
    if (ends_[end] >= 0) ::close(std::exchange(ends_[end], -1));
  }

  std::array<int, 2> ends_;
};

}  // namespace unit

#endif
