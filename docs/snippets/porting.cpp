// Copyright (c) 2026 The libvirt-asio authors
// Distributed under the Boost Software License, Version 1.0.

#include <libvirt-asio/libvirt-asio.hpp>

#include <boost/asio.hpp>

#include <array>
#include <cstdio>

namespace asio = boost::asio;

constexpr auto as_result = asio::as_tuple(asio::use_awaitable);

asio::awaitable<void> print(libvirt_asio::stream& console, virDomainPtr domain) {
  co_await libvirt_asio::async_open_console(console, domain);
  std::array<char, 1'024> buffer{};
  for (;;) {
    auto const [error, size] = co_await console.async_read_some(asio::buffer(buffer), as_result);
    if (error) break;
    std::fwrite(buffer.data(), 1, size, stdout);
  }
  co_await console.async_abort();
}

/// By events alone, for code that is made of callbacks.
asio::awaitable<void> print_when_told(libvirt_asio::stream& console) {
  using libvirt_asio::stream_events;
  std::array<char, 1'024> buffer{};
  for (;;) {
    co_await console.async_wait(stream_events::readable);
    libvirt_asio::error_code error;
    auto const size = console.read_some(asio::buffer(buffer), error);
    if (error == asio::error::would_block) continue;
    if (error) co_return;
    std::fwrite(buffer.data(), 1, size, stdout);
  }
}
