// Copyright (c) 2026 The libvirt-asio authors
// Distributed under the Boost Software License, Version 1.0.

#include <libvirt-asio/libvirt-asio.hpp>

#include <boost/asio.hpp>
#include <boost/asio/experimental/awaitable_operators.hpp>
#include <boost/asio/experimental/parallel_group.hpp>
#include <boost/asio/version.hpp>
#if BOOST_ASIO_VERSION >= 103100
#include <boost/asio/cancel_after.hpp>
#endif

#include <chrono>
#include <csignal>
#include <cstddef>
#include <exception>
#include <string>
#include <tuple>
#include <utility>

namespace asio = boost::asio;
using namespace asio::experimental::awaitable_operators;

constexpr auto as_result = asio::as_tuple(asio::use_awaitable);

#if BOOST_ASIO_VERSION >= 103100
asio::awaitable<std::size_t> read_with_new_boost(libvirt_asio::stream& console, asio::mutable_buffer buffer) {
  auto const limit = std::chrono::seconds(10);
  auto const [error, size] = co_await console.async_read_some(buffer, asio::cancel_after(limit, as_result));
  if (error == asio::error::operation_aborted) co_return 0;
  if (error) throw libvirt_asio::system_error(error);
  co_return size;
}
#endif

/// Reads what comes within a time; 0 if nothing does.
asio::awaitable<std::size_t> read_within(std::chrono::steady_clock::duration limit, libvirt_asio::stream& console,
                                         asio::mutable_buffer buffer) {
  asio::steady_timer timer(co_await asio::this_coro::executor, limit);
  auto both =
      asio::experimental::make_parallel_group(console.async_read_some(buffer), timer.async_wait(asio::deferred));
  auto const [order, error, size, timer_error] =
      co_await both.async_wait(asio::experimental::wait_for_one(), asio::use_awaitable);
  if (error == asio::error::operation_aborted && !timer_error) co_return 0;
  if (error) throw libvirt_asio::system_error(error);
  co_return size;
}

asio::awaitable<void> open_within(std::chrono::steady_clock::duration limit, libvirt_asio::connection& connection,
                                  std::string uri) {
  asio::steady_timer timer(co_await asio::this_coro::executor, limit);
  auto const first = co_await (connection.async_open(uri, as_result) || timer.async_wait(as_result));
  if (first.index() == 1) {
    connection.close();   // it may have been opened at the last moment
    throw libvirt_asio::system_error(asio::error::timed_out);
  }
  auto const [error] = std::get<0>(first);
  if (error) throw libvirt_asio::system_error(error);
}

/// Ctrl+C cancels the download, which then leaves no file behind.
asio::awaitable<void> save_until_interrupted(libvirt_asio::connection& connection, virStorageVolPtr volume) {
  asio::signal_set signals(co_await asio::this_coro::executor, SIGINT, SIGTERM);
  auto const first = co_await (libvirt_asio::async_download(connection, volume, "disk.img", as_result) ||
                               signals.async_wait(as_result));
  if (first.index() == 1) co_return;
  auto const [error, moved] = std::get<0>(first);
  if (error) throw libvirt_asio::system_error(error);
}

/// Ctrl+C cancels whatever the coroutine waits for.
void run(asio::io_context& context, asio::awaitable<void> work) {
  asio::cancellation_signal cancel;
  asio::signal_set signals(context, SIGINT, SIGTERM);
  signals.async_wait([&](libvirt_asio::error_code error, int) {
    if (!error) cancel.emit(asio::cancellation_type::terminal);
  });
  auto ended = [&](std::exception_ptr thrown) {
    signals.cancel();
    if (thrown) std::rethrow_exception(thrown);
  };
  asio::co_spawn(context, std::move(work), asio::bind_cancellation_slot(cancel.slot(), ended));
  context.run();
}
