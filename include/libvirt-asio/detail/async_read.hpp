// Copyright (c) 2026 The libvirt-asio authors
// Distributed under the Boost Software License, Version 1.0.

#ifndef LIBVIRT_ASIO_DETAIL_ASYNC_READ_HPP
#define LIBVIRT_ASIO_DETAIL_ASYNC_READ_HPP

#include <boost/asio/buffer.hpp>
#include <boost/asio/completion_condition.hpp>
#include <boost/asio/read.hpp>
#include <boost/asio/streambuf.hpp>
#include <boost/system/error_code.hpp>

#include <concepts>
#include <cstddef>
#include <type_traits>
#include <utility>

namespace libvirt_asio {
template <class Executor>
class basic_stream;

namespace detail {
template <class Type>
concept completion_condition = requires(std::decay_t<Type>& condition, boost::system::error_code error) {
  { condition(error, std::size_t{}) } -> std::convertible_to<std::size_t>;
};
}  // namespace detail
}  // namespace libvirt_asio

// Boost 1.81's asio::async_read cannot tell a completion token from a completion condition when a stream's
// executor has a default token, whoever's stream it is: these overloads choose for streams of this library.
namespace boost::asio {

template <class Executor, class Buffers, class CompletionToken>
  requires(is_mutable_buffer_sequence<Buffers>::value && !libvirt_asio::detail::completion_condition<CompletionToken>)
auto async_read(libvirt_asio::basic_stream<Executor>& stream, Buffers const& buffers, CompletionToken&& token) {
  return async_read(stream, buffers, transfer_all(), std::forward<CompletionToken>(token));
}

template <class Executor, class Buffers, libvirt_asio::detail::completion_condition Condition>
  requires(is_mutable_buffer_sequence<Buffers>::value)
auto async_read(libvirt_asio::basic_stream<Executor>& stream, Buffers const& buffers, Condition condition) {
  return async_read(stream, buffers, std::move(condition),
                    default_completion_token_t<typename libvirt_asio::basic_stream<Executor>::executor_type>());
}

template <class Executor, class DynamicBuffer, class CompletionToken>
  requires(is_dynamic_buffer<DynamicBuffer>::value && !libvirt_asio::detail::completion_condition<CompletionToken>)
auto async_read(libvirt_asio::basic_stream<Executor>& stream, DynamicBuffer&& buffers, CompletionToken&& token) {
  return async_read(stream, std::move(buffers), transfer_all(), std::forward<CompletionToken>(token));
}

template <class Executor, class DynamicBuffer, libvirt_asio::detail::completion_condition Condition>
  requires(is_dynamic_buffer<DynamicBuffer>::value)
auto async_read(libvirt_asio::basic_stream<Executor>& stream, DynamicBuffer&& buffers, Condition condition) {
  return async_read(stream, std::move(buffers), std::move(condition),
                    default_completion_token_t<typename libvirt_asio::basic_stream<Executor>::executor_type>());
}

template <class Executor, class Allocator, class CompletionToken>
  requires(!libvirt_asio::detail::completion_condition<CompletionToken>)
auto async_read(libvirt_asio::basic_stream<Executor>& stream, basic_streambuf<Allocator>& buffers,
                CompletionToken&& token) {
  return async_read(stream, buffers, transfer_all(), std::forward<CompletionToken>(token));
}

template <class Executor, class Allocator, libvirt_asio::detail::completion_condition Condition>
auto async_read(libvirt_asio::basic_stream<Executor>& stream, basic_streambuf<Allocator>& buffers,
                Condition condition) {
  return async_read(stream, buffers, std::move(condition),
                    default_completion_token_t<typename libvirt_asio::basic_stream<Executor>::executor_type>());
}

}  // namespace boost::asio

#endif
