// Copyright (c) 2026 The libvirt-asio authors
// Distributed under the Boost Software License, Version 1.0.

// Uploads a file to a storage volume, or downloads a volume to a file.

#include "command_line.hpp"
#include "file_transfer.hpp"
#include "run.hpp"

#include <libvirt-asio/libvirt-asio.hpp>

#include <boost/asio/awaitable.hpp>
#include <boost/asio/io_context.hpp>

#include <algorithm>
#include <cstdint>
#include <stdexcept>
#include <string>

namespace asio = boost::asio;

namespace {

struct settings {
  std::string action;
  std::string pool;
  std::string volume;
  std::string file;
  libvirt_asio::byte_range range;
};

asio::awaitable<libvirt_asio::storage_vol> find_volume(libvirt_asio::connection& connection,
                                                       settings const& wanted) {
  auto const pool = co_await connection.async_call(
      [&](virConnectPtr native) { return virStoragePoolLookupByName(native, wanted.pool.c_str()); });
  co_return co_await connection.async_call(
      [&](virConnectPtr) { return virStorageVolLookupByName(pool.get(), wanted.volume.c_str()); });
}

/// The number of bytes that a download of the range gives. libvirt itself leaves out what is not there.
asio::awaitable<std::uint64_t> download_size(libvirt_asio::connection& connection, virStorageVolPtr volume,
                                             libvirt_asio::byte_range range) {
  virStorageVolInfo info{};
  // The capacity is what a guest sees: of a compressed or growing format that is another number.
  co_await connection.async_call(
      [&](virConnectPtr) { return virStorageVolGetInfoFlags(volume, &info, VIR_STORAGE_VOL_GET_PHYSICAL); });
  std::uint64_t const physical = info.allocation;
  if (range.offset > physical || range.length > physical - range.offset)
    throw std::runtime_error("the volume has only " + std::to_string(physical) + " bytes");
  co_return range.length == 0 ? physical - range.offset : range.length;
}

asio::awaitable<void> upload(libvirt_asio::connection& connection, virStorageVolPtr volume,
                             settings const& wanted) {
  example::source_file source(wanted.file);
  auto const size = source.size();
  auto const length = wanted.range.length == 0 ? size : std::min(size, wanted.range.length);
  libvirt_asio::stream stream{connection};
  co_await libvirt_asio::async_open_upload(stream, volume, {wanted.range.offset, length}, 0);
  example::progress_bar progress("upload", length);
  co_await example::send_file(source, length, stream, progress);
}

asio::awaitable<void> download(libvirt_asio::connection& connection, virStorageVolPtr volume,
                               settings const& wanted) {
  example::target_file target(wanted.file);
  auto const size = co_await download_size(connection, volume, wanted.range);
  libvirt_asio::stream stream{connection};
  co_await libvirt_asio::async_open_download(stream, volume, wanted.range, 0);
  example::progress_bar progress("download", size);
  co_await example::receive_file(stream, target, progress);
}

asio::awaitable<void> transfer(std::string uri, settings const& wanted) {
  libvirt_asio::connection connection{co_await asio::this_coro::executor};
  co_await connection.async_open(uri);
  auto const volume = co_await find_volume(connection, wanted);
  if (wanted.action == "upload")
    co_await upload(connection, volume.get(), wanted);
  else
    co_await download(connection, volume.get(), wanted);
  co_await connection.async_close();
}

}  // namespace

int main(int count, char** words) {
  settings wanted;
  example::command_line line("volume", "Copies a file to a storage volume, or a volume to a file.");
  line.argument("upload|download", wanted.action, {"upload", "download"})
      .argument("POOL", wanted.pool)
      .argument("VOLUME", wanted.volume)
      .argument("FILE", wanted.file);
  line.add("offset", "BYTES", wanted.range.offset, "where in the volume to begin");
  line.add("length", "BYTES", wanted.range.length, "how much to copy; otherwise all up to the end");
  if (auto const exit_code = line.parse(count, words)) return *exit_code;

  asio::io_context context{1};
  libvirt_asio::event_loop loop{context};
  return example::run(line.program(), context, transfer(line.uri(), wanted));
}
