// Copyright (c) 2026 The libvirt-asio authors
// Distributed under the Boost Software License, Version 1.0.

#ifndef LIBVIRT_ASIO_DETAIL_INITIATION_HPP
#define LIBVIRT_ASIO_DETAIL_INITIATION_HPP

#include <libvirt-asio/detail/handler_operation.hpp>

#include <boost/asio/any_completion_handler.hpp>
#include <boost/asio/async_result.hpp>

#include <memory>
#include <type_traits>
#include <utility>

namespace libvirt_asio::detail {

/// What a member function that starts an operation says of it.
template <class Start>
struct start_traits;

template <class Service, class... Args, class... Params>
struct start_traits<void (Service::*)(operation_ptr<Args...>, Params...)> {
  using service = Service;
  using signature = void(Args...);

  template <class Handler, class Executor>
  static operation_ptr<Args...> make(Handler&& handler, Executor const& executor) {
    return make_operation<Args...>(std::forward<Handler>(handler), executor);
  }
};

/// Of one that carries the operation out by a coroutine.
template <class Service, class... Args, class... Params>
struct start_traits<void (Service::*)(asio::any_completion_handler<void(Args...)>, Params...)> {
  using service = Service;
  using signature = void(Args...);

  template <class Handler, class Executor>
  static asio::any_completion_handler<signature> make(Handler&& handler, Executor const&) {
    return asio::any_completion_handler<signature>(std::forward<Handler>(handler));
  }
};

/// The initiation of an operation that `Start`, a member function of a service, starts.
/**
 * It has an executor, as Asio's own have: `asio::cancel_after` and tokens without an inner token ask for it.
 */
template <auto Start, class Executor>
class initiation {
 public:
  using executor_type = Executor;
  using traits = start_traits<decltype(Start)>;
  using service_ptr = std::shared_ptr<typename traits::service>;

  initiation(Executor executor, service_ptr service)
      : executor_(std::move(executor)), service_(std::move(service)) {}

  [[nodiscard]] executor_type get_executor() const noexcept { return executor_; }

  template <class Handler, class... Params>
  void operator()(Handler&& handler, Params&&... params) const {
    ((*service_).*Start)(traits::make(std::forward<Handler>(handler), executor_),
                         std::forward<Params>(params)...);
  }

 private:
  Executor executor_;
  service_ptr service_;
};

/// Initiates the operation that `Start` starts on `service`, with any completion token.
template <auto Start, class CompletionToken, class Executor, class Service, class... Params>
auto initiate(CompletionToken& token, Executor executor, std::shared_ptr<Service> service, Params&&... params) {
  using initiation_type = initiation<Start, Executor>;
  return asio::async_initiate<CompletionToken, typename initiation_type::traits::signature>(
      initiation_type(std::move(executor), std::move(service)), token, std::forward<Params>(params)...);
}

}  // namespace libvirt_asio::detail

#endif
