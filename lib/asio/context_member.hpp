// Copyright (c) 2026 The libvirt-asio authors
// Distributed under the Boost Software License, Version 1.0.

#ifndef LIBVIRT_ASIO_ASIO_CONTEXT_MEMBER_HPP
#define LIBVIRT_ASIO_ASIO_CONTEXT_MEMBER_HPP

#include <boost/asio/any_io_executor.hpp>
#include <boost/asio/execution_context.hpp>

#include <memory>
#include <utility>

namespace libvirt_asio::detail {

namespace asio = boost::asio;

/// Something that holds operations of an execution context, which is destroyed some day.
/**
 * libvirt's threads and the library's bring operations to their end, and the context does not wait for them.
 * So there is one rule: whoever takes an operation out of a member, or submits anything to the context, on a
 * thread that does not run the context, holds a permit while it does. The context is not destroyed before
 * every permit is given back, and gives none any more from then on; after that `context_destroyed` destroys
 * what is left.
 *
 * The last owner of a member may be such a thread, too. A strand looks for its context when it goes: so a
 * member gives up its executor as soon as it begins to be destroyed, and the context waits for that.
 */
class context_member {
 public:
  class permit;

  virtual ~context_member();

  /// Empty once the context is gone.
  [[nodiscard]] asio::any_io_executor const& executor() const { return executor_; }

  /// Destroys the operations, without calling their handlers. No other thread runs the context any more, and
  /// nobody has a permit.
  virtual void context_destroyed() noexcept = 0;

 protected:
  explicit context_member(asio::any_io_executor executor) : executor_(std::move(executor)) {}
  context_member(context_member const&) = delete;
  context_member& operator=(context_member const&) = delete;

  /// To be called by destructors before they destroy what is the user's, in which the context itself may go;
  /// but after the operations, if there are any.
  void leave_context() noexcept;

 private:
  friend class context_service;
  class registry;
  friend void join_context(std::shared_ptr<context_member> const& member);

  asio::any_io_executor executor_;
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

/// Makes the context of the member's executor tell it when it is destroyed.
void join_context(std::shared_ptr<context_member> const& member);

}  // namespace libvirt_asio::detail

#endif
