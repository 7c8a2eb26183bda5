// Copyright (c) 2026 The libvirt-asio authors
// Distributed under the Boost Software License, Version 1.0.

#include <libvirt-asio/libvirt-asio.hpp>

#include <boost/asio.hpp>

#include <cstdlib>
#include <exception>
#include <iostream>
#include <string>

namespace asio = boost::asio;

virStorageVolPtr look_up_volume(virConnectPtr native, std::string const& pool_name, std::string const& name) {
  libvirt_asio::storage_pool const pool(virStoragePoolLookupByName(native, pool_name.c_str()));
  return pool ? virStorageVolLookupByName(pool.get(), name.c_str()) : nullptr;
}

void show(libvirt_asio::transfer_progress const& progress) {
  auto const done = progress.data + progress.holes;
  std::cout << (progress.total == 0 ? 0 : done * 100 / progress.total) << " %\r" << std::flush;
}

asio::awaitable<void> upload(libvirt_asio::connection& connection, std::string path, std::string pool,
                             std::string name) {
  auto look_up = [=](virConnectPtr native) { return look_up_volume(native, pool, name); };
  libvirt_asio::storage_vol const volume = co_await connection.async_call(look_up);
  libvirt_asio::transfer_options options;
  options.progress = &show;
  auto const moved = co_await libvirt_asio::async_upload(connection, path, volume.get(), options);
  std::cout << name << ": " << moved.data << " bytes of data, " << moved.holes << " bytes in holes\n";
}

asio::awaitable<void> run(std::string uri, std::string path, std::string pool, std::string name) {
  libvirt_asio::connection connection{co_await asio::this_coro::executor};
  co_await connection.async_open(uri);
  co_await upload(connection, path, pool, name);
  co_await connection.async_close();
}

int main(int count, char** words) try {
  if (count != 5) {
    std::cerr << "usage: upload URI FILE POOL VOLUME\n";
    return EXIT_FAILURE;
  }
  asio::io_context context{1};
  libvirt_asio::event_loop loop{context};
  auto done = asio::co_spawn(context, run(words[1], words[2], words[3], words[4]), asio::use_future);
  context.run();
  done.get();
} catch (std::exception const& error) {
  std::cerr << "upload: " << error.what() << '\n';
  return EXIT_FAILURE;
}
