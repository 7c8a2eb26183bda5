// Copyright (c) 2026 The libvirt-asio authors
// Distributed under the Boost Software License, Version 1.0.

#ifndef LIBVIRT_ASIO_ASIO_CONTEXT_MEMBER_HPP
#define LIBVIRT_ASIO_ASIO_CONTEXT_MEMBER_HPP

#include <boost/asio/any_io_executor.hpp>
#include <boost/asio/execution_context.hpp>

#include <memory>
#include <mutex>
#include <unordered_map>

namespace libvirt_asio::detail {

namespace asio = boost::asio;

/// Something that must let go of its handlers and Asio objects when their execution context is destroyed.
class context_member {
 public:
  virtual ~context_member();

  /// Destroys the handlers without calling them. No other thread runs the context any more.
  virtual void context_destroyed() noexcept = 0;

 protected:
  context_member() = default;
  context_member(context_member const&) = delete;
  context_member& operator=(context_member const&) = delete;

 private:
  friend class context_service;
  class registry;
  friend void join_context(asio::any_io_executor const& executor, std::shared_ptr<context_member> const& member);

  std::shared_ptr<registry> registry_;
};

/// Makes the executor's context tell `member` when it is destroyed.
void join_context(asio::any_io_executor const& executor, std::shared_ptr<context_member> const& member);

}  // namespace libvirt_asio::detail

#endif
