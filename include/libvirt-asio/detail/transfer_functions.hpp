// Copyright (c) 2026 The libvirt-asio authors
// Distributed under the Boost Software License, Version 1.0.

#ifndef LIBVIRT_ASIO_DETAIL_TRANSFER_FUNCTIONS_HPP
#define LIBVIRT_ASIO_DETAIL_TRANSFER_FUNCTIONS_HPP

#include <libvirt-asio/detail/whole_stream.hpp>

#include <boost/asio/awaitable.hpp>
#include <boost/asio/buffer.hpp>

#include <concepts>
#include <cstddef>
#include <cstdint>
#include <memory>
#include <utility>

namespace libvirt_asio::detail {

/// A user's function that receives the data of a transfer.
class transfer_sink {
 public:
  virtual ~transfer_sink() = default;
  virtual asio::awaitable<void> write(std::uint64_t offset, asio::const_buffer data) = 0;
};

/// A user's function that gives the data of a transfer.
class transfer_source {
 public:
  virtual ~transfer_source() = default;
  virtual asio::awaitable<std::size_t> read(std::uint64_t offset, asio::mutable_buffer buffer) = 0;
};

template <class Function>
concept sink_function = std::invocable<Function&, std::uint64_t, asio::const_buffer>;

template <class Function>
concept source_function =
    std::invocable<Function&, std::uint64_t, asio::mutable_buffer> &&
    std::convertible_to<typename awaited_result<Function, std::uint64_t, asio::mutable_buffer>::type, std::size_t>;

// Not by call_user(): GCC 12 warns of its frame, which would have a reference to a type of a user's file.

template <sink_function Function>
class sink_of_function final : public transfer_sink {
 public:
  explicit sink_of_function(Function function) : function_(std::move(function)) {}

  asio::awaitable<void> write(std::uint64_t offset, asio::const_buffer data) override {
    if constexpr (awaited_result<Function, std::uint64_t, asio::const_buffer>::is_coroutine)
      co_await function_(offset, data);
    else
      function_(offset, data);
    co_return;
  }

 private:
  Function function_;
};

template <source_function Function>
class source_of_function final : public transfer_source {
 public:
  explicit source_of_function(Function function) : function_(std::move(function)) {}

  asio::awaitable<std::size_t> read(std::uint64_t offset, asio::mutable_buffer buffer) override {
    if constexpr (awaited_result<Function, std::uint64_t, asio::mutable_buffer>::is_coroutine)
      co_return static_cast<std::size_t>(co_await function_(offset, buffer));
    else
      co_return static_cast<std::size_t>(function_(offset, buffer));
  }

 private:
  Function function_;
};

template <class Function>
[[nodiscard]] std::unique_ptr<transfer_sink> make_sink(Function function) {
  return std::make_unique<sink_of_function<Function>>(std::move(function));
}

template <class Function>
[[nodiscard]] std::unique_ptr<transfer_source> make_source(Function function) {
  return std::make_unique<source_of_function<Function>>(std::move(function));
}

}  // namespace libvirt_asio::detail

#endif
