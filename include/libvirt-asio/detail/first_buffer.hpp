// Copyright (c) 2026 The libvirt-asio authors
// Distributed under the Boost Software License, Version 1.0.

#ifndef LIBVIRT_ASIO_DETAIL_FIRST_BUFFER_HPP
#define LIBVIRT_ASIO_DETAIL_FIRST_BUFFER_HPP

#include <boost/asio/buffer.hpp>

namespace libvirt_asio::detail {

namespace asio = boost::asio;

/// The first buffer of a sequence that is not empty: the one that a read or write of "some" bytes uses.
template <class Buffer, class Buffers>
[[nodiscard]] Buffer first_buffer(Buffers const& buffers) {
  auto const end = asio::buffer_sequence_end(buffers);
  for (auto position = asio::buffer_sequence_begin(buffers); position != end; ++position) {
    Buffer const buffer(*position);
    if (buffer.size() != 0) return buffer;
  }
  return {};
}

}  // namespace libvirt_asio::detail

#endif
