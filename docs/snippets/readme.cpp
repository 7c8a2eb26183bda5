// Copyright (c) 2026 The libvirt-asio authors
// Distributed under the Boost Software License, Version 1.0.

#include <libvirt-asio/libvirt-asio.hpp>

#include <boost/asio.hpp>

#include <exception>
#include <iostream>
#include <string>

namespace asio = boost::asio;

asio::awaitable<void> greet(libvirt_asio::connection& conn) {
  auto dom = co_await conn.async_call(               // an owning handle, freed by itself
      [](virConnectPtr c) { return virDomainLookupByName(c, "vm"); });
  libvirt_asio::stream console{conn};
  co_await libvirt_asio::async_open_console(console, dom.get());
  co_await asio::async_write(console, asio::buffer("root\n", 5));
  std::string line;
  co_await asio::async_read_until(console, asio::dynamic_buffer(line), '\n');
  std::cout << line;
  co_await console.async_abort();
}

asio::awaitable<void> run(asio::io_context& context) {
  libvirt_asio::connection conn{context};
  co_await conn.async_open("qemu:///system");
  co_await greet(conn);
  co_await conn.async_close();
}

int main() try {
  asio::io_context context;
  libvirt_asio::event_loop loop{context};            // libvirt now runs on the context
  auto done = asio::co_spawn(context, run(context), asio::use_future);
  context.run();
  done.get();                                        // throws what the coroutine has thrown
} catch (std::exception const& error) {
  std::cerr << error.what() << '\n';
  return 1;
}
