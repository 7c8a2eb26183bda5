// Copyright (c) 2026 The libvirt-asio authors
// Distributed under the Boost Software License, Version 1.0.

#ifndef LIBVIRT_ASIO_ASIO_CANCELLATION_HPP
#define LIBVIRT_ASIO_ASIO_CANCELLATION_HPP

#include <boost/asio/cancellation_type.hpp>

namespace libvirt_asio::detail {

/// Whether a cancellation also ends what libvirt has begun: a total one must leave no trace.
[[nodiscard]] inline bool gives_up_started(boost::asio::cancellation_type type) {
  using boost::asio::cancellation_type;
  return (type & (cancellation_type::terminal | cancellation_type::partial)) != cancellation_type::none;
}

}  // namespace libvirt_asio::detail

#endif
