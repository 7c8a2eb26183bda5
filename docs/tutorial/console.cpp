// Copyright (c) 2026 The libvirt-asio authors
// Distributed under the Boost Software License, Version 1.0.

#include <libvirt-asio/libvirt-asio.hpp>

#include <boost/asio.hpp>

#include <cstddef>
#include <cstdlib>
#include <exception>
#include <iostream>
#include <string>

namespace asio = boost::asio;

asio::awaitable<void> talk(libvirt_asio::connection& connection, std::string name, std::string line) {
  auto look_up = [name](virConnectPtr native) { return virDomainLookupByName(native, name.c_str()); };
  libvirt_asio::domain const domain = co_await connection.async_call(look_up);
  libvirt_asio::stream console{connection};
  co_await libvirt_asio::async_open_console(console, domain.get());

  line += '\n';
  co_await asio::async_write(console, asio::buffer(line));
  std::string received;
  std::size_t const size = co_await asio::async_read_until(console, asio::dynamic_buffer(received), '\n');
  std::cout << "the guest answers: " << received.substr(0, size);

  co_await console.async_abort();
}

asio::awaitable<void> run(std::string uri, std::string name, std::string line) {
  libvirt_asio::connection connection{co_await asio::this_coro::executor};
  co_await connection.async_open(uri);
  co_await talk(connection, name, line);
  co_await connection.async_close();
}

int main(int count, char** words) try {
  if (count != 4) {
    std::cerr << "usage: console URI DOMAIN LINE\n";
    return EXIT_FAILURE;
  }
  asio::io_context context{1};
  libvirt_asio::event_loop loop{context};
  auto done = asio::co_spawn(context, run(words[1], words[2], words[3]), asio::use_future);
  context.run();
  done.get();
} catch (std::exception const& error) {
  std::cerr << "console: " << error.what() << '\n';
  return EXIT_FAILURE;
}
