// Copyright (c) 2026 The libvirt-asio authors
// Distributed under the Boost Software License, Version 1.0.

#ifndef LIBVIRT_ASIO_DETAIL_CALL_HPP
#define LIBVIRT_ASIO_DETAIL_CALL_HPP

#include <libvirt-asio/detail/export.hpp>
#include <libvirt-asio/detail/handler_operation.hpp>
#include <libvirt-asio/detail/services.hpp>
#include <libvirt-asio/error.hpp>
#include <libvirt-asio/handle.hpp>

#include <boost/asio/async_result.hpp>

#include <concepts>
#include <cstdlib>
#include <memory>
#include <string>
#include <type_traits>
#include <utility>
#include <variant>

namespace libvirt_asio::detail {

// clang-format off
/// The handle that owns a raw libvirt object.
template <class Object> struct handle_of;
template <> struct handle_of<virDomain> { using type = domain; };
template <> struct handle_of<virDomainCheckpoint> { using type = domain_checkpoint; };
template <> struct handle_of<virDomainSnapshot> { using type = domain_snapshot; };
template <> struct handle_of<virNetwork> { using type = network; };
template <> struct handle_of<virNetworkPort> { using type = network_port; };
template <> struct handle_of<virInterface> { using type = interface; };
template <> struct handle_of<virNodeDevice> { using type = node_device; };
template <> struct handle_of<virNWFilter> { using type = nwfilter; };
template <> struct handle_of<virNWFilterBinding> { using type = nwfilter_binding; };
template <> struct handle_of<virSecret> { using type = secret; };
template <> struct handle_of<virStoragePool> { using type = storage_pool; };
template <> struct handle_of<virStorageVol> { using type = storage_vol; };
// clang-format on

template <class Pointer>
concept libvirt_pointer =
    std::is_pointer_v<Pointer> && requires { typename handle_of<std::remove_pointer_t<Pointer>>::type; };

template <class Value>
concept libvirt_status = std::signed_integral<Value> && !std::same_as<Value, char>;

/// What a function given to `async_call` returned, by libvirt's convention: the owned value, and whether
/// the function says it failed.
template <class Result>
struct call_value {
  using type = Result;
  static bool failed(Result const&) { return false; }
  static type convert(Result&& result) { return std::move(result); }
};

template <libvirt_status Result>
struct call_value<Result> {
  using type = Result;
  static bool failed(Result result) { return result < 0; }
  static type convert(Result result) { return result; }
};

template <libvirt_pointer Result>
struct call_value<Result> {
  using type = typename handle_of<std::remove_pointer_t<Result>>::type;
  static bool failed(Result result) { return result == nullptr; }
  static type convert(Result result) { return type(result); }
};

template <>
struct call_value<char*> {
  using type = std::string;
  static bool failed(char const* result) { return result == nullptr; }
  static type convert(char* result) {
    std::unique_ptr<char, decltype(&std::free)> owned(result, &std::free);
    return owned.get();
  }
};

/// The error of a function that said it failed, be it libvirt's or, without one, only its own.
LIBVIRT_ASIO_EXPORT [[nodiscard]] error_code failed_call(error_info& info);

/// Before a call: an error of an earlier one must not be taken for its.
LIBVIRT_ASIO_EXPORT void forget_recorded_error() noexcept;

/// Runs `function(args...)`; returns its error, libvirt's or one thrown, and stores its value.
template <class Function, class Value, class... Args>
error_code invoke_function(Function& function, Value& value, error_info& info, Args... args) {
  using result_type = std::invoke_result_t<Function&, Args...>;
  forget_recorded_error();
  try {
    if constexpr (std::is_void_v<result_type>) {
      function(args...);
    } else {
      auto result = function(args...);
      if (call_value<result_type>::failed(result)) return failed_call(info);
      value = call_value<result_type>::convert(std::move(result));
    }
  } catch (system_error const& error) {
    info = error_info{.code = error.code().value(), .message = error.code().message()};
    return error.code();
  }
  return {};
}

/// A blocking call that a worker thread makes for an asynchronous operation.
/**
 * Whoever takes it out of what is outstanding ends the operation, once: with the result of the call, or before that
 * when it is given up. The function itself cannot be interrupted; the result of a call given up is destroyed on the
 * worker thread.
 */
class pending_call {
 public:
  virtual ~pending_call() = default;

  [[nodiscard]] operation_id id() const { return id_; }
  virtual void assign_cancellation(std::weak_ptr<cancellable> owner) = 0;

  /// On a worker thread: makes the call.
  virtual error_info run(virConnectPtr connection) = 0;

  /// The operation, with what came of the call.
  [[nodiscard]] virtual completion result() = 0;
  /// The operation, with an error.
  [[nodiscard]] virtual completion give_up(error_code error) = 0;
  /// Destroys the handler without calling it.
  virtual void discard() noexcept = 0;

 private:
  operation_id const id_ = next_operation_id();
};

/// The operation, and the signature, of a call that gives a value, or none.
template <class Value>
struct call_operation {
  using pointer = operation_ptr<error_code, Value>;
  using signature = void(error_code, Value);

  template <class Handler, class Executor>
  static pointer make(Handler&& handler, Executor const& executor) {
    return make_operation<error_code, Value>(std::forward<Handler>(handler), executor);
  }

  static completion complete(pointer operation, error_code error, Value&& value) {
    return {std::move(operation), error, std::move(value)};
  }
};

template <>
struct call_operation<std::monostate> {
  using pointer = operation_ptr<error_code>;
  using signature = void(error_code);

  template <class Handler, class Executor>
  static pointer make(Handler&& handler, Executor const& executor) {
    return make_operation<error_code>(std::forward<Handler>(handler), executor);
  }

  static completion complete(pointer operation, error_code error, std::monostate) {
    return {std::move(operation), error};
  }
};

template <class Function>
struct call_traits {
  using result = std::invoke_result_t<Function&, virConnectPtr>;
  using value = typename std::conditional_t<std::is_void_v<result>, std::type_identity<std::monostate>,
                                            call_value<result>>::type;
  using operation = call_operation<value>;
};

template <class Function>
class function_call final : public pending_call {
 public:
  using value_type = typename call_traits<Function>::value;
  using traits = call_operation<value_type>;

  function_call(Function&& function, typename traits::pointer operation)
      : function_(std::move(function)), operation_(std::move(operation)) {}

  void assign_cancellation(std::weak_ptr<cancellable> owner) override {
    operation_->assign_cancellation(std::move(owner), id());
  }

  error_info run(virConnectPtr connection) override {
    error_info info;
    error_ = invoke_function(function_, value_, info, connection);
    return info;
  }

  completion result() override {
    return traits::complete(std::move(operation_), error_, std::move(value_));
  }

  completion give_up(error_code error) override {
    return traits::complete(std::move(operation_), error, value_type{});
  }

  void discard() noexcept override { operation_.reset(); }

 private:
  Function function_;
  error_code error_;
  value_type value_{};
  typename traits::pointer operation_;
};

/// The initiation of `async_call`.
template <class Function, class Executor>
class call_initiation {
 public:
  using executor_type = Executor;

  call_initiation(Executor executor, std::shared_ptr<connection_service> service, waits_for waits)
      : executor_(std::move(executor)), service_(std::move(service)), waits_for_(waits) {}

  [[nodiscard]] executor_type get_executor() const noexcept { return executor_; }

  template <class Handler>
  void operator()(Handler&& handler, Function&& function) const {
    auto operation = call_traits<Function>::operation::make(std::forward<Handler>(handler), executor_);
    service_->call(std::make_shared<function_call<Function>>(std::move(function), std::move(operation)),
                   waits_for_);
  }

 private:
  Executor executor_;
  std::shared_ptr<connection_service> service_;
  waits_for waits_for_;
};

/// Has `function(virConnectPtr)` called on a worker thread.
template <class Function, class Executor, class CompletionToken>
auto async_call(std::shared_ptr<connection_service> service, Executor executor, waits_for waits,
                Function function, CompletionToken& token) {
  return asio::async_initiate<CompletionToken, typename call_traits<Function>::operation::signature>(
      call_initiation<Function, Executor>(std::move(executor), std::move(service), waits), token,
      std::move(function));
}

}  // namespace libvirt_asio::detail

#endif
