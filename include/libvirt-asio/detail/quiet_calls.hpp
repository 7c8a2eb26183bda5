// Copyright (c) 2026 The libvirt-asio authors
// Distributed under the Boost Software License, Version 1.0.

#ifndef LIBVIRT_ASIO_DETAIL_QUIET_CALLS_HPP
#define LIBVIRT_ASIO_DETAIL_QUIET_CALLS_HPP

namespace libvirt_asio::detail {

/// Has libvirt print nothing about errors of the calls that this thread makes while it lives.
class quiet_calls {
 public:
  quiet_calls() noexcept;
  ~quiet_calls();
  quiet_calls(quiet_calls const&) = delete;
  quiet_calls& operator=(quiet_calls const&) = delete;

 private:
  bool const was_quiet_;
};

}  // namespace libvirt_asio::detail

#endif
