// Copyright (c) 2026 The libvirt-asio authors
// Distributed under the Boost Software License, Version 1.0.

// The memory that downloads take whose reader pauses: 1 MB of a volume is read, then nothing for a long time,
// then the rest; beside libvirt's own event loop. Every case has a process of its own, all at the same time.

#include "asio_session.hpp"
#include "child.hpp"
#include "default_loop_stream.hpp"
#include "figures.hpp"
#include "libvirt_handles.hpp"
#include "resource_usage.hpp"
#include "volume_service.hpp"
#include "volume_stream.hpp"
#include "workload.hpp"

#include "support/private_sshd.hpp"
#include "support/real_parts.hpp"
#include "support/sha256.hpp"

#include <boost/asio/experimental/awaitable_operators.hpp>
#include <boost/asio/steady_timer.hpp>

#include <algorithm>
#include <chrono>
#include <cstddef>
#include <cstdint>
#include <exception>
#include <iostream>
#include <list>
#include <span>
#include <stdexcept>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace {

using namespace benchmark;
using namespace boost::asio::experimental::awaitable_operators;

constexpr std::uint64_t volume_bytes = gibibyte;
constexpr std::uint64_t bytes_before_pause = 1'000'000;

std::string pause_seconds = "100";

// --- What the children do ----------------------------------------------------------------------------------

struct slow_read {
  // The arguments: URI, volume, its SHA-256, the time of the pause in seconds, and perhaps the number of
  // streams.
  explicit slow_read(arguments const& all)
      : uri(all[0]),
        volume(all[1]),
        sum(all[2]),
        pause(std::stoi(all[3])),
        streams(all.size() > 4 ? std::stoul(all[4]) : 1) {}

  std::string uri;
  std::string volume;
  std::string sum;
  std::chrono::seconds pause;
  std::size_t streams;
};

void check_alive(int alive) {
  if (alive != 1) throw std::runtime_error("the connection is not alive");
}

void check_sum(test_support::sha256& received, std::string const& expected) {
  if (received.finish() != expected) throw std::runtime_error("what was read is not what the volume holds");
}

asio::awaitable<void> read_before_pause(libvirt_asio::stream& stream, test_support::sha256& sum) {
  std::vector<std::byte> buffer(packet_bytes);
  for (std::uint64_t received = 0; received < bytes_before_pause;) {
    std::size_t const count = co_await read_part(stream, buffer);
    if (count == 0) throw std::runtime_error("the volume has ended");
    sum.update(std::span(buffer).first(count));
    received += count;
  }
}

asio::awaitable<void> read_to_end(libvirt_asio::stream& stream, test_support::sha256& sum) {
  std::vector<std::byte> buffer(packet_bytes);
  while (std::size_t const count = co_await read_part(stream, buffer))
    sum.update(std::span(buffer).first(count));
  co_await stream.async_finish();
}

asio::awaitable<void> wait_for(std::chrono::seconds time) {
  asio::steady_timer timer(co_await asio::this_coro::executor, time);
  co_await timer.async_wait(asio::deferred);
}

/// A download whose reader pauses.
struct paused_download {
  explicit paused_download(libvirt_asio::connection const& connection) : stream(connection) {}

  libvirt_asio::stream stream;
  test_support::sha256 sum;
};

asio::awaitable<void> open(std::vector<paused_download>& downloads, libvirt_asio::connection& connection,
                           slow_read const& work) {
  auto const volume = co_await async_find_volume(connection, work.volume);
  for (std::size_t number = 0; number != work.streams; ++number) {
    downloads.emplace_back(connection);
    co_await libvirt_asio::async_open_download(downloads.back().stream, volume.get());
  }
}

/// All at the same time: what arrives for one would be queued while another is read.
asio::awaitable<void> read_all_before_pause(std::span<paused_download> downloads) {
  auto& [stream, sum] = downloads.front();
  if (downloads.size() == 1)
    co_await read_before_pause(stream, sum);
  else
    co_await (read_before_pause(stream, sum) && read_all_before_pause(downloads.subspan(1)));
}

std::vector<double> read_slowly(arguments const& all) {
  slow_read const work(all);
  double peak_when_paused = 0;
  run_with_connection(work.uri, [&](libvirt_asio::connection& connection) -> asio::awaitable<void> {
    std::vector<paused_download> downloads;
    co_await open(downloads, connection, work);
    co_await read_all_before_pause(downloads);
    co_await wait_for(work.pause);
    peak_when_paused = peak_resident_mebibytes();
    // Beside those that go on pausing; the second one has been set aside by then.
    for (auto& [stream, sum] : std::span(downloads).first(std::min<std::size_t>(downloads.size(), 2))) {
      co_await read_to_end(stream, sum);
      check_sum(sum, work.sum);
    }
    check_alive(
        co_await connection.async_call([](virConnectPtr native) { return ::virConnectIsAlive(native); }));
  });
  return {peak_when_paused, peak_resident_mebibytes()};
}

/// Reads on libvirt's own event loop.
class default_loop_slow_read : public default_loop_stream {
 public:
  default_loop_slow_read(virConnectPtr connection, virStorageVolPtr volume, std::chrono::milliseconds pause)
      : default_loop_stream(connection), pause_(pause) {
    checked(::virStorageVolDownload(volume, native(), 0, 0, 0), "cannot open the download");
  }

  [[nodiscard]] test_support::sha256& sum() { return sum_; }
  [[nodiscard]] double peak_when_paused() const { return peak_when_paused_; }

 private:
  void on_event() override {
    int const count = ::virStreamRecv(native(), reinterpret_cast<char*>(buffer_.data()), buffer_.size());
    if (count == -2) return;
    if (checked(count, "cannot read") == 0) return finish();
    sum_.update(std::span(buffer_).first(static_cast<std::size_t>(count)));
    received_ += static_cast<std::uint64_t>(count);
    if (timer_ == 0 && received_ >= bytes_before_pause) pause();
  }

  void pause() {
    wait_for(0);
    timer_ = checked(::virEventAddTimeout(static_cast<int>(pause_.count()), resume, this, nullptr),
                     "cannot add a timeout");
  }

  static void resume(int timer, void* opaque) {
    auto& self = *static_cast<default_loop_slow_read*>(opaque);
    ::virEventRemoveTimeout(timer);
    self.peak_when_paused_ = peak_resident_mebibytes();
    self.wait_for(VIR_STREAM_EVENT_READABLE);
  }

  std::chrono::milliseconds pause_;
  std::vector<std::byte> buffer_ = std::vector<std::byte>(packet_bytes);
  test_support::sha256 sum_;
  std::uint64_t received_ = 0;
  int timer_ = 0;
  double peak_when_paused_ = 0;
};

std::vector<double> read_slowly_on_default_loop(arguments const& all) {
  slow_read const work(all);
  checked(::virEventRegisterDefaultImpl(), "cannot register the event loop");
  auto const connection = open_connection(work.uri);
  checked(::virConnectSetKeepAlive(connection.get(), 5, 5), "cannot set keepalive");
  auto const volume = find_volume(connection.get(), work.volume);
  default_loop_slow_read stream(connection.get(), volume.get(), work.pause);
  stream.run(VIR_STREAM_EVENT_READABLE);
  check_sum(stream.sum(), work.sum);
  check_alive(::virConnectIsAlive(connection.get()));
  return {stream.peak_when_paused(), peak_resident_mebibytes()};
}

// --- What is measured --------------------------------------------------------------------------------------

struct started_case {
  started_case(std::string case_name, arguments const& workload)
      : name(std::move(case_name)), process(workload) {}

  std::string name;
  child process;
};

bool print(started_case& started) try {
  std::string const name = "slow_reader." + started.name;
  std::vector<double> const results = started.process.results();
  print_figure(name + ".peak_resident_when_paused", results[0], "MiB");
  print_figure(name + ".peak_resident", results[1], "MiB");
  return true;
} catch (std::exception const& failure) {
  std::cerr << started.name << ": " << failure.what() << '\n';
  return false;
}

int measure() {
  if (int const code = test_support::require_or_skip(test_support::private_sshd::missing())) return code;
  volume_service service({.listen_tcp = true, .listen_tls = true});
  test_support::private_sshd const sshd(service.daemon());
  std::string const unix_uri = service.daemon().unix_uri();
  std::string const tcp_uri = service.daemon().tcp_uri();
  std::string const tls_uri = service.daemon().tls_uri();
  std::string const volume = service.make_full_volume("volume", volume_bytes);
  std::string const sum = test_support::sha256_of_file(volume);

  // Not a vector: a child cannot be moved.
  std::list<started_case> all;
  auto const start = [&](std::string const& name, arguments const& workload) {
    all.emplace_back(name, workload);
  };
  start("unix.1_stream", {"read_slowly", unix_uri, volume, sum, pause_seconds});
  start("tcp.1_stream", {"read_slowly", tcp_uri, volume, sum, pause_seconds});
  start("tls.1_stream", {"read_slowly", tls_uri, volume, sum, pause_seconds});
  start("ssh.1_stream", {"read_slowly", sshd.uri(), volume, sum, pause_seconds});
  start("libssh.1_stream", {"read_slowly", sshd.uri_by_library("libssh"), volume, sum, pause_seconds});
  start("libssh2.1_stream", {"read_slowly", sshd.uri_by_library("libssh2"), volume, sum, pause_seconds});
  start("unix.16_streams", {"read_slowly", unix_uri, volume, sum, pause_seconds, "16"});
  start("tcp.16_streams", {"read_slowly", tcp_uri, volume, sum, pause_seconds, "16"});
  start("tls.16_streams", {"read_slowly", tls_uri, volume, sum, pause_seconds, "16"});
  start("ssh.16_streams", {"read_slowly", sshd.uri(), volume, sum, pause_seconds, "16"});
  start("unix.1_stream.default_loop", {"read_slowly_on_default_loop", unix_uri, volume, sum, pause_seconds});

  bool whole = true;
  for (started_case& started : all) whole = print(started) && whole;
  return whole ? 0 : 1;
}

/// Takes `--pause SECONDS` out of the arguments.
int take_pause(int argc, char** argv) {
  if (argc != 3 || std::string_view(argv[1]) != "--pause") return argc;
  pause_seconds = argv[2];
  return 1;
}

}  // namespace

int main(int argc, char** argv) {
  return run(take_pause(argc, argv), argv, measure,
             {{"read_slowly", read_slowly}, {"read_slowly_on_default_loop", read_slowly_on_default_loop}});
}
