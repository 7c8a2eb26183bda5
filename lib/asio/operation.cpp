// Copyright (c) 2026 The libvirt-asio authors
// Distributed under the Boost Software License, Version 1.0.

#include <libvirt-asio/detail/operation.hpp>

#include <atomic>

namespace libvirt_asio::detail {

operation_id next_operation_id() noexcept {
  static std::atomic<operation_id> last{0};
  return ++last;
}

}  // namespace libvirt_asio::detail
