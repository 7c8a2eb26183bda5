// Copyright (c) 2026 The libvirt-asio authors
// Distributed under the Boost Software License, Version 1.0.

#ifndef LIBVIRT_ASIO_DETAIL_COMPLETION_HPP
#define LIBVIRT_ASIO_DETAIL_COMPLETION_HPP

#include <libvirt-asio/detail/default_token.hpp>

#include <boost/asio/any_completion_executor.hpp>
#include <boost/asio/any_completion_handler.hpp>
#include <boost/asio/any_io_executor.hpp>
#include <boost/asio/associated_allocator.hpp>
#include <boost/asio/associated_cancellation_slot.hpp>
#include <boost/asio/associated_executor.hpp>
#include <boost/asio/bind_allocator.hpp>
#include <boost/asio/bind_executor.hpp>
#include <boost/asio/dispatch.hpp>
#include <boost/asio/execution/outstanding_work.hpp>
#include <boost/asio/post.hpp>
#include <boost/asio/prefer.hpp>
#include <boost/asio/prepend.hpp>

#include <utility>

namespace libvirt_asio::detail {

/// A handler that waits to be called, together with the work it keeps outstanding on both executors.
template <class... Args>
class completion {
 public:
  using handler_type = asio::any_completion_handler<void(Args...)>;

  completion() = default;

  completion(handler_type&& handler, asio::any_io_executor const& io)
      : io_work_(asio::prefer(io, asio::execution::outstanding_work.tracked)),
        handler_work_(asio::prefer(asio::get_associated_executor(handler, asio::any_completion_executor(io)),
                                   asio::execution::outstanding_work.tracked)),
        handler_(std::move(handler)) {}

  completion(completion&& other) noexcept = default;

  // Boost 1.81's any_completion_handler recurses without end in its move assignment: swap instead.
  completion& operator=(completion&& other) noexcept {
    completion taken(std::move(other));
    swap(taken);
    return *this;
  }

  ~completion() = default;

  void swap(completion& other) noexcept {
    handler_.swap(other.handler_);
    std::swap(io_work_, other.io_work_);
    std::swap(handler_work_, other.handler_work_);
  }

  explicit operator bool() const noexcept { return static_cast<bool>(handler_); }

  /// Lets the handler be called on its executor, never from inside this function.
  void post(Args... args) && {
    completion called(std::move(*this));
    asio::post(called.io_work_, asio::prepend(std::move(called.handler_), std::move(args)...));
  }

  /// The same completion, with what its handler is to be called with.
  completion<> bind(Args... args) && {
    auto const executor = handler_work_;
    auto const allocator = asio::get_associated_allocator(handler_);
    auto call = [handler = std::move(handler_), ... args = std::move(args)]() mutable {
      std::move(handler)(std::move(args)...);
    };
    return {std::move(io_work_), std::move(handler_work_),
            asio::bind_allocator(allocator, asio::bind_executor(executor, std::move(call)))};
  }

  /// Has the handler called on its executor, from inside this function where that allows it. Not for
  /// initiating functions; only for threads that run the context.
  void dispatch() && requires(sizeof...(Args) == 0) {
    completion called(std::move(*this));
    asio::dispatch(called.handler_work_,
                   [handler = std::move(called.handler_)]() mutable { std::move(handler)(); });
  }

 private:
  template <class...>
  friend class completion;

  completion(asio::any_io_executor&& io_work, asio::any_completion_executor&& handler_work,
             handler_type&& handler)
      : io_work_(std::move(io_work)), handler_work_(std::move(handler_work)), handler_(std::move(handler)) {}

  asio::any_io_executor io_work_;
  asio::any_completion_executor handler_work_;
  handler_type handler_;
};

/// Has `cancel(cancellation_type)` called when the operation of `handler` is cancelled.
template <class Handler, class Cancel>
void assign_cancellation(Handler& handler, Cancel cancel) {
  auto slot = asio::get_associated_cancellation_slot(handler);
  if (slot.is_connected()) slot.assign(std::move(cancel));
}

}  // namespace libvirt_asio::detail

#endif
