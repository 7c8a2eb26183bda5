// Copyright (c) 2026 The libvirt-asio authors
// Distributed under the Boost Software License, Version 1.0.

#ifndef LIBVIRT_ASIO_DETAIL_OPERATION_HPP
#define LIBVIRT_ASIO_DETAIL_OPERATION_HPP

#include <libvirt-asio/detail/export.hpp>

#include <boost/asio/cancellation_type.hpp>

#include <cstdint>
#include <memory>
#include <optional>
#include <tuple>
#include <type_traits>
#include <utility>

namespace libvirt_asio::detail {

namespace asio = boost::asio;

/// Which of the operations of a process: no two ever have the same, so that a late cancellation reaches nobody.
using operation_id = std::uint64_t;
LIBVIRT_ASIO_EXPORT [[nodiscard]] operation_id next_operation_id() noexcept;

/// What has operations outstanding, and ends them when they are cancelled.
class cancellable {
 public:
  virtual void cancel(operation_id id, asio::cancellation_type type) = 0;

 protected:
  ~cancellable() = default;
};

/// A handler that waits to be called, with the work that it keeps outstanding on both executors.
/**
 * Each of the first four functions ends the operation's life: handler and work are moved out, and its memory goes
 * back to the handler's allocator, before the handler is called or destroyed.
 */
class any_operation {
 public:
  /// Has the handler called on its executor, never from inside this function.
  virtual void post() = 0;
  /// The same, but from inside this function where the handler's executor allows that.
  virtual void dispatch() = 0;
  /// The same for an initiating function: inside it only if the handler's immediate executor says so.
  virtual void complete_immediately() = 0;
  virtual void destroy() noexcept = 0;

  /// Has `owner` told when the operation is cancelled, if the handler has a cancellation slot.
  virtual void assign_cancellation(std::weak_ptr<cancellable> owner, operation_id id) = 0;

  struct destroyer {
    void operator()(any_operation* operation) const noexcept { operation->destroy(); }
  };

 protected:
  any_operation() = default;
  any_operation(any_operation const&) = delete;
  any_operation& operator=(any_operation const&) = delete;
  ~any_operation() = default;
};

/// An operation that completes with `Args`.
template <class... Args>
class operation : public any_operation {
 public:
  void set_result(Args... args) { result_.emplace(std::move(args)...); }

 protected:
  ~operation() = default;

  std::optional<std::tuple<Args...>> result_;
};

template <class... Args>
using operation_ptr = std::unique_ptr<operation<Args...>, any_operation::destroyer>;

/// An operation that has come to its end: its handler only needs to be called.
class completion {
 public:
  completion() = default;

  template <class... Args>
  completion(operation_ptr<Args...> ended, std::type_identity_t<Args>... args) : operation_(ended.release()) {
    static_cast<operation<Args...>&>(*operation_).set_result(std::move(args)...);
  }

  explicit operator bool() const noexcept { return static_cast<bool>(operation_); }

  void post() && { operation_.release()->post(); }
  void dispatch() && { operation_.release()->dispatch(); }
  void complete_immediately() && { operation_.release()->complete_immediately(); }

 private:
  std::unique_ptr<any_operation, any_operation::destroyer> operation_;
};

}  // namespace libvirt_asio::detail

#endif
