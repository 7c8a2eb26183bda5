// Copyright (c) 2026 The libvirt-asio authors
// Distributed under the Boost Software License, Version 1.0.

#include <libvirt-asio/libvirt-asio.hpp>

#include <boost/asio.hpp>

#include <cstdlib>
#include <exception>
#include <fstream>
#include <iostream>
#include <stdexcept>
#include <string>

namespace asio = boost::asio;

asio::awaitable<std::string> read_to_end(libvirt_asio::stream& stream) {
  std::string data;
  auto const [error, size] =
      co_await asio::async_read(stream, asio::dynamic_buffer(data), asio::as_tuple(asio::use_awaitable));
  if (error != asio::error::eof) throw libvirt_asio::system_error(error);
  co_await stream.async_finish();
  co_return data;
}

asio::awaitable<void> take_screenshot(libvirt_asio::connection& connection, std::string name, std::string path) {
  auto look_up = [name](virConnectPtr native) { return virDomainLookupByName(native, name.c_str()); };
  libvirt_asio::domain const domain = co_await connection.async_call(look_up);
  libvirt_asio::stream stream{connection};
  std::string const type = co_await libvirt_asio::async_open_screenshot(stream, domain.get());
  std::string const picture = co_await read_to_end(stream);
  std::ofstream file(path, std::ios::binary);
  file << picture << std::flush;
  if (!file) throw std::runtime_error(path + ": cannot be written");
  std::cout << path << ": " << type << ", " << picture.size() << " bytes\n";
}

asio::awaitable<void> run(std::string uri, std::string name, std::string path) {
  libvirt_asio::connection connection{co_await asio::this_coro::executor};
  co_await connection.async_open(uri);
  co_await take_screenshot(connection, name, path);
  co_await connection.async_close();
}

int main(int count, char** words) try {
  std::string const uri = count > 1 ? words[1] : "test:///default";
  std::string const name = count > 2 ? words[2] : "test";
  std::string const path = count > 3 ? words[3] : "screenshot.png";
  asio::io_context context{1};
  libvirt_asio::event_loop loop{context};
  auto done = asio::co_spawn(context, run(uri, name, path), asio::use_future);
  context.run();
  done.get();
} catch (std::exception const& error) {
  std::cerr << "screenshot: " << error.what() << '\n';
  return EXIT_FAILURE;
}
