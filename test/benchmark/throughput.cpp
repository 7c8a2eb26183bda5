// Copyright (c) 2026 The libvirt-asio authors
// Distributed under the Boost Software License, Version 1.0.

// Download to nothing and upload from memory on one stream, over a UNIX socket, TLS and SSH, beside a C loop of
// blocking calls that needs no event loop. Each run is a process of its own, and the two take turns.

#include "asio_session.hpp"
#include "child.hpp"
#include "figures.hpp"
#include "libvirt_handles.hpp"
#include "resource_usage.hpp"
#include "volume_service.hpp"
#include "workload.hpp"

#include "support/private_sshd.hpp"
#include "support/real_parts.hpp"

#include <boost/asio/as_tuple.hpp>

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <stdexcept>
#include <string>
#include <tuple>
#include <utility>
#include <vector>

namespace {

using namespace benchmark;

// The daemon's pace decides the wall time. It changes by a tenth from run to run, and more than that with how
// the heap of its process came to lie: so several are tried.
constexpr int daemons = 9;
constexpr int rounds = 5;  // with each daemon
constexpr int remote_rounds = 2;
constexpr std::uint64_t volume_bytes = gibibyte;
// A packet carries up to 262,120 bytes.
constexpr std::size_t buffer_bytes = 262'144;
// What one write takes.
constexpr std::size_t write_bytes = 1'048'576;

std::vector<double> results_of(stopwatch const& watch) {
  return {watch.wall_seconds(), watch.processor_seconds(), peak_resident_mebibytes()};
}

void check_transferred(std::uint64_t bytes) {
  if (bytes != volume_bytes) throw std::runtime_error("the transfer is not whole");
}

asio::awaitable<void> read_to_end(libvirt_asio::stream& stream) {
  std::vector<std::byte> buffer(buffer_bytes);
  std::uint64_t received = 0;
  libvirt_asio::error_code error;
  while (!error) {
    std::size_t count = 0;
    std::tie(error, count) =
        co_await stream.async_read_some(asio::buffer(buffer), asio::as_tuple(asio::deferred));
    received += count;
  }
  if (error != asio::error::eof) throw libvirt_asio::system_error(error);
  check_transferred(received);
}

// Not by asio::async_write, which never writes more than 64 KiB at a time. One write takes several packets;
// the peer has no call that does.
asio::awaitable<void> write_all(libvirt_asio::stream& stream) {
  std::vector<std::byte> const buffer = test_support::make_test_data(write_bytes);
  for (std::uint64_t left = volume_bytes; left > 0;) {
    auto const count = static_cast<std::size_t>(std::min<std::uint64_t>(left, buffer.size()));
    left -= co_await stream.async_write_some(asio::buffer(buffer, count));
  }
}

std::vector<double> download(arguments const& uri_and_volume) {
  std::vector<double> results;
  run_with_connection(uri_and_volume[0], [&](libvirt_asio::connection& connection) -> asio::awaitable<void> {
    auto const volume = co_await async_find_volume(connection, uri_and_volume[1]);
    stopwatch const watch;
    libvirt_asio::stream stream(connection);
    co_await libvirt_asio::async_open_download(stream, volume.get());
    co_await read_to_end(stream);
    co_await stream.async_finish();
    results = results_of(watch);
  });
  return results;
}

std::vector<double> upload(arguments const& uri_and_volume) {
  std::vector<double> results;
  run_with_connection(uri_and_volume[0], [&](libvirt_asio::connection& connection) -> asio::awaitable<void> {
    auto const volume = co_await async_find_volume(connection, uri_and_volume[1]);
    stopwatch const watch;
    libvirt_asio::stream stream(connection);
    co_await libvirt_asio::async_open_upload(stream, volume.get());
    co_await write_all(stream);
    co_await stream.async_finish();
    results = results_of(watch);
  });
  return results;
}

std::vector<double> blocking_download(arguments const& uri_and_volume) {
  auto const connection = open_connection(uri_and_volume[0]);
  auto const volume = find_volume(connection.get(), uri_and_volume[1]);
  stopwatch const watch;
  auto const stream = new_stream(connection.get());
  checked(::virStorageVolDownload(volume.get(), stream.get(), 0, 0, 0), "cannot open the download");
  std::vector<char> buffer(buffer_bytes);
  std::uint64_t received = 0;
  while (int const count =
             checked(::virStreamRecv(stream.get(), buffer.data(), buffer.size()), "cannot read"))
    received += static_cast<std::uint64_t>(count);
  checked(::virStreamFinish(stream.get()), "cannot finish");
  check_transferred(received);
  return results_of(watch);
}

std::vector<double> blocking_upload(arguments const& uri_and_volume) {
  auto const connection = open_connection(uri_and_volume[0]);
  auto const volume = find_volume(connection.get(), uri_and_volume[1]);
  stopwatch const watch;
  auto const stream = new_stream(connection.get());
  checked(::virStorageVolUpload(volume.get(), stream.get(), 0, 0, 0), "cannot open the upload");
  std::vector<std::byte> const buffer = test_support::make_test_data(buffer_bytes);
  for (std::uint64_t left = volume_bytes; left > 0;) {
    auto const count = static_cast<std::size_t>(std::min<std::uint64_t>(left, buffer.size()));
    left -= static_cast<std::uint64_t>(checked(
        ::virStreamSend(stream.get(), reinterpret_cast<char const*>(buffer.data()), count), "cannot write"));
  }
  checked(::virStreamFinish(stream.get()), "cannot finish");
  return results_of(watch);
}

struct transport_runs {
  std::string name;
  int rounds;
  std::vector<result_series> downloads{}, uploads{};

  void measure(std::string const& uri, std::string const& volume) {
    auto const run = [&](std::string const& workload) {
      return run_in_turn(repetitions(rounds), {{workload, uri, volume}, {"blocking_" + workload, uri, volume}});
    };
    append(downloads, run("download"));
    append(uploads, run("upload"));
  }
};

void print_transfer(std::string const& name, std::vector<result_series> const& runs) {
  auto const print = [&](std::string const& figure, std::size_t result, std::string const& unit) {
    print_compared(name + '.' + figure, runs[0][result], {{"blocking", runs[1][result]}}, unit);
  };
  print("wall", 0, "s");
  print("cpu", 1, "s");
  print("peak_resident", 2, "MiB");
}

int measure() {
  if (int const code = test_support::require_or_skip(test_support::private_sshd::missing())) return code;
  transport_runs local{"throughput", rounds};
  transport_runs tls{"throughput.tls", remote_rounds}, ssh{"throughput.ssh", remote_rounds};
  for (int daemon = 0; daemon != repetitions(daemons); ++daemon) {
    volume_service service({.listen_tls = true});
    test_support::private_sshd const sshd(service.daemon());
    std::string const volume = service.make_full_volume("volume", volume_bytes);
    local.measure(service.daemon().unix_uri(), volume);
    tls.measure(service.daemon().tls_uri(), volume);
    ssh.measure(sshd.uri(), volume);
  }
  for (auto const& [name, times, downloads, uploads] : {local, tls, ssh}) {
    print_transfer(name + ".download", downloads);
    print_transfer(name + ".upload", uploads);
  }
  return 0;
}

}  // namespace

int main(int argc, char** argv) {
  return run(argc, argv, measure,
             {{"download", download},
              {"upload", upload},
              {"blocking_download", blocking_download},
              {"blocking_upload", blocking_upload}});
}
