// Copyright (c) 2026 The libvirt-asio authors
// Distributed under the Boost Software License, Version 1.0.

// Takes a screenshot of a domain.

#include "command_line.hpp"
#include "local_file.hpp"
#include "look_up.hpp"
#include "read_to_end.hpp"
#include "run.hpp"

#include <libvirt-asio/libvirt-asio.hpp>

#include <boost/asio/awaitable.hpp>
#include <boost/asio/io_context.hpp>

#include <filesystem>
#include <iostream>
#include <span>
#include <string>

namespace asio = boost::asio;

namespace {

struct settings {
  std::string uri;
  std::string domain;
  std::string file;
  unsigned screen = 0;
};

/// Hypervisors choose the format themselves: QEMU writes a portable pixmap unless it was built for PNG.
void check_format(std::string const& file, std::string const& mime_type) {
  if (std::filesystem::path(file).extension() == ".png" && mime_type != "image/png")
    throw std::runtime_error(file + " would not be a PNG: the hypervisor gives " + mime_type);
}

asio::awaitable<void> take_screenshot(settings const& wanted) {
  libvirt_asio::connection connection{co_await asio::this_coro::executor};
  co_await connection.async_open(wanted.uri);
  auto look_up = [name = wanted.domain](virConnectPtr native) { return example::look_up_domain(native, name); };
  auto const domain = co_await connection.async_call(std::move(look_up));

  libvirt_asio::stream stream{connection};
  auto const mime_type = co_await libvirt_asio::async_open_screenshot(stream, domain.get(), wanted.screen);
  check_format(wanted.file, mime_type);

  auto const picture = co_await example::read_to_end(stream);
  example::target_file file(wanted.file);
  file.write(std::as_bytes(std::span(picture)));
  file.complete();
  std::cout << wanted.file << ": " << mime_type << ", " << picture.size() << " bytes\n";
  co_await connection.async_close();
}

}  // namespace

int main(int count, char** words) {
  settings wanted;
  example::command_line line("screenshot", "Writes a picture of a domain's screen to a file.");
  line.connect(wanted.uri).argument("DOMAIN", wanted.domain).argument("FILE", wanted.file);
  line.add("screen", "N", wanted.screen, "which screen, the first is 0");
  if (auto const exit_code = line.parse(count, words)) return *exit_code;

  asio::io_context context{1};
  libvirt_asio::event_loop loop{context};
  return example::run(line.program(), context, take_screenshot(wanted));
}
