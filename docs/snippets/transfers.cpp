// Copyright (c) 2026 The libvirt-asio authors
// Distributed under the Boost Software License, Version 1.0.

#include <libvirt-asio/libvirt-asio.hpp>

#include <boost/asio.hpp>

#include <cstddef>
#include <cstdint>
#include <iostream>

namespace asio = boost::asio;

asio::awaitable<void> save(libvirt_asio::connection& connection, virStorageVolPtr volume) {
  libvirt_asio::transfer_options options;
  options.streams = 4;
  options.progress = [](libvirt_asio::transfer_progress const& so_far) {
    std::cout << so_far.data + so_far.holes << " of " << so_far.total << " bytes\n";
  };
  auto const moved = co_await libvirt_asio::async_download(connection, volume, "disk.img", options);
  std::cout << moved.data << " bytes in " << moved.duration.count() << " s\n";
}

/// Uploads what a program writes into a pipe.
asio::awaitable<void> upload(libvirt_asio::connection& connection, asio::readable_pipe& pipe, virStorageVolPtr volume) {
  auto const source = [&pipe](std::uint64_t, asio::mutable_buffer buffer) -> asio::awaitable<std::size_t> {
    auto const [error, size] = co_await pipe.async_read_some(buffer, asio::as_tuple(asio::use_awaitable));
    if (error && error != asio::error::eof) throw libvirt_asio::system_error(error);
    co_return size;
  };
  co_await libvirt_asio::async_upload(connection, source, volume);
}

asio::awaitable<void> copy(libvirt_asio::connection& from, virStorageVolPtr volume, libvirt_asio::connection& to,
                           virStorageVolPtr target) {
  co_await libvirt_asio::async_copy(from, volume, to, target);
}
