// Copyright (c) 2026 The libvirt-asio authors
// Distributed under the Boost Software License, Version 1.0.

#ifndef LIBVIRT_ASIO_EXAMPLES_STANDARD_STREAMS_HPP
#define LIBVIRT_ASIO_EXAMPLES_STANDARD_STREAMS_HPP

#include <boost/asio/any_io_executor.hpp>
#include <boost/asio/as_tuple.hpp>
#include <boost/asio/awaitable.hpp>
#include <boost/asio/posix/stream_descriptor.hpp>
#include <boost/asio/use_awaitable.hpp>
#include <boost/asio/write.hpp>
#include <boost/system/system_error.hpp>

#include <unistd.h>

#include <cstddef>

namespace example {

// Copies of the descriptors: Asio closes its own. Files are read and written at once, anything else when it is ready.

class standard_input {
 public:
  explicit standard_input(boost::asio::any_io_executor executor) : input_(executor, ::dup(STDIN_FILENO)) {}

  /// Returns 0 at the end.
  boost::asio::awaitable<std::size_t> read(boost::asio::mutable_buffer buffer) {
    auto const [error, size] =
        co_await input_.async_read_some(buffer, boost::asio::as_tuple(boost::asio::use_awaitable));
    if (error && error != boost::asio::error::eof) throw boost::system::system_error(error);
    co_return size;
  }

 private:
  boost::asio::posix::stream_descriptor input_;
};

class standard_output {
 public:
  explicit standard_output(boost::asio::any_io_executor executor) : output_(executor, ::dup(STDOUT_FILENO)) {}

  boost::asio::awaitable<void> write(boost::asio::const_buffer data) {
    co_await boost::asio::async_write(output_, data, boost::asio::use_awaitable);
  }

 private:
  boost::asio::posix::stream_descriptor output_;
};

}  // namespace example

#endif
