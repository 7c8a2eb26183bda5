// Copyright (c) 2026 The libvirt-asio authors
// Distributed under the Boost Software License, Version 1.0.

#include "libvirt/last_error.hpp"

#include "libvirt/error_words.hpp"

#include <libvirt-asio/detail/call.hpp>
#include <libvirt-asio/detail/libvirt_call.hpp>
#include <libvirt-asio/error.hpp>

#include <libvirt/libvirt.h>

#include <utility>

namespace libvirt_asio {
namespace {

// Of this thread: the last that libvirt has told, and the last that the destruction of a handle has made it forget.
thread_local error_info told;
thread_local error_info forgotten;

error_info info_of(virError const& error) {
  return {error.domain, error.code, error.level,
          error.message != nullptr ? error.message : libvirt_category().message(error.code)};
}

// Before libvirt is initialized, its last error would be what the program keeps under its own first thread key.
void ensure_initialized() {
  [[maybe_unused]] static int const initialized = virInitialize();
}

virErrorPtr last_error() {
  ensure_initialized();
  return virGetLastError();
}

}  // namespace

namespace detail {

void record_last_error() {
  virErrorPtr const error = last_error();
  if (error != nullptr && error->code != VIR_ERR_OK) forgotten = info_of(*error);
}

void forget_recorded_error() noexcept {
  told.code = VIR_ERR_OK;
  forgotten.code = VIR_ERR_OK;
  ensure_initialized();
  virResetLastError();
}

void print_or_record(void*, virErrorPtr error) {
  if (libvirt_call::is_under_way())
    told = info_of(*error);
  else
    virDefaultErrorFunc(error);
}

error_code failed_call(error_info& info) {
  if (error_code const error = last_libvirt_error(&info)) return error;
  info = told;
  if (info.code == VIR_ERR_OK)
    info = {VIR_FROM_NONE, VIR_ERR_OPERATION_FAILED, VIR_ERR_ERROR, "The function failed without an error"};
  return worded_error(info.code, info.message);
}

}  // namespace detail

error_code last_libvirt_error(error_info* info) {
  error_info found;
  virErrorPtr const error = last_error();
  if (error != nullptr && error->code != VIR_ERR_OK)
    found = info_of(*error);
  else if (detail::libvirt_call::is_under_way())
    found = forgotten;
  if (found.code == VIR_ERR_OK) return {};
  auto const result = detail::worded_error(found.code, found.message);
  if (info != nullptr) *info = std::move(found);
  return result;
}

}  // namespace libvirt_asio
