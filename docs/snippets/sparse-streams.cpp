// Copyright (c) 2026 The libvirt-asio authors
// Distributed under the Boost Software License, Version 1.0.

#include <libvirt-asio/libvirt-asio.hpp>

#include <boost/asio.hpp>

#include <cstddef>
#include <cstdint>
#include <fstream>
#include <span>
#include <utility>
#include <vector>

namespace asio = boost::asio;

asio::awaitable<void> receive(libvirt_asio::stream& source, virStorageVolPtr volume, std::ofstream& file) {
  libvirt_asio::download_options options;
  options.sparse = true;
  co_await libvirt_asio::async_open_download(source, volume, options);
  std::vector<char> buffer(262'144);
  for (;;) {
    auto const [error, part] = co_await source.async_receive(asio::buffer(buffer), asio::as_tuple(asio::use_awaitable));
    if (error == asio::error::eof) break;
    if (error) throw libvirt_asio::system_error(error);
    if (part.hole)
      file.seekp(static_cast<std::streamoff>(part.length), std::ios::cur);
    else
      file.write(buffer.data(), static_cast<std::streamsize>(part.length));
  }
  co_await source.async_finish();
}

asio::awaitable<void> send(libvirt_asio::stream& target, virStorageVolPtr volume, std::span<char const> data) {
  libvirt_asio::upload_options options;
  options.sparse = true;
  co_await libvirt_asio::async_open_upload(target, volume, options);
  co_await asio::async_write(target, asio::buffer(data.data(), data.size()));
  co_await target.async_send_hole(std::uint64_t{1} << 30);
  co_await asio::async_write(target, asio::buffer(data.data(), data.size()));
  co_await target.async_finish();
}

asio::awaitable<std::uint64_t> count_holes(libvirt_asio::stream& source) {
  std::uint64_t holes = 0;
  auto sink = [](asio::const_buffer) {};
  auto hole_sink = [&holes](std::uint64_t length) { holes += length; };
  co_await libvirt_asio::async_sparse_recv_all(source, sink, hole_sink);
  co_await source.async_finish();
  co_return holes;
}

/// An image in memory: data, and a hole behind it.
class image {
 public:
  image(std::vector<char> data, std::uint64_t hole) : data_(std::move(data)), hole_(hole) {}

  /// In what part the image is now, and how much of it is left.
  [[nodiscard]] libvirt_asio::section part() const {
    if (position_ < data_.size()) return {.hole = false, .length = data_.size() - position_};
    return {.hole = true, .length = hole_};
  }

  std::size_t read(asio::mutable_buffer buffer) {
    auto const copied = asio::buffer_copy(buffer, asio::buffer(data_) + position_);
    position_ += copied;
    return copied;
  }

  void skip(std::uint64_t length) { hole_ -= length; }

 private:
  std::vector<char> data_;
  std::size_t position_ = 0;
  std::uint64_t hole_;
};

asio::awaitable<void> send_image(libvirt_asio::stream& target, image& from) {
  auto source = [&from](asio::mutable_buffer buffer) { return from.read(buffer); };
  auto sections = [&from] { return from.part(); };
  auto skip = [&from](std::uint64_t length) { from.skip(length); };
  co_await libvirt_asio::async_sparse_send_all(target, source, sections, skip);
  co_await target.async_finish();
}
