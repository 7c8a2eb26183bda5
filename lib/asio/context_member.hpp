// Copyright (c) 2026 The libvirt-asio authors
// Distributed under the Boost Software License, Version 1.0.

#ifndef LIBVIRT_ASIO_ASIO_CONTEXT_MEMBER_HPP
#define LIBVIRT_ASIO_ASIO_CONTEXT_MEMBER_HPP

#include <boost/asio/any_io_executor.hpp>
#include <boost/asio/execution_context.hpp>

#include <memory>

namespace libvirt_asio::detail {

namespace asio = boost::asio;

/// Something that holds operations of an execution context, which is destroyed some day.
/**
 * libvirt's threads and the library's bring operations to their end, and the context does not wait for them. So
 * there is one rule: whoever takes an operation out of a member, or submits anything to the context, on a thread
 * that does not run the context, holds a permit while it does. The context is not destroyed before every permit
 * is given back, and gives none any more from then on; after that `context_destroyed` destroys what is left.
 */
class context_member {
 public:
  class permit;

  virtual ~context_member();

  /// Destroys the operations, without calling their handlers. No other thread runs the context any more, and
  /// nobody has a permit.
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

/// The leave to bring operations of a member to their end. Short-lived: no call that blocks is made with one.
class context_member::permit {
 public:
  /// Empty if the context is being destroyed, or has been.
  explicit permit(context_member const& member) noexcept;
  ~permit();
  permit(permit const&) = delete;
  permit& operator=(permit const&) = delete;

  explicit operator bool() const noexcept { return granted_; }

 private:
  // Null for a member that has joined no context.
  registry* const registry_;
  bool const granted_;
};

/// Makes the executor's context tell `member` when it is destroyed.
void join_context(asio::any_io_executor const& executor, std::shared_ptr<context_member> const& member);

}  // namespace libvirt_asio::detail

#endif
