// Copyright (c) 2026 The libvirt-asio authors
// Distributed under the Boost Software License, Version 1.0.

#ifndef LIBVIRT_ASIO_DETAIL_STREAM_OPENER_HPP
#define LIBVIRT_ASIO_DETAIL_STREAM_OPENER_HPP

#include <libvirt-asio/detail/call.hpp>
#include <libvirt-asio/error.hpp>

#include <libvirt/libvirt.h>

#include <concepts>
#include <cstdint>
#include <memory>
#include <type_traits>
#include <utility>
#include <variant>

namespace libvirt_asio::detail {

/// A part of what a stream gives.
struct stream_part {
  std::uint64_t position = 0;
  /// 0 stands for all up to the end.
  std::uint64_t length = 0;
};

/// Starts a libvirt API that takes a stream; on a worker thread.
class stream_opener {
 public:
  virtual ~stream_opener() = default;
  virtual error_code open(virStreamPtr stream, error_info& info) = 0;

  /// Whether another stream can go on where one has been left.
  [[nodiscard]] virtual bool can_continue() const { return false; }
  virtual error_code open_part(virStreamPtr, stream_part, error_info&) { return client_errc::not_supported; }
  /// Whether there can be nothing behind that position.
  [[nodiscard]] virtual bool ends_at(std::uint64_t) const { return true; }
};

/// What opens a stream and can also open a part of it.
template <class Function>
concept partial_opener = requires(Function const& function, virStreamPtr stream, stream_part part) {
  { function.open_part(stream, part) } -> std::same_as<int>;
  { function.ends_at(part.position) } -> std::same_as<bool>;
};

template <class Function>
class function_opener : public stream_opener {
 public:
  explicit function_opener(Function&& function) : function_(std::move(function)) {}

  error_code open(virStreamPtr stream, error_info& info) override {
    using result = std::invoke_result_t<Function&, virStreamPtr>;
    if constexpr (std::is_void_v<result>) {
      std::monostate none;
      return invoke_function(function_, none, info, stream);
    } else {
      typename call_value<result>::type value{};
      return invoke_function(function_, value, info, stream);
    }
  }

 protected:
  Function function_;
};

template <partial_opener Function>
class partial_function_opener final : public function_opener<Function> {
 public:
  using function_opener<Function>::function_opener;

  [[nodiscard]] bool can_continue() const override { return true; }

  error_code open_part(virStreamPtr stream, stream_part part, error_info& info) override {
    int value = 0;
    auto const opening = [&](virStreamPtr native) { return this->function_.open_part(native, part); };
    return invoke_function(opening, value, info, stream);
  }

  [[nodiscard]] bool ends_at(std::uint64_t position) const override {
    return this->function_.ends_at(position);
  }
};

template <class Function>
[[nodiscard]] std::unique_ptr<stream_opener> make_opener(Function&& function) {
  if constexpr (partial_opener<Function>)
    return std::make_unique<partial_function_opener<Function>>(std::move(function));
  else
    return std::make_unique<function_opener<Function>>(std::move(function));
}

}  // namespace libvirt_asio::detail

#endif
