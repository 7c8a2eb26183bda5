// Copyright (c) 2026 The libvirt-asio authors
// Distributed under the Boost Software License, Version 1.0.

#ifndef LIBVIRT_ASIO_EXAMPLES_NUMBER_IN_HPP
#define LIBVIRT_ASIO_EXAMPLES_NUMBER_IN_HPP

#include <charconv>
#include <concepts>
#include <optional>
#include <string_view>
#include <system_error>

namespace example {

/// Nothing if the text is something else, or has something else behind the number.
template <std::integral Number>
std::optional<Number> number_in(std::string_view text) {
  Number number = 0;
  auto const* const end = text.data() + text.size();
  auto const [stopped, error] = std::from_chars(text.data(), end, number);
  if (error != std::errc() || stopped != end) return std::nullopt;
  return number;
}

}  // namespace example

#endif
