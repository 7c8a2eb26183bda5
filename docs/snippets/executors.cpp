// Copyright (c) 2026 The libvirt-asio authors
// Distributed under the Boost Software License, Version 1.0.

#include <libvirt-asio/libvirt-asio.hpp>

#include <boost/asio.hpp>

#include <cstddef>
#include <future>
#include <iostream>
#include <memory>
#include <string>
#include <utility>

namespace asio = boost::asio;

void by_callback(libvirt_asio::connection& connection) {
  connection.async_open("qemu:///system", [](libvirt_asio::error_code error) {
    std::cout << (error ? error.message() : "open") << '\n';
  });
}

asio::awaitable<void> by_coroutine(libvirt_asio::connection& connection) {
  co_await connection.async_open("qemu:///system");
  auto const [error, name] =
      co_await connection.async_call(&virConnectGetHostname, asio::as_tuple(asio::use_awaitable));
  std::cout << (error ? error.message() : name) << '\n';
}

/// On a thread that does not run the context.
std::string by_future(libvirt_asio::connection& connection) {
  connection.async_open("qemu:///system", asio::use_future).get();
  return connection.async_call(&virConnectGetHostname, asio::use_future).get();
}

using results = asio::as_tuple_t<asio::use_awaitable_t<>>;
using connection = results::as_default_on_t<libvirt_asio::connection>;
using stream = results::as_default_on_t<libvirt_asio::stream>;

asio::awaitable<std::size_t> read(virDomainPtr domain, connection& owner, asio::mutable_buffer buffer) {
  stream console{owner};
  auto const [failure] = co_await libvirt_asio::async_open_console(console, domain);
  if (failure) co_return 0;
  auto const [error, size] = co_await console.async_read_some(buffer);
  co_return error ? 0 : size;
}

/// Without type erasure.
using plain_connection = libvirt_asio::basic_connection<asio::io_context::executor_type>;
using plain_stream = libvirt_asio::basic_stream<asio::io_context::executor_type>;

template <class Allocator>
void read_by(Allocator allocator, libvirt_asio::stream& console, asio::mutable_buffer buffer) {
  auto handler = [](libvirt_asio::error_code, std::size_t size) { std::cout << size << '\n'; };
  console.async_read_some(buffer, asio::bind_allocator(allocator, std::move(handler)));
}

void start_all(libvirt_asio::stream& console, plain_stream& plain, asio::mutable_buffer buffer) {
  read_by(std::allocator<void>(), console, buffer);
  plain.async_read_some(buffer, asio::detached);
}
