// Copyright (c) 2026 The libvirt-asio authors
// Distributed under the Boost Software License, Version 1.0.

// The gaps between the ticks of a timer on a single-threaded io_context while a daemon is kept busy or does
// not answer at all, beside a timeout on libvirt's own event loop, and beside an io_context that libvirt does
// not know, whose process uploads on another thread: what the machine itself takes. Each run is a process of
// its own, and they take turns.

#include "asio_session.hpp"
#include "child.hpp"
#include "default_loop_stream.hpp"
#include "default_loop_ticker.hpp"
#include "figures.hpp"
#include "freeze_for.hpp"
#include "io_context_ticker.hpp"
#include "libvirt_handles.hpp"
#include "resource_usage.hpp"
#include "volume_service.hpp"
#include "volume_stream.hpp"
#include "workload.hpp"

#include "support/echo_guest.hpp"
#include "support/private_sshd.hpp"
#include "support/real_parts.hpp"

#include <boost/asio/experimental/awaitable_operators.hpp>
#include <boost/asio/post.hpp>
#include <boost/asio/read.hpp>
#include <boost/asio/write.hpp>

#include <algorithm>
#include <chrono>
#include <cstddef>
#include <cstdint>
#include <exception>
#include <iostream>
#include <iterator>
#include <optional>
#include <span>
#include <stdexcept>
#include <string>
#include <thread>
#include <utility>
#include <vector>

namespace {

using namespace benchmark;
using namespace std::chrono_literals;
using namespace boost::asio::experimental::awaitable_operators;

constexpr int rounds = 5;
constexpr std::uint64_t volume_bytes = gibibyte;
constexpr std::size_t uploads = 8;
constexpr auto frozen_time = 3s;
// The daemon has surely stopped by then, and stays so long enough for what is tried.
constexpr auto until_frozen = 500ms;

// --- What the children do ----------------------------------------------------------------------------------

/// Lets the process that started this one freeze the daemon.
void announce() {
  std::cout << "now" << std::endl;
}

std::vector<double> results_of(std::vector<double> gaps, stopwatch const& watch) {
  gaps.push_back(watch.wall_seconds());
  return gaps;
}

std::string numbered(std::string const& path, std::size_t number) {
  return path + std::to_string(number);
}

// The arguments: URI and volume.
std::vector<double> upload(arguments const& all) {
  auto const packet = test_support::make_test_data(packet_bytes);
  io_context_ticker ticker;
  std::vector<double> results;
  run_with_connection(all[0], [&](libvirt_asio::connection& connection) -> asio::awaitable<void> {
    auto const volume = co_await async_find_volume(connection, all[1]);
    stopwatch const watch;
    ticker.start(connection.get_executor());
    libvirt_asio::stream stream(connection);
    co_await libvirt_asio::async_open_upload(stream, volume.get());
    co_await write_bytes(stream, packet, volume_bytes / 2);
    announce();
    co_await write_bytes(stream, packet, volume_bytes / 2);
    co_await stream.async_finish();
    ticker.stop();
    results = results_of(ticker.results(), watch);
  });
  return results;
}

class default_loop_upload : public default_loop_stream {
 public:
  default_loop_upload(virConnectPtr connection, virStorageVolPtr volume) : default_loop_stream(connection) {
    checked(::virStorageVolUpload(volume, native(), 0, 0, 0), "cannot open the upload");
  }

 private:
  void on_event() override {
    if (left_ == 0) return finish();
    auto const count = static_cast<std::size_t>(std::min<std::uint64_t>(left_, packet_.size()));
    int const sent = ::virStreamSend(native(), reinterpret_cast<char const*>(packet_.data()), count);
    if (sent == -2) return;
    left_ -= static_cast<std::uint64_t>(checked(sent, "cannot write"));
    if (!announced_ && left_ <= volume_bytes / 2) {
      announced_ = true;
      announce();
    }
  }

  std::vector<std::byte> const packet_ = test_support::make_test_data(packet_bytes);
  std::uint64_t left_ = volume_bytes;
  bool announced_ = false;
};

std::vector<double> upload_on_default_loop(arguments const& all) {
  checked(::virEventRegisterDefaultImpl(), "cannot register the event loop");
  auto const connection = open_connection(all[0]);
  auto const volume = find_volume(connection.get(), all[1]);
  stopwatch const watch;
  default_loop_ticker const ticker;
  default_loop_upload stream(connection.get(), volume.get());
  stream.run(VIR_STREAM_EVENT_WRITABLE);
  return results_of(ticker.results(), watch);
}

void write_blocking(virStreamPtr stream, std::span<std::byte const> packet, std::uint64_t bytes) {
  while (bytes > 0) {
    auto const count = static_cast<std::size_t>(std::min<std::uint64_t>(bytes, packet.size()));
    bytes -= static_cast<std::uint64_t>(checked(
        ::virStreamSend(stream, reinterpret_cast<char const*>(packet.data()), count), "cannot write"));
  }
}

void blocking_upload(std::string const& uri, std::string const& path) {
  auto const connection = open_connection(uri);
  auto const volume = find_volume(connection.get(), path);
  auto const stream = new_stream(connection.get());
  checked(::virStorageVolUpload(volume.get(), stream.get(), 0, 0, 0), "cannot open the upload");
  auto const packet = test_support::make_test_data(packet_bytes);
  write_blocking(stream.get(), packet, volume_bytes / 2);
  announce();
  write_blocking(stream.get(), packet, volume_bytes / 2);
  checked(::virStreamFinish(stream.get()), "cannot finish");
}

std::vector<double> upload_on_other_thread(arguments const& all) {
  asio::io_context context(1);
  io_context_ticker ticker;
  stopwatch const watch;
  ticker.start(context.get_executor());
  std::exception_ptr failure;
  std::thread uploader([&] {
    try {
      blocking_upload(all[0], all[1]);
    } catch (...) {
      failure = std::current_exception();
    }
    asio::post(context, [&] { ticker.stop(); });
  });
  context.run();
  uploader.join();
  if (failure) std::rethrow_exception(failure);
  return results_of(ticker.results(), watch);
}

asio::awaitable<void> write_to_end(libvirt_asio::stream& stream, std::span<std::byte const> packet) {
  co_await write_bytes(stream, packet, volume_bytes / uploads);
  co_await stream.async_finish();
}

asio::awaitable<void> write_all_to_end(std::span<libvirt_asio::stream> streams,
                                       std::span<std::byte const> packet) {
  if (streams.size() == 1)
    co_await write_to_end(streams.front(), packet);
  else
    co_await (write_to_end(streams.front(), packet) && write_all_to_end(streams.subspan(1), packet));
}

asio::awaitable<void> upload_all(libvirt_asio::connection& connection, std::string const& volumes,
                                 bool& done) {
  auto const packet = test_support::make_test_data(packet_bytes);
  std::vector<libvirt_asio::stream> streams;
  for (std::size_t number = 0; number != uploads; ++number) {
    auto const volume = co_await async_find_volume(connection, numbered(volumes, number));
    streams.emplace_back(connection);
    co_await libvirt_asio::async_open_upload(streams.back(), volume.get());
  }
  co_await write_all_to_end(streams, packet);
  done = true;
}

asio::awaitable<void> make_trip(libvirt_asio::stream& console) {
  char const sent = 'a';
  char received = 0;
  co_await asio::async_write(console, asio::buffer(&sent, 1));
  co_await asio::async_read(console, asio::buffer(&received, 1));
  if (received != sent) throw std::runtime_error("the guest did not echo the byte");
}

asio::awaitable<void> converse(libvirt_asio::stream& console, bool const& done, tick_gaps& trips) {
  trips.start();
  while (!done) {
    co_await make_trip(console);
    trips.tick();
  }
}

// The arguments: URI, the beginning of the volumes' names, guest.
std::vector<double> many_uploads(arguments const& all) {
  io_context_ticker ticker;
  tick_gaps trips;
  std::vector<double> results;
  run_with_connection(all[0], [&](libvirt_asio::connection& connection) -> asio::awaitable<void> {
    libvirt_asio::connection other(connection.get_executor());
    co_await other.async_open(all[0]);
    auto const guest = co_await async_find_domain(other, all[2]);
    libvirt_asio::stream console(other);
    co_await libvirt_asio::async_open_console(console, guest.get());
    // QEMU looks only once a second whether somebody has opened the console.
    co_await make_trip(console);
    stopwatch const watch;
    ticker.start(connection.get_executor());
    bool done = false;
    co_await (upload_all(connection, all[1], done) && converse(console, done, trips));
    ticker.stop();
    results = results_of(ticker.results(), watch);
    co_await console.async_abort();
    co_await other.async_close();
  });
  std::ranges::copy(trips.results(), std::back_inserter(results));
  return results;
}

asio::awaitable<void> open_and_close(std::string const& uri) {
  libvirt_asio::connection connection(co_await asio::this_coro::executor);
  co_await connection.async_open(uri);
  co_await connection.async_close();
}

asio::awaitable<void> open_and_abort(libvirt_asio::connection& connection, virStorageVolPtr volume) {
  libvirt_asio::stream stream(connection);
  co_await libvirt_asio::async_open_download(stream, volume);
  co_await stream.async_abort();
}

asio::awaitable<void> finish(libvirt_asio::stream& stream) {
  stopwatch const watch;
  co_await stream.async_finish();
  if (watch.wall_seconds() < 1) throw std::runtime_error("the daemon did not stand still");
}

asio::awaitable<void> abort(libvirt_asio::stream& stream) {
  co_await stream.async_abort();
}

asio::awaitable<void> close(libvirt_asio::connection& connection) {
  co_await connection.async_close();
}

/// A connection with a stream that has written.
struct busy_connection {
  explicit busy_connection(asio::any_io_executor const& executor)
      : connection(executor), stream(connection) {}

  asio::awaitable<void> open(std::string uri, std::string path, std::span<std::byte const> packet) {
    co_await connection.async_open(std::move(uri));
    auto const volume = co_await async_find_volume(connection, std::move(path));
    co_await libvirt_asio::async_open_upload(stream, volume.get());
    co_await write_bytes(stream, packet, packet.size());
  }

  libvirt_asio::connection connection;
  libvirt_asio::stream stream;
};

// The arguments: URI and volume.
std::vector<double> stopped_daemon(arguments const& all) {
  auto const packet = test_support::make_test_data(packet_bytes);
  io_context_ticker ticker;
  std::vector<double> results;
  run_with_connection(all[0], [&](libvirt_asio::connection& connection) -> asio::awaitable<void> {
    auto const executor = connection.get_executor();
    auto const volume = co_await async_find_volume(connection, all[1]);
    busy_connection finished(executor), aborted(executor), closed(executor), left(executor);
    std::optional<busy_connection> destroyed(executor);
    for (busy_connection* each : {&finished, &aborted, &closed, &left, &*destroyed})
      co_await each->open(all[0], all[1], packet);
    announce();
    asio::steady_timer timer(executor, until_frozen);
    co_await timer.async_wait(asio::deferred);

    stopwatch const watch;
    ticker.start(executor);
    closed.stream.close();
    closed.connection.close();
    destroyed.reset();
    co_await (finish(finished.stream) && abort(aborted.stream) && close(left.connection) &&
              open_and_close(all[0]) && open_and_abort(connection, volume.get()));
    ticker.stop();
    results = results_of(ticker.results(), watch);
  });
  return results;
}

// --- What is measured --------------------------------------------------------------------------------------

using command = std::vector<std::string>;

std::vector<double> run_while_answering(command const& workload) {
  child started(workload);
  static_cast<void>(started.line());
  return started.results();
}

std::vector<double> run_while_frozen(test_support::private_libvirtd& daemon, command const& workload) {
  child started(workload);
  static_cast<void>(started.line());
  freeze_for(daemon, frozen_time);
  return started.results();
}

/// Each run must have lasted longer than the daemon was frozen.
void check_frozen(result_series const& all) {
  if (quantile(all[3], 0) < std::chrono::duration<double>(frozen_time).count())
    throw std::runtime_error("the daemon was frozen too late");
}

void add(result_series& all, std::vector<double> const& results) {
  all.resize(results.size());
  for (std::size_t result = 0; result != results.size(); ++result) all[result].push_back(results[result]);
}

struct peer_series {
  std::string name;
  result_series results;
};

void print(std::string const& name, result_series const& ours, std::vector<peer_series> const& peers) {
  auto const print_result = [&](std::string const& figure, std::size_t result, std::string const& unit) {
    std::vector<peer_runs> runs;
    for (peer_series const& peer : peers) runs.push_back({peer.name, peer.results[result]});
    print_compared("loop_stall." + name + '.' + figure, ours[result], runs, unit);
  };
  print_result("p50", 0, "ms");
  print_result("p99", 1, "ms");
  print_result("worst", 2, "ms");
  print_figure("loop_stall." + name + ".worst_of_all_runs", quantile(ours[2], 1), "ms");
  print_result("wall", 3, "s");
}

void measure_upload(std::string const& uri, std::string const& volume) {
  result_series ours, default_loop, other_thread;
  for (int round = 0; round < repetitions(rounds); ++round) {
    add(ours, run_while_answering({"upload", uri, volume}));
    add(default_loop, run_while_answering({"upload_on_default_loop", uri, volume}));
    add(other_thread, run_while_answering({"upload_on_other_thread", uri, volume}));
  }
  print("upload", ours, {{"default_loop", default_loop}, {"bare_io_context", other_thread}});
}

void measure_frozen_upload(std::string const& name, volume_service& service, std::string const& uri,
                           std::string const& volume) {
  result_series ours, default_loop, other_thread;
  for (int round = 0; round < repetitions(rounds); ++round) {
    add(ours, run_while_frozen(service.daemon(), {"upload", uri, volume}));
    add(default_loop, run_while_frozen(service.daemon(), {"upload_on_default_loop", uri, volume}));
    add(other_thread, run_while_frozen(service.daemon(), {"upload_on_other_thread", uri, volume}));
  }
  check_frozen(ours);
  check_frozen(default_loop);
  check_frozen(other_thread);
  print(name, ours, {{"default_loop", default_loop}, {"bare_io_context", other_thread}});
}

void measure_many_uploads(volume_service& service, std::string const& uri) {
  test_support::echo_guest guest(service.connection(), {.paused = true});
  guest.boot();
  std::string volumes;
  for (std::size_t number = 0; number != uploads; ++number) {
    volumes = service.make_volume(numbered("many", number), volume_bytes / uploads);
    volumes.pop_back();
  }
  result_series ours;
  for (int round = 0; round < repetitions(rounds); ++round)
    add(ours, child(command{"many_uploads", uri, volumes, guest.name()}).results());
  print("many_uploads", ours, {});
  print_figure("loop_stall.many_uploads.echo.p50", median(ours[4]), "ms");
  print_figure("loop_stall.many_uploads.echo.p99", median(ours[5]), "ms");
  print_figure("loop_stall.many_uploads.echo.worst", median(ours[6]), "ms");
}

void measure_stopped_daemon(volume_service& service, std::string const& uri, std::string const& volume) {
  result_series ours;
  for (int round = 0; round < repetitions(rounds); ++round)
    add(ours, run_while_frozen(service.daemon(), {"stopped_daemon", uri, volume}));
  print("stopped_daemon", ours, {});
}

int measure() {
  if (int const code = test_support::require_or_skip(test_support::private_sshd::missing())) return code;
  volume_service service({.listen_tls = true});
  test_support::private_sshd const sshd(service.daemon());
  std::string const uri = service.daemon().unix_uri();
  std::string const volume = service.make_volume("volume", volume_bytes);
  measure_upload(uri, volume);
  measure_frozen_upload("frozen_upload", service, uri, volume);
  measure_frozen_upload("frozen_upload.tls", service, service.daemon().tls_uri(), volume);
  measure_frozen_upload("frozen_upload.ssh", service, sshd.uri(), volume);
  measure_many_uploads(service, uri);
  measure_stopped_daemon(service, uri, volume);
  return 0;
}

}  // namespace

int main(int argc, char** argv) {
  return run(argc, argv, measure,
             {{"upload", upload},
              {"upload_on_default_loop", upload_on_default_loop},
              {"upload_on_other_thread", upload_on_other_thread},
              {"many_uploads", many_uploads},
              {"stopped_daemon", stopped_daemon}});
}
