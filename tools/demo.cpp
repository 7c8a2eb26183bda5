// Copyright (c) 2026 The libvirt-asio authors
// Distributed under the Boost Software License, Version 1.0.

// Shows the library at work: a screenshot from a hypervisor inside this process, then a conversation with a
// real guest and a real storage volume, through a libvirtd that this program starts for itself.

#include "local_file.hpp"
#include "progress_bar.hpp"
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
#include <boost/asio/use_awaitable.hpp>
#include <boost/asio/write.hpp>

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

void print_rate(std::string_view what, libvirt_asio::transfer_result const& moved) {
  std::cout << "  " << what << ' ' << moved.data << " bytes in " << std::fixed << std::setprecision(2)
            << moved.duration.count() << " s, " << std::setprecision(0)
            << static_cast<double>(moved.data / mebibyte) / moved.duration.count() << " MiB/s" << std::endl;
}

/// Runs a transfer beneath a progress bar: `start(options)`.
template <class Start>
asio::awaitable<void> transfer_with_bar(std::string_view label, std::string_view what, Start start) {
  libvirt_asio::transfer_result moved;
  {
    example::progress_bar const bar{std::string(label)};
    libvirt_asio::transfer_options options;
    options.progress = [&](libvirt_asio::transfer_progress const& progress) { bar.show(progress); };
    moved = co_await start(options);
  }
  print_rate(what, moved);
}

asio::awaitable<void> transfer(libvirt_asio::connection& connection, std::filesystem::path volume_path,
                               std::filesystem::path folder) {
  std::cout << "A volume of " << volume_size / mebibyte << " MiB, there and back:\n";
  test_support::write_test_file(folder / "original", volume_size);
  auto const volume = co_await connection.async_call(
      [&](virConnectPtr native) { return virStorageVolLookupByPath(native, volume_path.c_str()); });
  auto const upload = [&](auto const& options) {
    return libvirt_asio::async_upload(connection, folder / "original", volume.get(), options, asio::use_awaitable);
  };
  auto const download = [&](auto const& options) {
    return libvirt_asio::async_download(connection, volume.get(), folder / "copy", options, asio::use_awaitable);
  };
  co_await transfer_with_bar("  upload  ", "uploaded", upload);
  co_await transfer_with_bar("  download", "downloaded", download);

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
