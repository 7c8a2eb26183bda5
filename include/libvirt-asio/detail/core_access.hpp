// Copyright (c) 2026 The libvirt-asio authors
// Distributed under the Boost Software License, Version 1.0.

#ifndef LIBVIRT_ASIO_DETAIL_CORE_ACCESS_HPP
#define LIBVIRT_ASIO_DETAIL_CORE_ACCESS_HPP

#include <boost/asio/execution_context.hpp>

#include <concepts>
#include <memory>
#include <utility>

namespace libvirt_asio::detail {

class connection_service;

/// Gives the library what only it may use of connections and streams.
struct core_access {
  template <class Object>
  [[nodiscard]] static auto const& of(Object const& object) {
    return object.service();
  }

  /// A stream of a connection that is known by its service only.
  template <class Stream>
  [[nodiscard]] static Stream make_stream(typename Stream::executor_type executor,
                                          std::shared_ptr<connection_service> connection) {
    return Stream(std::move(executor), std::move(connection));
  }
};

/// An execution context from which an I/O object takes its executor.
template <class Context, class Executor>
concept context_of = std::derived_from<Context, boost::asio::execution_context> &&
                     std::constructible_from<Executor, typename Context::executor_type>;

}  // namespace libvirt_asio::detail

#endif
