// Copyright (c) 2026 The libvirt-asio authors
// Distributed under the Boost Software License, Version 1.0.

#ifndef LIBVIRT_ASIO_DETAIL_CALL_HPP
#define LIBVIRT_ASIO_DETAIL_CALL_HPP

#include <libvirt-asio/detail/completion.hpp>
#include <libvirt-asio/error.hpp>
#include <libvirt-asio/handle.hpp>

#include <concepts>
#include <cstdlib>
#include <mutex>
#include <string>
#include <tuple>
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
[[nodiscard]] error_code failed_call(error_info& info);

/// Before a call: an error of an earlier one must not be taken for its.
void forget_recorded_error() noexcept;

/// Runs `function(args...)`; returns its error, libvirt's or one thrown, and stores its value.
template <class Function, class Value, class... Args>
error_code run_call(Function& function, Value& value, error_info& info, Args... args) {
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

/// What a blocking call may wait for: calls that wait for files must not hold up those that wait for libvirt.
enum class waits_for { libvirt, files };

/// A blocking call that a worker thread makes for an asynchronous operation.
/**
 * It ends once: with the result of the call, or before that when it is given up. The function itself cannot
 * be interrupted; the result of a call given up is destroyed on the worker thread.
 */
class pending_call {
 public:
  virtual ~pending_call() = default;

  /// On a worker thread: makes the call.
  virtual error_info run(virConnectPtr connection) = 0;

  /// Completes the operation with what came of the call, if it has not been given up.
  virtual void complete() = 0;

  /// Completes the operation with an error.
  virtual void give_up(error_code error) = 0;

  /// Destroys the handler without calling it.
  virtual void discard() = 0;
};

template <class Value>
struct call_completion {
  using type = completion<error_code, Value>;
};

template <>
struct call_completion<std::monostate> {
  using type = completion<error_code>;
};

template <class Function>
struct call_traits {
  using result = std::invoke_result_t<Function&, virConnectPtr>;
  using value = typename std::conditional_t<std::is_void_v<result>, std::type_identity<std::monostate>,
                                            call_value<result>>::type;
  using completion = typename call_completion<value>::type;
  using signature = std::conditional_t<std::is_void_v<result>, void(error_code), void(error_code, value)>;
};

template <class Function>
class function_call final : public pending_call {
 public:
  using value_type = typename call_traits<Function>::value;
  using completion_type = typename call_traits<Function>::completion;

  function_call(Function&& function, completion_type&& done)
      : function_(std::move(function)), done_(std::move(done)) {}

  error_info run(virConnectPtr connection) override {
    error_info info;
    error_ = run_call(function_, value_, info, connection);
    return info;
  }

  void complete() override { complete(error_, std::move(value_)); }

  void give_up(error_code error) override { complete(error, value_type{}); }

  void discard() override {
    completion_type discarded;
    std::lock_guard lock(mutex_);
    discarded.swap(done_);
  }

 private:
  // Posts under the lock: once discard() has returned, the handler's context may be gone.
  void complete(error_code error, value_type&& value) {
    std::lock_guard lock(mutex_);
    if (!done_) return;
    if constexpr (std::is_same_v<value_type, std::monostate>)
      std::move(done_).post(error);
    else
      std::move(done_).post(error, std::move(value));
  }

  Function function_;
  error_code error_;
  value_type value_{};
  std::mutex mutex_;
  completion_type done_;
};

}  // namespace libvirt_asio::detail

#endif
