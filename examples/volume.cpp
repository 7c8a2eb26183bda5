// Copyright (c) 2026 The libvirt-asio authors
// Distributed under the Boost Software License, Version 1.0.

// Uploads a file to a storage volume, downloads a volume to a file, or copies a volume to another host's.

#include "command_line.hpp"
#include "look_up.hpp"
#include "progress_bar.hpp"
#include "run.hpp"
#include "standard_descriptor.hpp"

#include <libvirt-asio/libvirt-asio.hpp>

#include <boost/asio/awaitable.hpp>
#include <boost/asio/io_context.hpp>

#include <unistd.h>

#include <cstdint>
#include <stdexcept>
#include <string>
#include <utility>

namespace asio = boost::asio;

namespace {

struct settings {
  std::string action;
  std::string pool;
  std::string volume;
  std::string target;
  std::string uri;
  std::string to_uri;
  std::string sparse = "auto";
  libvirt_asio::transfer_options options;
};

asio::awaitable<libvirt_asio::storage_vol> find_volume(libvirt_asio::connection& connection, std::string pool,
                                                       std::string volume) {
  auto look_up = [pool = std::move(pool), volume = std::move(volume)](virConnectPtr native) {
    return example::look_up_volume(native, pool, volume);
  };
  co_return co_await connection.async_call(std::move(look_up));
}

/// Splits what `copy` takes for its target, POOL/VOLUME.
std::pair<std::string, std::string> pool_and_volume(std::string const& text) {
  auto const slash = text.find('/');
  if (slash == std::string::npos) throw std::runtime_error("'" + text + "' is not POOL/VOLUME");
  return {text.substr(0, slash), text.substr(slash + 1)};
}

using libvirt_asio::transfer_result;

asio::awaitable<transfer_result> copy(libvirt_asio::connection& from, virStorageVolPtr source,
                                      settings const& wanted) {
  auto const [pool, volume] = pool_and_volume(wanted.target);
  libvirt_asio::connection to{from.get_executor()};
  co_await to.async_open(wanted.to_uri.empty() ? wanted.uri : wanted.to_uri);
  transfer_result moved;
  {
    auto const target = co_await find_volume(to, pool, volume);
    moved = co_await libvirt_asio::async_copy(from, source, to, target.get(), wanted.options);
  }
  co_await to.async_close();
  co_return moved;
}

asio::awaitable<transfer_result> upload(libvirt_asio::connection& connection, virStorageVolPtr volume,
                                        settings wanted) {
  if (wanted.target != "-")
    co_return co_await libvirt_asio::async_upload(connection, wanted.target, volume, wanted.options);
  // One byte after another.
  wanted.options.streams = 1;
  example::standard_descriptor input(connection.get_executor(), STDIN_FILENO);
  auto const source = [&](std::uint64_t, asio::mutable_buffer buffer) { return example::read_some(*input, buffer); };
  co_return co_await libvirt_asio::async_upload(connection, source, volume, wanted.options);
}

asio::awaitable<transfer_result> download(libvirt_asio::connection& connection, virStorageVolPtr volume,
                                          settings wanted) {
  if (wanted.target != "-")
    co_return co_await libvirt_asio::async_download(connection, volume, wanted.target, wanted.options);
  // One after another, and with zeros for the holes.
  wanted.options.sparse = false;
  wanted.options.streams = 1;
  example::standard_descriptor output(connection.get_executor(), STDOUT_FILENO);
  auto const sink = [&](std::uint64_t, asio::const_buffer data) { return example::write(*output, data); };
  co_return co_await libvirt_asio::async_download(connection, volume, sink, wanted.options);
}

asio::awaitable<transfer_result> move(libvirt_asio::connection& connection, virStorageVolPtr volume,
                                      settings const& wanted) {
  if (wanted.action == "upload") return upload(connection, volume, wanted);
  if (wanted.action == "download") return download(connection, volume, wanted);
  return copy(connection, volume, wanted);
}

/// What the system says of a file does not name it.
[[noreturn]] void throw_of_file(libvirt_asio::system_error const& error, settings const& wanted) {
  bool const is_of_file = error.code().category() == boost::system::system_category() && wanted.action != "copy" &&
                          error.code() != asio::error::timed_out && error.code() != asio::error::operation_aborted;
  if (is_of_file) throw std::runtime_error(wanted.target + ": " + error.code().message());
  throw error;
}

asio::awaitable<void> transfer(settings wanted) {
  libvirt_asio::connection connection{co_await asio::this_coro::executor};
  co_await connection.async_open(wanted.uri);
  {
    auto const volume = co_await find_volume(connection, wanted.pool, wanted.volume);
    // Not into what is downloaded.
    example::progress_bar bar(wanted.action, wanted.action != "download" || wanted.target != "-");
    wanted.options.sparse = wanted.sparse == "auto";
    wanted.options.progress = [&](libvirt_asio::transfer_progress const& progress) { bar.show(progress); };
    try {
      auto const moved = co_await move(connection, volume.get(), wanted);
      bar.finish(moved);
    } catch (libvirt_asio::system_error const& error) {
      throw_of_file(error, wanted);
    }
  }
  co_await connection.async_close();
}

}  // namespace

int main(int count, char** words) {
  settings wanted;
  auto& options = wanted.options;
  example::command_line line("volume",
                             "Copies a file to a storage volume, a volume to a file, or a volume to another. "
                             "For a file, - stands for standard input or output.");
  line.connect(wanted.uri)
      .argument("upload|download|copy", wanted.action, {"upload", "download", "copy"})
      .argument("POOL", wanted.pool)
      .argument("VOLUME", wanted.volume)
      .argument("FILE|-|POOL/VOLUME", wanted.target);
  line.add("to", "URI", wanted.to_uri, "copy: the hypervisor to copy to; otherwise the same");
  line.add("sparse", "auto|never", wanted.sparse, "whether to recreate holes where that is possible",
           {"auto", "never"});
  line.add("streams", "N", options.streams,
           "how many parts to move at once; 0: as many as suit");
  line.flag("resume", options.resume, "download: continue an interrupted one");
  line.add_size("offset", options.range.offset, "where in the volume to begin, in bytes or as 1G");
  line.add_size("length", options.range.length, "how much; otherwise all up to the end");
  if (auto const exit_code = line.parse(count, words)) return *exit_code;

  asio::io_context context{1};
  libvirt_asio::event_loop loop{context};
  return example::run(line.program(), context, transfer(std::move(wanted)));
}
