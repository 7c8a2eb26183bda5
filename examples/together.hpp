// Copyright (c) 2026 The libvirt-asio authors
// Distributed under the Boost Software License, Version 1.0.

#ifndef LIBVIRT_ASIO_EXAMPLES_TOGETHER_HPP
#define LIBVIRT_ASIO_EXAMPLES_TOGETHER_HPP

#include <boost/asio/awaitable.hpp>
#include <boost/asio/co_spawn.hpp>
#include <boost/asio/deferred.hpp>
#include <boost/asio/experimental/parallel_group.hpp>
#include <boost/asio/use_awaitable.hpp>

#include <exception>
#include <utility>
#include <vector>

namespace example {

namespace detail {

inline auto group_of(boost::asio::any_io_executor const& executor, std::vector<boost::asio::awaitable<void>> parts) {
  auto const start = [&](boost::asio::awaitable<void> part) {
    return boost::asio::co_spawn(executor, std::move(part), boost::asio::deferred);
  };
  std::vector<decltype(start(std::move(parts.front())))> operations;
  for (auto& part : parts) operations.push_back(start(std::move(part)));
  return boost::asio::experimental::make_parallel_group(std::move(operations));
}

}  // namespace detail

/// Runs all at once until one has ended, in whatever way; the others are cancelled. What that one has thrown is thrown.
inline boost::asio::awaitable<void> until_one_ends(std::vector<boost::asio::awaitable<void>> parts) {
  auto const executor = co_await boost::asio::this_coro::executor;
  auto group = detail::group_of(executor, std::move(parts));
  auto const [order, thrown] =
      co_await group.async_wait(boost::asio::experimental::wait_for_one(), boost::asio::use_awaitable);
  if (auto const& failure = thrown[order.front()]) std::rethrow_exception(failure);
}

/// Runs all at once until all have ended. If one throws, the others are cancelled, and that is thrown.
inline boost::asio::awaitable<void> until_all_end(std::vector<boost::asio::awaitable<void>> parts) {
  auto const executor = co_await boost::asio::this_coro::executor;
  auto group = detail::group_of(executor, std::move(parts));
  auto const [order, thrown] =
      co_await group.async_wait(boost::asio::experimental::wait_for_one_error(), boost::asio::use_awaitable);
  for (auto const each : order)
    if (auto const& failure = thrown[each]) std::rethrow_exception(failure);
}

}  // namespace example

#endif
