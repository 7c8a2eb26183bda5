// Copyright (c) 2026 The libvirt-asio authors
// Distributed under the Boost Software License, Version 1.0.

#include <libvirt-asio/libvirt-asio.hpp>

#include <boost/asio.hpp>

#include <array>
#include <cstddef>
#include <iostream>
#include <memory>
#include <string>
#include <utility>
#include <vector>

namespace asio = boost::asio;

asio::awaitable<void> talk(libvirt_asio::connection& conn, libvirt_asio::domain& dom) {
  //! [stream]
  libvirt_asio::stream console{conn};
  co_await libvirt_asio::async_open_console(console, dom.get());
  co_await asio::async_write(console, asio::buffer("root\n", 5));
  std::string line;
  co_await asio::async_read_until(console, asio::dynamic_buffer(line), '\n');
  co_await console.async_abort();           // a console has no end to wait for
  //! [stream]
}

asio::awaitable<void> open(libvirt_asio::connection& conn, std::shared_ptr<virStorageVol> vol) {
  //! [async_open]
  libvirt_asio::stream stream{conn};
  auto download = [vol](virStreamPtr s) { return virStorageVolDownload(vol.get(), s, 0, 0, 0); };
  co_await stream.async_open(std::move(download));
  //! [async_open]
}

asio::awaitable<void> read(libvirt_asio::stream& console) {
  //! [async_read_some]
  std::array<char, 4096> buffer;
  for (;;) {
    auto const [error, size] =
        co_await console.async_read_some(asio::buffer(buffer), asio::as_tuple(asio::use_awaitable));
    if (error == asio::error::eof) break;   // the guest has ended
    if (error) throw libvirt_asio::system_error(error);
    std::cout.write(buffer.data(), static_cast<std::streamsize>(size));
  }
  //! [async_read_some]
}

asio::awaitable<void> write(libvirt_asio::stream& upload, std::vector<std::byte> const& data) {
  //! [async_write_some]
  asio::const_buffer left = asio::buffer(data);
  while (left.size() != 0)
    left += co_await upload.async_write_some(left);   // up to 1 MiB at a time; asio::async_write takes 64 KiB
  //! [async_write_some]
  //! [async_finish]
  co_await upload.async_finish();           // throws if the daemon could not store what was written
  //! [async_finish]
}

asio::awaitable<void> receive(libvirt_asio::connection& conn, libvirt_asio::storage_vol& vol) {
  //! [async_receive]
  libvirt_asio::download_options const sparse{.sparse = true};
  libvirt_asio::stream stream{conn};
  co_await libvirt_asio::async_open_download(stream, vol.get(), sparse);
  std::vector<std::byte> buffer(262'144);
  for (;;) {
    auto const [error, part] =
        co_await stream.async_receive(asio::buffer(buffer), asio::as_tuple(asio::use_awaitable));
    if (error == asio::error::eof) break;
    if (error) throw libvirt_asio::system_error(error);
    std::cout << (part.hole ? "hole: " : "data: ") << part.length << '\n';
  }
  co_await stream.async_finish();
  //! [async_receive]
}

asio::awaitable<void> send_hole(libvirt_asio::connection& conn, libvirt_asio::storage_vol& vol) {
  //! [async_send_hole]
  libvirt_asio::upload_options const sparse{.sparse = true};
  libvirt_asio::stream stream{conn};
  co_await libvirt_asio::async_open_upload(stream, vol.get(), sparse);
  co_await asio::async_write(stream, asio::buffer("first", 5));
  co_await stream.async_send_hole(1'048'576);
  co_await asio::async_write(stream, asio::buffer("last", 4));
  co_await stream.async_finish();
  //! [async_send_hole]
}

asio::awaitable<void> wait(libvirt_asio::stream& stream) {
  //! [async_wait]
  co_await stream.async_wait(libvirt_asio::stream_events::readable);
  std::array<char, 4096> buffer;
  libvirt_asio::error_code error;
  auto const size = stream.read_some(asio::buffer(buffer), error);
  if (error == asio::error::would_block)
    std::cout << "Nothing is there yet.\n";
  else if (error)
    throw libvirt_asio::system_error(error);
  else
    std::cout << "Read " << size << " bytes.\n";
  //! [async_wait]
}

asio::awaitable<void> abort(libvirt_asio::stream& console) {
  //! [async_abort]
  libvirt_asio::error_code error;
  co_await console.async_abort(asio::redirect_error(asio::use_awaitable, error));
  if (error) std::cerr << error.message() << '\n';
  //! [async_abort]
}
