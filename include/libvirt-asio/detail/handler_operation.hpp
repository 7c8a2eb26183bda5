// Copyright (c) 2026 The libvirt-asio authors
// Distributed under the Boost Software License, Version 1.0.

#ifndef LIBVIRT_ASIO_DETAIL_HANDLER_OPERATION_HPP
#define LIBVIRT_ASIO_DETAIL_HANDLER_OPERATION_HPP

#include <libvirt-asio/detail/operation.hpp>

#include <boost/asio/associated_allocator.hpp>
#include <boost/asio/associated_cancellation_slot.hpp>
#include <boost/asio/associated_executor.hpp>
#include <boost/asio/consign.hpp>
#include <boost/asio/dispatch.hpp>
#include <boost/asio/execution/blocking.hpp>
#include <boost/asio/execution/outstanding_work.hpp>
#include <boost/asio/io_context.hpp>
#include <boost/asio/post.hpp>
#include <boost/asio/prefer.hpp>
#include <boost/asio/prepend.hpp>
#include <boost/asio/recycling_allocator.hpp>
#include <boost/asio/require.hpp>
#include <boost/asio/version.hpp>
#if BOOST_ASIO_VERSION >= 102800
#include <boost/asio/associated_immediate_executor.hpp>
#endif

#include <memory>
#include <optional>
#include <tuple>
#include <type_traits>
#include <utility>

namespace libvirt_asio::detail {

/// Calls `use` with an executor, and with that of the io_context itself where a polymorphic one holds that: Asio
/// then neither wraps what is submitted nor allocates for it but by its allocator.
template <class Executor, class Use>
void with_native_executor(Executor const& executor, Use use) {
  if constexpr (requires { executor.template target<asio::io_context::executor_type>(); }) {
    if (auto const* const native = executor.template target<asio::io_context::executor_type>())
      return use(*native);
  }
  use(executor);
}

/// A handler with what it is to be called with. It is associated with its allocator, but with no executor: who
/// submits it has chosen that.
/**
 * The work goes where the handler does: when that has been called its context may be destroyed, while who has
 * submitted it is not back yet.
 */
template <class Handler, class Work, class... Args>
class bound_handler {
 public:
  using allocator_type = asio::associated_allocator_t<Handler>;

  bound_handler(Handler&& handler, Work&& work, std::tuple<Args...>&& args)
      : handler_(std::move(handler)), work_(std::move(work)), args_(std::move(args)) {}

  [[nodiscard]] allocator_type get_allocator() const noexcept { return asio::get_associated_allocator(handler_); }

  void operator()() {
    work_.reset();
    std::apply([this](auto&... args) { std::move(handler_)(std::move(args)...); }, args_);
  }

 private:
  Handler handler_;
  std::optional<Work> work_;
  std::tuple<Args...> args_;
};

/// What the slot of an outstanding operation calls.
struct operation_cancellation {
  std::weak_ptr<cancellable> owner;
  operation_id id;

  void operator()(asio::cancellation_type type) const {
    if (auto const alive = owner.lock()) alive->cancel(id, type);
  }
};

/// An operation whose handler is known. `Executor` is the I/O object's.
template <class Handler, class Executor, class... Args>
class handler_operation final : public operation<Args...> {
 public:
  static operation_ptr<Args...> make(Handler handler, Executor const& io) {
    allocator allocate(asio::get_associated_allocator(handler, asio::recycling_allocator<void>()));
    auto* const memory = traits::allocate(allocate, 1);
    // Only moves and copies of executors follow, which do not throw.
    return operation_ptr<Args...>(::new (static_cast<void*>(memory)) handler_operation(std::move(handler), io));
  }

  void post() override {
    auto taken = release();
    if constexpr (asio::can_require_v<tracked<handler_executor>, asio::execution::blocking_t::never_t>)
      with_native_executor(asio::prefer(taken.handler_work, asio::execution::outstanding_work.untracked),
                           [&](auto const& executor) { asio::post(executor, std::move(taken).call()); });
    else
      // Such an executor, `any_completion_executor` for one, may call at once: the object's executor comes before it.
      asio::post(asio::prefer(taken.io_work, asio::execution::outstanding_work.untracked), std::move(taken).token());
  }

  void dispatch() override {
    auto taken = release();
    with_native_executor(asio::prefer(taken.handler_work, asio::execution::outstanding_work.untracked),
                         [&](auto const& executor) { asio::dispatch(executor, std::move(taken).call()); });
  }

  void complete_immediately() override {
    auto taken = release();
    auto const io = asio::prefer(taken.io_work, asio::execution::outstanding_work.untracked);
#if BOOST_ASIO_VERSION >= 102800
    auto const immediate = asio::get_associated_immediate_executor(taken.handler, io);
    asio::dispatch(immediate, std::move(taken).token());
#else
    asio::post(io, std::move(taken).token());
#endif
  }

  void destroy() noexcept override { static_cast<void>(release()); }

  void assign_cancellation(std::weak_ptr<cancellable> owner, operation_id id) override {
    auto slot = asio::get_associated_cancellation_slot(handler_);
    if (slot.is_connected()) slot.template emplace<operation_cancellation>(std::move(owner), id);
  }

 private:
  using allocator_source = asio::associated_allocator_t<Handler, asio::recycling_allocator<void>>;
  using allocator = typename std::allocator_traits<allocator_source>::template rebind_alloc<handler_operation>;
  using traits = std::allocator_traits<allocator>;
  using handler_executor = asio::associated_executor_t<Handler, Executor>;
  template <class Any>
  using tracked = std::decay_t<decltype(asio::prefer(std::declval<Any const&>(),
                                                     asio::execution::outstanding_work.tracked))>;

  /// What outlives the operation's memory.
  struct contents {
    tracked<Executor> io_work;
    tracked<handler_executor> handler_work;
    Handler handler;
    std::optional<std::tuple<Args...>> result;

    bound_handler<Handler, tracked<handler_executor>, Args...> call() && {
      return {std::move(handler), std::move(handler_work), std::move(*result)};
    }

    auto token() && {
      return std::apply(
          [this](auto&... args) {
            return asio::consign(asio::prepend(std::move(handler), std::move(args)...), std::move(handler_work));
          },
          *result);
    }
  };

  handler_operation(Handler&& handler, Executor const& io)
      : io_work_(asio::prefer(io, asio::execution::outstanding_work.tracked)),
        handler_work_(asio::prefer(asio::get_associated_executor(handler, io),
                                   asio::execution::outstanding_work.tracked)),
        handler_(std::move(handler)) {}

  contents release() {
    contents taken{std::move(io_work_), std::move(handler_work_), std::move(handler_), std::move(this->result_)};
    allocator allocate(asio::get_associated_allocator(taken.handler, asio::recycling_allocator<void>()));
    this->~handler_operation();
    traits::deallocate(allocate, this, 1);
    return taken;
  }

  tracked<Executor> io_work_;
  tracked<handler_executor> handler_work_;
  Handler handler_;
};

template <class... Args, class Handler, class Executor>
[[nodiscard]] operation_ptr<Args...> make_operation(Handler&& handler, Executor const& executor) {
  return handler_operation<std::decay_t<Handler>, Executor, Args...>::make(std::forward<Handler>(handler), executor);
}

}  // namespace libvirt_asio::detail

#endif
