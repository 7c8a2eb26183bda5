// Copyright (c) 2026 The libvirt-asio authors
// Distributed under the Boost Software License, Version 1.0.

#ifndef LIBVIRT_ASIO_TRANSFER_UPLOAD_PLAN_HPP
#define LIBVIRT_ASIO_TRANSFER_UPLOAD_PLAN_HPP

#include "transfer/volume_size.hpp"

#include <libvirt-asio/open.hpp>

#include <cstdint>
#include <optional>

namespace libvirt_asio::detail {

/// What is known of a source before it is read.
struct source_facts {
  /// None if only its end tells.
  std::optional<std::uint64_t> length;
  bool has_holes = false;
};

/// What of a volume is written, and how.
struct upload_plan {
  /// A length of 0 means up to the end of the source, if that is not known.
  byte_range whole;
  bool is_open_ended = false;
  /// Where the volume ends, as far as it does.
  std::uint64_t limit = 0;
  /// Holes are sent as such.
  bool holes = false;
  /// The volume has contents that holes would leave as they are.
  bool replaces_contents = false;
};

/// Throws a `system_error` if the source is too short for what is wanted, or the volume too small.
[[nodiscard]] upload_plan plan_upload(source_facts const& source, volume_size const& target, byte_range wanted,
                                      bool sparse);

}  // namespace libvirt_asio::detail

#endif
