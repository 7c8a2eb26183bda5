// Copyright (c) 2026 The libvirt-asio authors
// Distributed under the Boost Software License, Version 1.0.

#ifndef LIBVIRT_ASIO_EXAMPLES_VOLUME_TRANSFER_HPP
#define LIBVIRT_ASIO_EXAMPLES_VOLUME_TRANSFER_HPP

#include "../look_up.hpp"
#include "../progress_bar.hpp"
#include "../standard_descriptor.hpp"

#include <libvirt-asio/libvirt-asio.hpp>

#include <boost/asio/awaitable.hpp>
#include <boost/json/object.hpp>
#include <boost/json/serialize.hpp>

#include <unistd.h>

#include <cstdint>
#include <iostream>
#include <stdexcept>
#include <string>
#include <utility>

namespace volume {

namespace asio = boost::asio;

struct transfer_settings {
  std::string action;
  std::string pool;
  std::string volume;
  std::string target;
  std::string uri;
  std::string to_uri;
  std::string sparse = "auto";
  bool json = false;
  libvirt_asio::transfer_options options;
};

inline asio::awaitable<libvirt_asio::storage_vol> find_volume(libvirt_asio::connection& connection, std::string pool,
                                                              std::string volume) {
  auto look_up = [pool = std::move(pool), volume = std::move(volume)](virConnectPtr native) {
    return example::look_up_volume(native, pool, volume);
  };
  co_return co_await connection.async_call(std::move(look_up));
}

/// Splits what `copy` takes for its target, POOL/VOLUME.
inline std::pair<std::string, std::string> pool_and_volume(std::string const& text) {
  auto const slash = text.find('/');
  if (slash == std::string::npos) throw std::runtime_error("'" + text + "' is not POOL/VOLUME");
  return {text.substr(0, slash), text.substr(slash + 1)};
}

using libvirt_asio::transfer_result;

inline asio::awaitable<transfer_result> copy(libvirt_asio::connection& from, virStorageVolPtr source,
                                             transfer_settings const& wanted) {
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

inline asio::awaitable<transfer_result> upload(libvirt_asio::connection& connection, virStorageVolPtr volume,
                                               transfer_settings wanted) {
  if (wanted.target != "-")
    co_return co_await libvirt_asio::async_upload(connection, wanted.target, volume, wanted.options);
  // One byte after another.
  wanted.options.streams = 1;
  example::standard_descriptor input(connection.get_executor(), STDIN_FILENO);
  auto const source = [&](std::uint64_t, asio::mutable_buffer buffer) { return example::read_some(*input, buffer); };
  co_return co_await libvirt_asio::async_upload(connection, source, volume, wanted.options);
}

inline asio::awaitable<transfer_result> download(libvirt_asio::connection& connection, virStorageVolPtr volume,
                                                 transfer_settings wanted) {
  if (wanted.target != "-")
    co_return co_await libvirt_asio::async_download(connection, volume, wanted.target, wanted.options);
  // One after another, and with zeros for the holes.
  wanted.options.sparse = false;
  wanted.options.streams = 1;
  example::standard_descriptor output(connection.get_executor(), STDOUT_FILENO);
  auto const sink = [&](std::uint64_t, asio::const_buffer data) { return example::write(*output, data); };
  co_return co_await libvirt_asio::async_download(connection, volume, sink, wanted.options);
}

inline asio::awaitable<transfer_result> move(libvirt_asio::connection& connection, virStorageVolPtr volume,
                                             transfer_settings const& wanted) {
  if (wanted.action == "upload") return upload(connection, volume, wanted);
  if (wanted.action == "download") return download(connection, volume, wanted);
  return copy(connection, volume, wanted);
}

/// What the system says of a file does not name it.
[[noreturn]] inline void throw_of_file(libvirt_asio::system_error const& error, transfer_settings const& wanted) {
  bool const is_of_file = error.code().category() == boost::system::system_category() && wanted.action != "copy" &&
                          error.code() != asio::error::timed_out && error.code() != asio::error::operation_aborted;
  if (is_of_file) throw std::runtime_error(wanted.target + ": " + error.code().message());
  throw error;
}

inline std::string json_of(transfer_result const& moved, transfer_settings const& wanted) {
  return boost::json::serialize(boost::json::object{{"action", wanted.action},
                                                    {"pool", wanted.pool},
                                                    {"volume", wanted.volume},
                                                    {"target", wanted.target},
                                                    {"data", moved.data},
                                                    {"holes", moved.holes},
                                                    {"streams", moved.streams},
                                                    {"seconds", moved.duration.count()}});
}

inline asio::awaitable<void> transfer(transfer_settings wanted) {
  libvirt_asio::connection connection{co_await asio::this_coro::executor};
  co_await connection.async_open(wanted.uri);
  {
    auto const volume = co_await find_volume(connection, wanted.pool, wanted.volume);
    // Not into what is downloaded.
    bool const is_output_free = wanted.action != "download" || wanted.target != "-";
    example::progress_bar bar(wanted.action, is_output_free && !wanted.json);
    wanted.options.sparse = wanted.sparse == "auto";
    wanted.options.progress = [&](libvirt_asio::transfer_progress const& progress) { bar.show(progress); };
    try {
      auto const moved = co_await move(connection, volume.get(), wanted);
      bar.finish(moved);
      if (wanted.json) std::cout << json_of(moved, wanted) << '\n';
    } catch (libvirt_asio::system_error const& error) {
      throw_of_file(error, wanted);
    }
  }
  co_await connection.async_close();
}

}  // namespace volume

#endif
