// Copyright (c) 2026 The libvirt-asio authors
// Distributed under the Boost Software License, Version 1.0.

#ifndef LIBVIRT_ASIO_EVENT_LOOP_DESCRIPTOR_HPP
#define LIBVIRT_ASIO_EVENT_LOOP_DESCRIPTOR_HPP

#include <boost/asio/any_io_executor.hpp>
#include <boost/asio/posix/stream_descriptor.hpp>
#include <boost/system/error_code.hpp>

#include <utility>

namespace libvirt_asio::detail {

namespace asio = boost::asio;

/// A file descriptor of libvirt's in Asio's reactor. It stays libvirt's: nothing here closes it.
class descriptor {
 public:
  using wait_type = asio::posix::descriptor_base::wait_type;

  /// Throws `system_error` if the reactor does not take it.
  descriptor(asio::any_io_executor const& executor, int number) : number_(number), watched_(executor, number) {}

  /// Takes the descriptor out of the reactor at once: libvirt closes it next, and its number is reused.
  ~descriptor() { watched_.release(); }

  descriptor(descriptor const&) = delete;
  descriptor& operator=(descriptor const&) = delete;

  template <class Handler>
  void async_wait(wait_type type, Handler handler) {
    keeping_its_mode([&] { watched_.async_wait(type, std::move(handler)); });
  }

  /// libvirt's virEventHandleType as poll() has it, and back.
  [[nodiscard]] static short poll_events(int events);
  [[nodiscard]] static int found_events(short revents);

 private:
  // The first wait makes Asio set O_NONBLOCK, which a descriptor shared with others, a terminal say, may not
  // have.
  template <class Wait>
  void keeping_its_mode(Wait wait) {
    if (mode_kept_) return wait();
    int const mode = file_mode();
    wait();
    restore_file_mode(mode);
    mode_kept_ = true;
  }

  [[nodiscard]] int file_mode() const;
  void restore_file_mode(int mode) const;

  int number_;
  bool mode_kept_ = false;
  asio::posix::stream_descriptor watched_;
};

}  // namespace libvirt_asio::detail

#endif
