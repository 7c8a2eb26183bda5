// Copyright (c) 2026 The libvirt-asio authors
// Distributed under the Boost Software License, Version 1.0.

#include <libvirt-asio/libvirt-asio.hpp>

#include <boost/asio.hpp>

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <cstring>
#include <iostream>
#include <vector>

namespace asio = boost::asio;

asio::awaitable<void> receive_all(libvirt_asio::stream& stream) {
  //! [async_recv_all]
  std::vector<char> picture;
  auto sink = [&picture](asio::const_buffer data) {
    auto const* const begin = static_cast<char const*>(data.data());
    picture.insert(picture.end(), begin, begin + data.size());
  };
  co_await libvirt_asio::async_recv_all(stream, sink);
  co_await stream.async_finish();
  //! [async_recv_all]
}

asio::awaitable<void> sparse_receive_all(libvirt_asio::stream& stream) {
  //! [async_sparse_recv_all]
  std::uint64_t data = 0;
  std::uint64_t holes = 0;
  auto sink = [&data](asio::const_buffer part) { data += part.size(); };
  auto hole_sink = [&holes](std::uint64_t length) { holes += length; };
  co_await libvirt_asio::async_sparse_recv_all(stream, sink, hole_sink);
  co_await stream.async_finish();
  //! [async_sparse_recv_all]
  std::cout << data << " and " << holes << '\n';
}

asio::awaitable<void> send_all(libvirt_asio::stream& stream, asio::readable_pipe& pipe) {
  //! [async_send_all]
  auto source = [&pipe](asio::mutable_buffer buffer) -> asio::awaitable<std::size_t> {
    auto const [error, size] = co_await pipe.async_read_some(buffer, asio::as_tuple(asio::use_awaitable));
    if (error && error != asio::error::eof) throw libvirt_asio::system_error(error);
    co_return size;                         // 0 at the end
  };
  co_await libvirt_asio::async_send_all(stream, source);
  co_await stream.async_finish();
  //! [async_send_all]
}

asio::awaitable<void> sparse_send_all(libvirt_asio::stream& stream) {
  //! [async_sparse_send_all]
  // 1 MiB of data, then a hole of 1 GiB.
  std::uint64_t data = std::uint64_t{1} << 20;
  std::uint64_t hole = std::uint64_t{1} << 30;
  auto sections = [&] {
    if (data != 0) return libvirt_asio::section{.hole = false, .length = data};
    return libvirt_asio::section{.hole = true, .length = hole};   // of length 0 at the end
  };
  auto source = [&](asio::mutable_buffer buffer) {
    auto const size = static_cast<std::size_t>(std::min<std::uint64_t>(buffer.size(), data));
    std::memset(buffer.data(), 'x', size);
    data -= size;
    return size;
  };
  auto skip = [&](std::uint64_t length) { hole -= length; };
  co_await libvirt_asio::async_sparse_send_all(stream, source, sections, skip);
  co_await stream.async_finish();
  //! [async_sparse_send_all]
}

asio::awaitable<void> transfer(libvirt_asio::connection& conn, libvirt_asio::storage_vol& vol) {
  //! [transfer_options]
  libvirt_asio::transfer_options options;
  options.streams = 4;
  options.resume = true;
  options.progress = [](libvirt_asio::transfer_progress const& so_far) {
    std::cout << so_far.data + so_far.holes << " of " << so_far.total << " bytes\n";
  };
  co_await libvirt_asio::async_download(conn, vol.get(), "disk.img", options);
  //! [transfer_options]
}

asio::awaitable<void> download(libvirt_asio::connection& conn, libvirt_asio::storage_vol& vol) {
  //! [async_download]
  auto const moved = co_await libvirt_asio::async_download(conn, vol.get(), "disk.img");
  std::cout << moved.data << " bytes in " << moved.duration.count() << " s\n";
  //! [async_download]
}

asio::awaitable<void> upload(libvirt_asio::connection& conn, libvirt_asio::storage_vol& vol) {
  //! [async_upload]
  libvirt_asio::transfer_options options;
  options.sparse = false;                   // zeros, where the file has holes
  co_await libvirt_asio::async_upload(conn, "disk.img", vol.get(), options);
  //! [async_upload]
}

asio::awaitable<void> download_to_function(libvirt_asio::connection& conn, libvirt_asio::storage_vol& vol,
                                           asio::writable_pipe& pipe) {
  //! [download_to_function]
  libvirt_asio::transfer_options options;
  options.sparse = false;                   // a pipe has no holes
  auto sink = [&pipe](std::uint64_t, asio::const_buffer data) -> asio::awaitable<void> {
    co_await asio::async_write(pipe, data, asio::use_awaitable);
  };
  co_await libvirt_asio::async_download(conn, vol.get(), sink, options);
  //! [download_to_function]
}

asio::awaitable<void> upload_from_function(libvirt_asio::connection& conn, libvirt_asio::storage_vol& vol,
                                           std::vector<std::byte> const& image) {
  //! [upload_from_function]
  auto source = [&image](std::uint64_t offset, asio::mutable_buffer buffer) {
    auto const rest = asio::buffer(image) + static_cast<std::size_t>(offset);
    return asio::buffer_copy(buffer, rest); // 0 at the end
  };
  co_await libvirt_asio::async_upload(conn, source, vol.get());
  //! [upload_from_function]
}

asio::awaitable<void> copy(libvirt_asio::connection& from, libvirt_asio::storage_vol& source,
                           libvirt_asio::connection& to, libvirt_asio::storage_vol& target) {
  //! [async_copy]
  auto const moved = co_await libvirt_asio::async_copy(from, source.get(), to, target.get());
  std::cout << moved.data << " bytes of data, " << moved.holes << " in holes\n";
  //! [async_copy]
}
