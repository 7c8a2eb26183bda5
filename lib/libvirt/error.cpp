// Copyright (c) 2026 The libvirt-asio authors
// Distributed under the Boost Software License, Version 1.0.

#include <libvirt-asio/error.hpp>

#include "libvirt/error_words.hpp"

namespace libvirt_asio {
namespace {

class client_error_category final : public error_category {
 public:
  char const* name() const noexcept override { return "libvirt-asio"; }

  std::string message(int value) const override {
    switch (static_cast<client_errc>(value)) {
      case client_errc::already_open:
        return "Already open";
      case client_errc::not_open:
        return "Not open";
      case client_errc::operation_in_progress:
        return "An operation of this kind is in progress";
      case client_errc::connection_lost:
        return "The connection to libvirt was lost";
      case client_errc::no_event_loop:
        return "No libvirt_asio::event_loop is alive";
      case client_errc::not_supported:
        return "Not supported by this stream";
      case client_errc::stream_aborted:
        return "libvirt has aborted the stream";
      case client_errc::range_beyond_volume:
        return "The range goes beyond the end of the volume";
      case client_errc::source_too_short:
        return "The source ended before all of it was read";
      case client_errc::volume_too_small:
        return "The volume is too small for what is to be uploaded";
      case client_errc::upload_incomplete:
        return "The volume does not hold what was uploaded";
      case client_errc::cannot_resume:
        return "What was left of an earlier download does not belong to this one";
      case client_errc::not_a_file:
        return "Neither a regular file nor a block device";
      case client_errc::events_lost:
        return "Events were lost, because they were not taken in time";
    }
    return "Unknown error";
  }
};

}  // namespace

error_category const& libvirt_category() noexcept {
  static detail::libvirt_error_category const category;
  return category;
}

error_category const& client_category() noexcept {
  static client_error_category const category;
  return category;
}

error_code make_error_code(errc value) noexcept {
  return {static_cast<int>(value), libvirt_category()};
}

error_code make_error_code(client_errc value) noexcept {
  return {static_cast<int>(value), client_category()};
}

}  // namespace libvirt_asio
