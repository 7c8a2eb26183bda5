// Copyright (c) 2026 The libvirt-asio authors
// Distributed under the Boost Software License, Version 1.0.

#ifndef LIBVIRT_ASIO_TEST_BENCHMARK_ASIO_SESSION_HPP
#define LIBVIRT_ASIO_TEST_BENCHMARK_ASIO_SESSION_HPP

#include <libvirt-asio/libvirt-asio.hpp>

#include <boost/asio/awaitable.hpp>
#include <boost/asio/co_spawn.hpp>
#include <boost/asio/io_context.hpp>

#include <exception>
#include <string>
#include <utility>

namespace benchmark {

namespace asio = boost::asio;

/// Runs a coroutine on an io_context of this thread.
template <class Coroutine>
void run_coroutine(asio::io_context& context, Coroutine coroutine) {
  asio::co_spawn(context, std::move(coroutine), [](std::exception_ptr const& failure) {
    if (failure) std::rethrow_exception(failure);
  });
  context.run();
}

/// Runs a coroutine on an io_context of this thread that serves libvirt's event loop.
template <class Coroutine>
void run_on_event_loop(Coroutine coroutine) {
  asio::io_context context(1);
  libvirt_asio::event_loop loop(context);
  run_coroutine(context, std::move(coroutine));
}

/// The same for a coroutine that takes a connection, which is open while it runs.
template <class Coroutine>
void run_with_connection(std::string const& uri, Coroutine coroutine) {
  run_on_event_loop([&]() -> asio::awaitable<void> {
    libvirt_asio::connection connection(co_await asio::this_coro::executor);
    co_await connection.async_open(uri);
    co_await coroutine(connection);
    co_await connection.async_close();
  });
}

inline auto async_find_volume(libvirt_asio::connection& connection, std::string path) {
  return connection.async_call([path = std::move(path)](virConnectPtr native) {
    return ::virStorageVolLookupByPath(native, path.c_str());
  });
}

inline auto async_find_domain(libvirt_asio::connection& connection, std::string name) {
  return connection.async_call([name = std::move(name)](virConnectPtr native) {
    return ::virDomainLookupByName(native, name.c_str());
  });
}

}  // namespace benchmark

#endif
