// Copyright (c) 2026 The libvirt-asio authors
// Distributed under the Boost Software License, Version 1.0.

#ifndef LIBVIRT_ASIO_DETAIL_DEFAULT_TOKEN_HPP
#define LIBVIRT_ASIO_DETAIL_DEFAULT_TOKEN_HPP

#include <boost/asio/async_result.hpp>
#include <boost/asio/deferred.hpp>

#include <concepts>
#include <type_traits>

namespace libvirt_asio {

namespace asio = boost::asio;

namespace detail {

/// The executor's default completion token, or else `asio::deferred`, as newer versions of Asio have it.
template <class Executor>
using default_token = std::conditional_t<std::is_void_v<asio::default_completion_token_t<Executor>>,
                                         asio::deferred_t, asio::default_completion_token_t<Executor>>;

/// `Executor`, with that default token for Asio's own algorithms too: `asio::async_write(stream, buffer)`.
template <class Executor>
using default_token_executor =
    std::conditional_t<std::is_void_v<asio::default_completion_token_t<Executor>>,
                       asio::deferred_t::executor_with_default<Executor>, Executor>;

/// Tells a completion token from options given in its place.
template <class Given, class... Options>
concept any_of = (std::same_as<std::remove_cvref_t<Given>, Options> || ...);

}  // namespace detail
}  // namespace libvirt_asio

#endif
