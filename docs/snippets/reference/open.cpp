// Copyright (c) 2026 The libvirt-asio authors
// Distributed under the Boost Software License, Version 1.0.

#include <libvirt-asio/libvirt-asio.hpp>

#include <boost/asio.hpp>

#include <cstddef>
#include <iostream>
#include <string>
#include <utility>
#include <vector>

namespace asio = boost::asio;

asio::awaitable<void> open_console(libvirt_asio::connection& conn, libvirt_asio::domain& dom) {
  //! [async_open_console]
  libvirt_asio::console_options options;
  options.device = "serial1";
  options.force = true;                     // whoever has it open loses it
  libvirt_asio::stream console{conn};
  co_await libvirt_asio::async_open_console(console, dom.get(), std::move(options));
  //! [async_open_console]
}

asio::awaitable<void> open_channel(libvirt_asio::connection& conn, libvirt_asio::domain& dom) {
  //! [async_open_channel]
  libvirt_asio::console_options options;
  options.device = "com.example.control";   // the name of its target
  libvirt_asio::stream channel{conn};
  co_await libvirt_asio::async_open_channel(channel, dom.get(), std::move(options));
  co_await asio::async_write(channel, asio::buffer("status\n", 7));
  //! [async_open_channel]
}

asio::awaitable<void> take_screenshot(libvirt_asio::connection& conn, libvirt_asio::domain& dom) {
  //! [async_open_screenshot]
  libvirt_asio::stream stream{conn};
  std::string const type = co_await libvirt_asio::async_open_screenshot(stream, dom.get());
  std::vector<std::byte> picture;
  auto const [error, size] =
      co_await asio::async_read(stream, asio::dynamic_buffer(picture), asio::as_tuple(asio::use_awaitable));
  if (error != asio::error::eof) throw libvirt_asio::system_error(error);
  co_await stream.async_finish();
  std::cout << type << ", " << size << " bytes\n";
  //! [async_open_screenshot]
}

asio::awaitable<void> read_header(libvirt_asio::connection& conn, libvirt_asio::storage_vol& vol) {
  //! [async_open_download]
  libvirt_asio::stream stream{conn};
  libvirt_asio::byte_range const header{.offset = 0, .length = 512};
  co_await libvirt_asio::async_open_download(stream, vol.get(), header);
  std::vector<std::byte> bytes(512);
  co_await asio::async_read(stream, asio::buffer(bytes));
  co_await stream.async_abort();            // there may be more, which is not wanted
  //! [async_open_download]
}

asio::awaitable<void> write_header(libvirt_asio::connection& conn, libvirt_asio::storage_vol& vol,
                                   std::vector<std::byte> const& bytes) {
  //! [async_open_upload]
  libvirt_asio::stream stream{conn};
  libvirt_asio::byte_range const header{.offset = 0, .length = bytes.size()};
  co_await libvirt_asio::async_open_upload(stream, vol.get(), header);
  co_await asio::async_write(stream, asio::buffer(bytes));
  co_await stream.async_finish();           // tells whether they have arrived
  //! [async_open_upload]
}
