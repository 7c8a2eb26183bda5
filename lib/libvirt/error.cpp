// Copyright (c) 2026 The libvirt-asio authors
// Distributed under the Boost Software License, Version 1.0.

#include <libvirt-asio/detail/call.hpp>
#include <libvirt-asio/error.hpp>

#include "libvirt/blocking.hpp"

#include <libvirt/virterror.h>

#include <array>
#include <cstddef>
#include <mutex>

namespace libvirt_asio {
namespace {

// Categories with equal identities compare equal: each message below has a category object of its own.
constexpr unsigned long long libvirt_category_id = 0x9d1ef0c3a8b14e57ULL;

std::string generic_words(int value) {
  return "libvirt error " + std::to_string(value);
}

class generic_category final : public error_category {
 public:
  constexpr generic_category() noexcept : error_category(libvirt_category_id) {}
  char const* name() const noexcept override { return "libvirt"; }
  std::string message(int value) const override { return generic_words(value); }
};

/// The category of one error, which knows its words.
class worded_category final : public error_category {
 public:
  worded_category() noexcept : error_category(libvirt_category_id) {}
  char const* name() const noexcept override { return "libvirt"; }

  std::string message(int value) const override {
    std::lock_guard lock(mutex_);
    return value == value_ ? words_ : generic_words(value);
  }

  bool says(int value, std::string const& words) const {
    std::lock_guard lock(mutex_);
    return value == value_ && words == words_;
  }

  bool is_for(int value) const {
    std::lock_guard lock(mutex_);
    return value == value_;
  }

  void say(int value, std::string const& words) {
    std::lock_guard lock(mutex_);
    value_ = value;
    words_ = words;
  }

 private:
  mutable std::mutex mutex_;
  int value_ = -1;
  std::string words_;
};

/// An error_code is copied freely and owns nothing, so the words of the latest errors are kept for it.
class recent_words {
 public:
  error_category const& category_for(int value, std::string const& words) {
    std::lock_guard lock(mutex_);
    for (worded_category& known : categories_)
      if (known.says(value, words)) return known;
    worded_category& reused = next_for(value);
    reused.say(value, words);
    return reused;
  }

 private:
  // Preferably one of another number: a code that is older then falls back on generic words.
  worded_category& next_for(int value) {
    for (std::size_t tried = 0; tried != categories_.size(); ++tried) {
      worded_category& next = categories_[next_];
      next_ = (next_ + 1) % categories_.size();
      if (!next.is_for(value)) return next;
    }
    return categories_[next_];
  }

  std::mutex mutex_;
  std::array<worded_category, 1024> categories_;
  std::size_t next_ = 0;
};

// Never destroyed: error codes may be printed while the process exits.
recent_words& recent() {
  static auto& words = *new recent_words;
  return words;
}

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
    }
    return "Unknown error";
  }
};

// The last error that libvirt reported on this thread. virGetLastError() forgets it as soon as another function
// of libvirt is called, be it the vir…Free of a handle on the way out of a function that failed.
thread_local error_info recorded;

}  // namespace

void detail::record_error(virErrorPtr error) {
  recorded = {error->domain, error->code, error->level,
              error->message != nullptr ? error->message : generic_words(error->code)};
}

void detail::forget_recorded_error() noexcept {
  recorded.code = VIR_ERR_OK;
  virResetLastError();
}

error_category const& libvirt_category() noexcept {
  static generic_category const category;
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

error_code last_libvirt_error(error_info* info) {
  virErrorPtr const error = virGetLastError();
  if (error == nullptr || error->code == VIR_ERR_OK) return {};
  std::string const words = error->message != nullptr ? error->message : generic_words(error->code);
  if (info != nullptr) *info = {error->domain, error->code, error->level, words};
  return {error->code, recent().category_for(error->code, words)};
}

error_code detail::failed_call(error_info& info) {
  if (error_code const error = last_libvirt_error(&info)) return error;
  info = recorded;
  if (info.code == VIR_ERR_OK)
    info = {VIR_FROM_NONE, VIR_ERR_OPERATION_FAILED, VIR_ERR_ERROR, "The function failed without an error"};
  return {info.code, recent().category_for(info.code, info.message)};
}

}  // namespace libvirt_asio
