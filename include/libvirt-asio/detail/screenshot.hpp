// Copyright (c) 2026 The libvirt-asio authors
// Distributed under the Boost Software License, Version 1.0.

#ifndef LIBVIRT_ASIO_DETAIL_SCREENSHOT_HPP
#define LIBVIRT_ASIO_DETAIL_SCREENSHOT_HPP

#include <libvirt-asio/error.hpp>

#include <memory>
#include <string>
#include <utility>

namespace libvirt_asio::detail {

/// Adds the MIME type of a screenshot to what the opening of its stream completes with.
struct mime_type_adder {
  std::shared_ptr<std::string> mime_type;

  template <class Handler>
  void operator()(Handler&& handler, error_code error) {
    std::string type;
    if (!error) type.swap(*mime_type);
    mime_type.reset();
    std::move(handler)(error, std::move(type));
  }
};

}  // namespace libvirt_asio::detail

#endif
