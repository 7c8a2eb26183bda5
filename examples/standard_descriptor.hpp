// Copyright (c) 2026 The libvirt-asio authors
// Distributed under the Boost Software License, Version 1.0.

#ifndef LIBVIRT_ASIO_EXAMPLES_STANDARD_DESCRIPTOR_HPP
#define LIBVIRT_ASIO_EXAMPLES_STANDARD_DESCRIPTOR_HPP

#include <boost/asio/any_io_executor.hpp>
#include <boost/asio/as_tuple.hpp>
#include <boost/asio/awaitable.hpp>
#include <boost/asio/posix/stream_descriptor.hpp>
#include <boost/asio/use_awaitable.hpp>
#include <boost/asio/write.hpp>
#include <boost/system/system_error.hpp>

#include <fcntl.h>

#include <cstddef>

namespace example {

/// Standard input or output for Asio, without a change that outlives this object: O_NONBLOCK, which Asio
/// sets, belongs to the terminal's open file description, and so to the shell as well.
class standard_descriptor {
 public:
  standard_descriptor(boost::asio::any_io_executor executor, int number)
      : number_(number),
        flags_(::fcntl(number, F_GETFL)),
        asio_(executor, ::fcntl(number, F_DUPFD_CLOEXEC, 0)) {}

  ~standard_descriptor() { ::fcntl(number_, F_SETFL, flags_); }

  standard_descriptor(standard_descriptor const&) = delete;
  standard_descriptor& operator=(standard_descriptor const&) = delete;

  boost::asio::posix::stream_descriptor& operator*() { return asio_; }

 private:
  int number_;
  int flags_;
  boost::asio::posix::stream_descriptor asio_;
};

/// Returns 0 at the end.
inline boost::asio::awaitable<std::size_t> read_some(boost::asio::posix::stream_descriptor& input,
                                                     boost::asio::mutable_buffer buffer) {
  auto const [error, size] =
      co_await input.async_read_some(buffer, boost::asio::as_tuple(boost::asio::use_awaitable));
  if (error && error != boost::asio::error::eof) throw boost::system::system_error(error);
  co_return size;
}

inline boost::asio::awaitable<void> write(boost::asio::posix::stream_descriptor& output,
                                          boost::asio::const_buffer data) {
  co_await boost::asio::async_write(output, data, boost::asio::use_awaitable);
}

}  // namespace example

#endif
