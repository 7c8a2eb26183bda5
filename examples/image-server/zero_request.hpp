// Copyright (c) 2026 The libvirt-asio authors
// Distributed under the Boost Software License, Version 1.0.

#ifndef LIBVIRT_ASIO_EXAMPLES_IMAGE_SERVER_ZERO_REQUEST_HPP
#define LIBVIRT_ASIO_EXAMPLES_IMAGE_SERVER_ZERO_REQUEST_HPP

#include <libvirt-asio/open.hpp>

#include <boost/json.hpp>

#include <cstdint>
#include <stdexcept>
#include <string>

namespace image_server {

/// Understands the body of a PATCH: `{"op": "zero", "offset": N, "size": N}`, as ovirt-imageio's. Throws if it is
/// something else.
inline libvirt_asio::byte_range read_zero_request(std::string const& body) {
  auto const wanted = boost::json::parse(body).as_object();
  if (wanted.at("op").as_string() != "zero") throw std::runtime_error("the only operation is \"zero\"");
  auto const number = [&](char const* name) { return wanted.at(name).to_number<std::uint64_t>(); };
  if (number("size") == 0) throw std::runtime_error("there is nothing to do");
  return {number("offset"), number("size")};
}

}  // namespace image_server

#endif
