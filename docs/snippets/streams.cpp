// Copyright (c) 2026 The libvirt-asio authors
// Distributed under the Boost Software License, Version 1.0.

#include <libvirt-asio/libvirt-asio.hpp>

#include <boost/asio.hpp>

#include <array>
#include <iostream>
#include <string>
#include <string_view>

namespace asio = boost::asio;

constexpr auto as_result = asio::as_tuple(asio::use_awaitable);

asio::awaitable<std::string> read_to_end(libvirt_asio::stream& stream) {
  std::string data;
  auto const [error, size] =
      co_await asio::async_read(stream, asio::dynamic_buffer(data), asio::transfer_all(), as_result);
  if (error != asio::error::eof) throw libvirt_asio::system_error(error);
  co_await stream.async_finish();
  co_return data;
}

asio::awaitable<void> read_in_pieces(libvirt_asio::stream& stream) {
  std::array<char, 65'536> buffer{};
  for (;;) {
    auto const [error, size] = co_await stream.async_read_some(asio::buffer(buffer), as_result);
    if (error == asio::error::eof) break;
    if (error) throw libvirt_asio::system_error(error);
    std::cout << std::string_view(buffer.data(), size);
  }
  co_await stream.async_finish();
}

asio::awaitable<void> write_all(libvirt_asio::stream& stream, std::string_view text) {
  co_await asio::async_write(stream, asio::buffer(text));
  co_await stream.async_finish();   // tells whether all has arrived
}

asio::awaitable<void> print_lines(libvirt_asio::stream& console) {
  std::string received;
  for (;;) {
    auto const size = co_await asio::async_read_until(console, asio::dynamic_buffer(received, 4'096), '\n');
    std::cout << received.substr(0, size);
    received.erase(0, size);
  }
}

asio::awaitable<void> open_agent(libvirt_asio::stream& stream, std::shared_ptr<virDomain> domain) {
  auto open = [domain](virStreamPtr native) {
    return virDomainOpenChannel(domain.get(), "org.example.agent.0", native, VIR_DOMAIN_CHANNEL_FORCE);
  };
  co_await stream.async_open(std::move(open));
}
