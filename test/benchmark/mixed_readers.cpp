// Copyright (c) 2026 The libvirt-asio authors
// Distributed under the Boost Software License, Version 1.0.

// A download at full speed, alone and beside one on the same connection whose reader pauses. Each run is a
// process of its own, and the two take turns.

#include "asio_session.hpp"
#include "child.hpp"
#include "figures.hpp"
#include "resource_usage.hpp"
#include "volume_service.hpp"
#include "volume_stream.hpp"
#include "workload.hpp"

#include "support/real_parts.hpp"

#include <cstddef>
#include <cstdint>
#include <stdexcept>
#include <string>
#include <vector>

namespace {

using namespace benchmark;

constexpr int rounds = 15;
constexpr std::uint64_t volume_bytes = gibibyte;
constexpr double volume_mebibytes = 1024;

asio::awaitable<double> read_to_end(libvirt_asio::stream& stream) {
  std::vector<std::byte> buffer(packet_bytes);
  stopwatch const watch;
  std::uint64_t received = 0;
  while (std::size_t const count = co_await read_part(stream, buffer)) received += count;
  co_await stream.async_finish();
  if (received != volume_bytes) throw std::runtime_error("the download is not whole");
  co_return volume_mebibytes / watch.wall_seconds();
}

/// Opens a download, reads a little and leaves it.
asio::awaitable<void> open_and_pause(libvirt_asio::stream& stream, virStorageVolPtr volume) {
  co_await libvirt_asio::async_open_download(stream, volume);
  std::vector<std::byte> buffer(packet_bytes);
  if (co_await read_part(stream, buffer) == 0) throw std::runtime_error("the volume has ended");
}

// The arguments: URI and volume.
std::vector<double> read(arguments const& all, bool beside_paused) {
  double rate = 0;
  run_with_connection(all[0], [&](libvirt_asio::connection& connection) -> asio::awaitable<void> {
    auto const volume = co_await async_find_volume(connection, all[1]);
    libvirt_asio::stream paused(connection);
    libvirt_asio::stream stream(connection);
    if (beside_paused) co_await open_and_pause(paused, volume.get());
    co_await libvirt_asio::async_open_download(stream, volume.get());
    rate = co_await read_to_end(stream);
  });
  return {rate, peak_resident_mebibytes()};
}

std::vector<double> alone(arguments const& all) {
  return read(all, false);
}

std::vector<double> beside_paused(arguments const& all) {
  return read(all, true);
}

int measure() {
  if (int const code = test_support::require_or_skip()) return code;
  volume_service service;
  std::string const uri = service.daemon().unix_uri();
  std::string const volume = service.make_full_volume("volume", volume_bytes);
  auto const runs =
      run_in_turn(repetitions(rounds), {{"beside_paused", uri, volume}, {"alone", uri, volume}});
  print_compared("mixed_readers.rate", runs[0][0], {{"alone", runs[1][0]}}, "MiB/s");
  print_compared("mixed_readers.peak_resident", runs[0][1], {{"alone", runs[1][1]}}, "MiB");
  return 0;
}

}  // namespace

int main(int argc, char** argv) {
  return run(argc, argv, measure, {{"alone", alone}, {"beside_paused", beside_paused}});
}
