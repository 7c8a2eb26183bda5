// Copyright (c) 2026 The libvirt-asio authors
// Distributed under the Boost Software License, Version 1.0.

#ifndef LIBVIRT_ASIO_LIBVIRT_ERROR_WORDS_HPP
#define LIBVIRT_ASIO_LIBVIRT_ERROR_WORDS_HPP

#include <libvirt-asio/error.hpp>

#include <string>

namespace libvirt_asio::detail {

/// The category of libvirt's errors: of all of them, or of those with the same words.
/**
 * An `error_code` is copied freely and owns nothing. To carry words nevertheless it points to a category that
 * knows them; all these categories are one to those who compare them.
 */
class libvirt_error_category : public error_category {
 public:
  constexpr libvirt_error_category() noexcept : error_category(0x9d1ef0c3a8b14e57ULL) {}
  char const* name() const noexcept override { return "libvirt"; }
  std::string message(int value) const override;
};

/// An error with its words, which are kept until those of so many different errors have come after it.
[[nodiscard]] error_code worded_error(int value, std::string const& words);

}  // namespace libvirt_asio::detail

#endif
