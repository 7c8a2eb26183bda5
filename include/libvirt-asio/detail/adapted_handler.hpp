// Copyright (c) 2026 The libvirt-asio authors
// Distributed under the Boost Software License, Version 1.0.

#ifndef LIBVIRT_ASIO_DETAIL_ADAPTED_HANDLER_HPP
#define LIBVIRT_ASIO_DETAIL_ADAPTED_HANDLER_HPP

#include <boost/asio/associator.hpp>
#include <boost/asio/async_result.hpp>

#include <type_traits>
#include <utility>

namespace libvirt_asio::detail {

namespace asio = boost::asio;

/// A handler in the place of a user's, which is called with other arguments: by `adapt(user's handler, arguments...)`.
template <class Handler, class Adapt>
struct adapted_handler {
  Handler handler;
  Adapt adapt;

  template <class... Args>
  void operator()(Args&&... args) {
    std::move(adapt)(std::move(handler), std::forward<Args>(args)...);
  }
};

template <class Handler, class Adapt>
[[nodiscard]] auto adapt_handler(Handler&& handler, Adapt adapt) {
  return adapted_handler<std::decay_t<Handler>, Adapt>{std::forward<Handler>(handler), std::move(adapt)};
}

/// The initiation of an operation that is another, a deferred one which owns what it needs, with other arguments.
template <class Executor>
class adapted_initiation {
 public:
  using executor_type = Executor;

  explicit adapted_initiation(Executor executor) : executor_(std::move(executor)) {}

  [[nodiscard]] executor_type get_executor() const noexcept { return executor_; }

  template <class Handler, class Deferred, class Adapt>
  void operator()(Handler&& handler, Deferred&& operation, Adapt&& adapt) const {
    std::forward<Deferred>(operation)(
        adapt_handler(std::forward<Handler>(handler), std::forward<Adapt>(adapt)));
  }

 private:
  Executor executor_;
};

/// Starts a deferred operation, with a token for what `adapt` makes of its result.
template <class Signature, class CompletionToken, class Executor, class Deferred, class Adapt>
auto initiate_adapted(CompletionToken& token, Executor executor, Deferred operation, Adapt adapt) {
  return asio::async_initiate<CompletionToken, Signature>(adapted_initiation<Executor>(std::move(executor)), token,
                                                          std::move(operation), std::move(adapt));
}

}  // namespace libvirt_asio::detail

/// What is associated with the user's handler is associated with the one in its place.
template <template <class, class> class Associator, class Handler, class Adapt, class Default>
struct boost::asio::associator<Associator, libvirt_asio::detail::adapted_handler<Handler, Adapt>, Default>
    : Associator<Handler, Default> {
  static decltype(auto) get(libvirt_asio::detail::adapted_handler<Handler, Adapt> const& adapted) noexcept {
    return Associator<Handler, Default>::get(adapted.handler);
  }

  static decltype(auto) get(libvirt_asio::detail::adapted_handler<Handler, Adapt> const& adapted,
                            Default const& otherwise) noexcept {
    return Associator<Handler, Default>::get(adapted.handler, otherwise);
  }
};

#endif
