// Copyright (c) 2026 The libvirt-asio authors
// Distributed under the Boost Software License, Version 1.0.

// Shows the library at work: a screenshot from a hypervisor inside this process, then a conversation with a
// real guest and a real storage volume, through a libvirtd that this program starts for itself.

#include "file_transfer.hpp"
#include "run.hpp"

#include <support/echo_guest.hpp>
#include <support/libvirt_failure.hpp>
#include <support/private_libvirtd.hpp>
#include <support/sha256.hpp>
#include <support/storage_pool.hpp>
#include <support/temporary_folder.hpp>
#include <support/test_data.hpp>

#include <libvirt-asio/libvirt-asio.hpp>

#include <boost/asio/as_tuple.hpp>
#include <boost/asio/awaitable.hpp>
#include <boost/asio/io_context.hpp>
#include <boost/asio/read.hpp>
#include <boost/asio/read_until.hpp>
#include <boost/asio/write.hpp>

#include <chrono>
#include <cstdint>
#include <filesystem>
#include <iomanip>
#include <iostream>
#include <memory>
#include <span>
#include <stdexcept>
#include <string>
#include <string_view>

namespace asio = boost::asio;

namespace {

constexpr std::uint64_t mebibyte = std::uint64_t{1} << 20;
constexpr std::uint64_t volume_size = 256 * mebibyte;

/// libvirt's test driver is a hypervisor within the process, whose guests are made up.
asio::awaitable<void> take_screenshot(std::filesystem::path picture) {
  std::cout << "A screenshot of a guest of the test driver, in this process:\n";
  libvirt_asio::connection connection{co_await asio::this_coro::executor};
  co_await connection.async_open("test:///default");
  auto const domain = co_await connection.async_call(
      [](virConnectPtr native) { return virDomainLookupByName(native, "test"); });

  libvirt_asio::stream stream{connection};
  auto const mime_type = co_await libvirt_asio::async_open_screenshot(stream, domain.get());
  std::string data;
  auto const [error, size] = co_await asio::async_read(stream, asio::dynamic_buffer(data),
                                                       asio::transfer_all(), asio::as_tuple(asio::deferred));
  if (error != asio::error::eof) throw libvirt_asio::system_error(error);
  co_await stream.async_finish();

  example::target_file file(picture);
  file.write(std::as_bytes(std::span(data)));
  file.complete();
  std::cout << "  " << picture.string() << ", " << size << " bytes of " << mime_type << "\n\n";
  co_await connection.async_close();
}

/// The real parts. They are made and taken down by plain blocking calls, over a connection of their own.
struct stage {
  struct closer {
    void operator()(virConnectPtr connection) const { virConnectClose(connection); }
  };

  static virConnectPtr connect(std::string const& uri) {
    auto* const connection = virConnectOpen(uri.c_str());
    if (connection == nullptr) test_support::throw_last_error("cannot open " + uri);
    return connection;
  }

  test_support::private_libvirtd daemon;
  test_support::temporary_folder pool_folder = daemon.make_folder();
  test_support::temporary_folder file_folder;
  std::unique_ptr<virConnect, closer> connection{connect(daemon.unix_uri())};
  test_support::echo_guest guest{connection.get(), {.paused = true}};
  test_support::storage_pool pool{connection.get(), pool_folder.path()};
  test_support::volume_handle volume{pool.create_volume("volume", volume_size)};
};

asio::awaitable<void> print_answer(libvirt_asio::stream& console) {
  std::string line;
  co_await asio::async_read_until(console, asio::dynamic_buffer(line), '\n');
  std::cout << "  guest: " << line.substr(0, line.find_first_of("\r\n")) << std::endl;
}

asio::awaitable<void> talk(libvirt_asio::connection& connection, std::string name) {
  std::cout << "A conversation on the console of the guest '" << name << "':\n";
  auto const domain = co_await connection.async_call(
      [&](virConnectPtr native) { return virDomainLookupByName(native, name.c_str()); });
  libvirt_asio::stream console{connection};
  co_await libvirt_asio::async_open_console(console, domain.get());
  co_await connection.async_call([&](virConnectPtr) { return virDomainResume(domain.get()); });
  co_await print_answer(console);
  for (std::string_view const words : {"Hello, guest.\n", "Is this Boost.Asio?\n", "Good bye.\n"}) {
    std::cout << "  we:    " << words << std::flush;
    co_await asio::async_write(console, asio::buffer(words));
    co_await print_answer(console);
  }
  co_await console.async_abort();
  std::cout << '\n';
}

void print_rate(std::string_view what, std::chrono::steady_clock::time_point start) {
  std::chrono::duration<double> const taken = std::chrono::steady_clock::now() - start;
  std::cout << "  " << what << ' ' << volume_size << " bytes in " << std::fixed << std::setprecision(2)
            << taken.count() << " s, " << std::setprecision(0)
            << static_cast<double>(volume_size / mebibyte) / taken.count() << " MiB/s" << std::endl;
}

asio::awaitable<void> upload(libvirt_asio::connection& connection, virStorageVolPtr volume,
                             std::filesystem::path file) {
  example::source_file source(file);
  auto const start = std::chrono::steady_clock::now();
  {
    libvirt_asio::stream stream{connection};
    co_await libvirt_asio::async_open_upload(stream, volume);
    example::progress_bar progress("  upload  ", volume_size);
    co_await example::send_file(source, volume_size, stream, progress);
  }
  print_rate("uploaded", start);
}

asio::awaitable<void> download(libvirt_asio::connection& connection, virStorageVolPtr volume,
                               std::filesystem::path file) {
  example::target_file target(file);
  auto const start = std::chrono::steady_clock::now();
  {
    libvirt_asio::stream stream{connection};
    co_await libvirt_asio::async_open_download(stream, volume);
    example::progress_bar progress("  download", volume_size);
    co_await example::receive_file(stream, target, progress);
  }
  print_rate("downloaded", start);
}

asio::awaitable<void> transfer(libvirt_asio::connection& connection, std::filesystem::path volume_path,
                               std::filesystem::path folder) {
  std::cout << "A volume of " << volume_size / mebibyte << " MiB, there and back:\n";
  test_support::write_test_file(folder / "original", volume_size);
  auto const volume = co_await connection.async_call(
      [&](virConnectPtr native) { return virStorageVolLookupByPath(native, volume_path.c_str()); });
  co_await upload(connection, volume.get(), folder / "original");
  co_await download(connection, volume.get(), folder / "copy");

  auto const original = test_support::sha256_of_file(folder / "original");
  auto const copy = test_support::sha256_of_file(folder / "copy");
  std::cout << "  SHA-256 of the original " << original << "\n  SHA-256 of the copy     " << copy << '\n';
  if (copy != original) throw std::runtime_error("the copy differs from the original");
}

asio::awaitable<void> demonstrate(std::filesystem::path picture) {
  co_await take_screenshot(picture);

  std::cout << "Starting a private libvirtd with a guest and a storage pool." << std::endl;
  stage const real;
  std::cout << "  " << real.daemon.unix_uri() << "\n\n";
  libvirt_asio::connection connection{co_await asio::this_coro::executor};
  co_await connection.async_open(real.daemon.unix_uri());
  co_await talk(connection, real.guest.name());
  co_await transfer(connection, real.pool.path("volume"), real.file_folder.path());
  co_await connection.async_close();
}

}  // namespace

int main(int count, char** words) {
  if (count != 2) {
    std::cerr << "Usage: demo PICTURE\n";
    return 2;
  }
  asio::io_context context{1};
  libvirt_asio::event_loop loop{context};
  return example::run("demo", context, demonstrate(words[1]));
}
