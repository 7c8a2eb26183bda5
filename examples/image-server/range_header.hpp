// Copyright (c) 2026 The libvirt-asio authors
// Distributed under the Boost Software License, Version 1.0.

#ifndef LIBVIRT_ASIO_EXAMPLES_IMAGE_SERVER_RANGE_HEADER_HPP
#define LIBVIRT_ASIO_EXAMPLES_IMAGE_SERVER_RANGE_HEADER_HPP

#include "../number_in.hpp"

#include <libvirt-asio/open.hpp>

#include <algorithm>
#include <cstdint>
#include <string_view>

namespace image_server {

/// What of an image a client wants.
struct wanted_part {
  enum class kind { whole, range, none_such };

  kind what = kind::whole;
  libvirt_asio::byte_range part;
};

/// Understands the `Range` header of RFC 9110 for an image of so many bytes. As the RFC lets a server do, anything else
/// than one range of bytes is answered with the whole.
inline wanted_part read_range_header(std::string_view header, std::uint64_t size) {
  using enum wanted_part::kind;
  wanted_part const all{whole, {0, size}};
  constexpr std::string_view unit = "bytes=";
  if (!header.starts_with(unit)) return all;
  header.remove_prefix(unit.size());
  auto const dash = header.find('-');
  if (dash == header.npos) return all;
  auto const first = example::number_in<std::uint64_t>(header.substr(0, dash));
  auto const last = example::number_in<std::uint64_t>(header.substr(dash + 1));
  bool const has_first = dash != 0, has_last = dash + 1 != header.size();
  if (has_first != first.has_value() || has_last != last.has_value() || (!first && !last)) return all;
  if (last && first && *last < *first) return all;
  if (size == 0 || (first ? *first >= size : *last == 0)) return {none_such, {}};
  // Without a first one they are the last so many.
  auto const begin = first ? *first : size - std::min(*last, size);
  auto const end = first && last ? std::min(*last, size - 1) + 1 : size;
  return {range, {begin, end - begin}};
}

}  // namespace image_server

#endif
