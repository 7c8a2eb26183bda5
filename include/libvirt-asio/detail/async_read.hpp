// Copyright (c) 2026 The libvirt-asio authors
// Distributed under the Boost Software License, Version 1.0.

#ifndef LIBVIRT_ASIO_DETAIL_ASYNC_READ_HPP
#define LIBVIRT_ASIO_DETAIL_ASYNC_READ_HPP

#include <boost/asio/version.hpp>

// Before Asio 1.31 (Boost 1.86), asio::async_read and asio::async_write cannot tell a completion token from a
// completion condition when a stream's executor has a default token: these overloads do, for this library's streams.
#if BOOST_ASIO_VERSION < 103100

#include <boost/asio/buffer.hpp>
#include <boost/asio/completion_condition.hpp>
#include <boost/asio/read.hpp>
#include <boost/asio/streambuf.hpp>
#include <boost/asio/write.hpp>
#include <boost/system/error_code.hpp>

#include <concepts>
#include <cstddef>
#include <type_traits>
#include <utility>

namespace libvirt_asio {
template <class Executor>
class basic_stream;

namespace detail {

/// The rule of newer versions of Asio: nothing that merely converts to `std::size_t`, as the `int` that a completion
/// handler may return.
template <class Type>
concept completion_condition =
    std::invocable<std::decay_t<Type>&, boost::system::error_code, std::size_t> &&
    (std::same_as<std::invoke_result_t<std::decay_t<Type>&, boost::system::error_code, std::size_t>, bool> ||
     std::same_as<std::invoke_result_t<std::decay_t<Type>&, boost::system::error_code, std::size_t>, std::size_t>);

template <class Type>
concept dynamic_buffer = boost::asio::is_dynamic_buffer<std::remove_cvref_t<Type>>::value;

/// Calls `initiate(condition, token)`, one of them being what the user gave, the other its default.
template <class Executor, class Given, class Initiate>
auto with_condition_and_token(Given&& given, Initiate initiate) {
  if constexpr (completion_condition<Given>)
    return initiate(std::forward<Given>(given),
                    boost::asio::default_completion_token_t<typename basic_stream<Executor>::executor_type>());
  else
    return initiate(boost::asio::transfer_all(), std::forward<Given>(given));
}

}  // namespace detail
}  // namespace libvirt_asio

namespace boost::asio {

template <class Executor, class Buffers, class Given>
  requires(is_mutable_buffer_sequence<Buffers>::value)
auto async_read(libvirt_asio::basic_stream<Executor>& stream, Buffers const& buffers, Given&& given) {
  return libvirt_asio::detail::with_condition_and_token<Executor>(
      std::forward<Given>(given), [&]<class Token>(auto condition, Token&& token) {
        return async_read(stream, buffers, std::move(condition), std::forward<Token>(token));
      });
}

template <class Executor, libvirt_asio::detail::dynamic_buffer Buffers, class Given>
auto async_read(libvirt_asio::basic_stream<Executor>& stream, Buffers&& buffers, Given&& given) {
  return libvirt_asio::detail::with_condition_and_token<Executor>(
      std::forward<Given>(given), [&]<class Token>(auto condition, Token&& token) {
        return async_read(stream, std::forward<Buffers>(buffers), std::move(condition), std::forward<Token>(token));
      });
}

template <class Executor, class Allocator, class Given>
auto async_read(libvirt_asio::basic_stream<Executor>& stream, basic_streambuf<Allocator>& buffers, Given&& given) {
  return libvirt_asio::detail::with_condition_and_token<Executor>(
      std::forward<Given>(given), [&]<class Token>(auto condition, Token&& token) {
        return async_read(stream, buffers, std::move(condition), std::forward<Token>(token));
      });
}

template <class Executor, class Buffers, class Given>
  requires(is_const_buffer_sequence<Buffers>::value)
auto async_write(libvirt_asio::basic_stream<Executor>& stream, Buffers const& buffers, Given&& given) {
  return libvirt_asio::detail::with_condition_and_token<Executor>(
      std::forward<Given>(given), [&]<class Token>(auto condition, Token&& token) {
        return async_write(stream, buffers, std::move(condition), std::forward<Token>(token));
      });
}

template <class Executor, libvirt_asio::detail::dynamic_buffer Buffers, class Given>
auto async_write(libvirt_asio::basic_stream<Executor>& stream, Buffers&& buffers, Given&& given) {
  return libvirt_asio::detail::with_condition_and_token<Executor>(
      std::forward<Given>(given), [&]<class Token>(auto condition, Token&& token) {
        return async_write(stream, std::forward<Buffers>(buffers), std::move(condition), std::forward<Token>(token));
      });
}

template <class Executor, class Allocator, class Given>
auto async_write(libvirt_asio::basic_stream<Executor>& stream, basic_streambuf<Allocator>& buffers, Given&& given) {
  return libvirt_asio::detail::with_condition_and_token<Executor>(
      std::forward<Given>(given), [&]<class Token>(auto condition, Token&& token) {
        return async_write(stream, buffers, std::move(condition), std::forward<Token>(token));
      });
}

}  // namespace boost::asio

#endif

#endif
