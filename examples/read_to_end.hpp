// Copyright (c) 2026 The libvirt-asio authors
// Distributed under the Boost Software License, Version 1.0.

#ifndef LIBVIRT_ASIO_EXAMPLES_READ_TO_END_HPP
#define LIBVIRT_ASIO_EXAMPLES_READ_TO_END_HPP

#include <libvirt-asio/error.hpp>
#include <libvirt-asio/stream.hpp>

#include <boost/asio/as_tuple.hpp>
#include <boost/asio/awaitable.hpp>
#include <boost/asio/buffer.hpp>
#include <boost/asio/read.hpp>
#include <boost/asio/use_awaitable.hpp>

#include <cstddef>
#include <limits>
#include <string>

namespace example {

/// All that a stream has to give, which is finished then. More than `max_size` is an error.
inline boost::asio::awaitable<std::string> read_to_end(libvirt_asio::stream& stream,
                                                       std::size_t max_size = std::numeric_limits<std::size_t>::max()) {
  std::string data;
  auto const [error, size] =
      co_await boost::asio::async_read(stream, boost::asio::dynamic_buffer(data, max_size), boost::asio::transfer_all(),
                                       boost::asio::as_tuple(boost::asio::use_awaitable));
  if (!error) throw libvirt_asio::system_error(boost::asio::error::message_size);
  if (error != boost::asio::error::eof) throw libvirt_asio::system_error(error);
  co_await stream.async_finish();
  co_return data;
}

}  // namespace example

#endif
