// Copyright (c) 2026 The libvirt-asio authors
// Distributed under the Boost Software License, Version 1.0.

#include "transfer/upload_plan.hpp"

#include <libvirt-asio/error.hpp>

#include <limits>

namespace libvirt_asio::detail {
namespace {

// In less there is nothing to gain.
constexpr std::uint64_t smallest_sparse = 65'536;

}  // namespace

upload_plan plan_upload(source_facts const& source, volume_size const& target, byte_range wanted, bool sparse) {
  upload_plan plan{.whole = wanted, .replaces_contents = target.allocation != 0};
  auto& whole = plan.whole;
  if (source.length) {
    if (whole.length > *source.length) throw system_error(client_errc::source_too_short);
    if (whole.length == 0) whole.length = *source.length;
  }
  plan.is_open_ended = !source.length && wanted.length == 0;
  plan.limit = target.raw ? target.capacity : std::numeric_limits<std::uint64_t>::max();
  if (whole.offset > plan.limit || whole.length > plan.limit - whole.offset)
    throw system_error(client_errc::volume_too_small);
  // What another format's image has behind the source belongs to the image that the source replaces.
  bool const reaches_end = target.raw ? whole.length == target.capacity : wanted.length == 0;
  bool const covers_volume = whole.offset == 0 && reaches_end;
  plan.holes = sparse && covers_volume && whole.length >= smallest_sparse && source.has_holes;
  return plan;
}

}  // namespace libvirt_asio::detail
