// Copyright (c) 2026 The libvirt-asio authors
// Distributed under the Boost Software License, Version 1.0.

// 200 open streams on one thread, on each of which in turn 100 bytes go to a peer that echoes them, and back; beside the
// same in C on libvirt's default event loop. And 1,000 that are idle.
//
// The streams are channels of guests. Their peers are not in the guests, of which so many would not fit into memory,
// but in a process of ours that has taken the place of their sockets.

#include "asio_session.hpp"
#include "channel_guest.hpp"
#include "child.hpp"
#include "figures.hpp"
#include "libvirt_handles.hpp"
#include "resource_usage.hpp"
#include "workload.hpp"

#include "support/private_libvirtd.hpp"
#include "support/real_parts.hpp"
#include "support/resident_memory.hpp"

#include <boost/asio/buffer.hpp>
#include <boost/asio/detached.hpp>
#include <boost/asio/local/stream_protocol.hpp>
#include <boost/asio/read.hpp>
#include <boost/asio/steady_timer.hpp>
#include <boost/asio/write.hpp>

#include <sys/stat.h>

#include <array>
#include <chrono>
#include <cstddef>
#include <filesystem>
#include <iostream>
#include <list>
#include <memory>
#include <stdexcept>
#include <string>
#include <vector>

namespace {

using namespace benchmark;

constexpr int rounds = 11;
constexpr int streams = 200;
constexpr int streams_of_guest = 200;
constexpr int idle_streams = 1'000;
constexpr std::chrono::seconds idle_time{5};
constexpr int warm_up_turns = 3;
constexpr int turns = 30;
constexpr std::size_t message_size = 100;

using message = std::array<char, message_size>;

message message_of(int turn) {
  message bytes;
  bytes.fill(static_cast<char>('a' + turn % 26));
  return bytes;
}

void check_echo(message const& sent, message const& received) {
  if (sent != received) throw std::runtime_error("the peer did not echo the bytes");
}

/// What a workload tells: latency, processor time a byte, memory a stream.
class measurements {
 public:
  void opened(std::size_t kilobytes_before) {
    kibibytes_of_stream_ = static_cast<double>(test_support::resident_kilobytes() - kilobytes_before) / streams;
  }

  void start(int turn) {
    if (turn == warm_up_turns && microseconds_.empty()) processor_ = processor_seconds();
    start_ = std::chrono::steady_clock::now();
  }

  void stop(int turn) {
    std::chrono::duration<double, std::micro> const time = std::chrono::steady_clock::now() - start_;
    if (turn >= warm_up_turns) microseconds_.push_back(time.count());
  }

  [[nodiscard]] std::vector<double> results() const {
    auto const bytes = static_cast<double>(microseconds_.size() * message_size);
    return {median(microseconds_), quantile(microseconds_, 0.99), (processor_seconds() - processor_) * 1e9 / bytes,
            kibibytes_of_stream_};
  }

 private:
  std::vector<double> microseconds_;
  std::chrono::steady_clock::time_point start_;
  double processor_ = 0;
  double kibibytes_of_stream_ = 0;
};

// --- Ours --------------------------------------------------------------------------------------------------

asio::awaitable<void> open_channels(libvirt_asio::connection& connection, std::string const& guest, int count,
                                    std::list<libvirt_asio::stream>& all) {
  auto const domain = co_await async_find_domain(connection, guest);
  for (int number = 0; number != count; ++number) {
    libvirt_asio::console_options options;
    options.device = channel_guest::channel(number);
    auto& opened = all.emplace_back(connection);
    co_await libvirt_asio::async_open_channel(opened, domain.get(), options);
  }
}

asio::awaitable<void> echo_on_all(std::list<libvirt_asio::stream>& all, measurements& measured) {
  for (int turn = 0; turn != warm_up_turns + turns; ++turn) {
    auto const sent = message_of(turn);
    for (auto& each : all) {
      message received{};
      measured.start(turn);
      co_await asio::async_write(each, asio::buffer(sent));
      co_await asio::async_read(each, asio::buffer(received));
      measured.stop(turn);
      check_echo(sent, received);
    }
  }
}

std::vector<double> asynchronous(arguments const& uri_and_guest) {
  measurements measured;
  run_with_connection(uri_and_guest[0], [&](libvirt_asio::connection& connection) -> asio::awaitable<void> {
    std::list<libvirt_asio::stream> all;
    auto const before = test_support::resident_kilobytes();
    co_await open_channels(connection, uri_and_guest[1], streams, all);
    measured.opened(before);
    co_await echo_on_all(all, measured);
  });
  return measured.results();
}

/// The processor time of idle streams, in milliseconds a second.
std::vector<double> idle(arguments const& uri_and_guests) {
  double processor = 0;
  run_with_connection(uri_and_guests[0], [&](libvirt_asio::connection& connection) -> asio::awaitable<void> {
    std::list<libvirt_asio::stream> all;
    for (std::size_t guest = 1; guest != uri_and_guests.size(); ++guest)
      co_await open_channels(connection, uri_and_guests[guest], streams_of_guest, all);
    // Each of them waits for something.
    std::array<char, 1> byte{};
    for (auto& each : all) each.async_read_some(asio::buffer(byte), asio::detached);
    asio::steady_timer timer(connection.get_executor(), std::chrono::seconds(1));
    co_await timer.async_wait(asio::use_awaitable);
    stopwatch const watch;
    timer.expires_after(idle_time);
    co_await timer.async_wait(asio::use_awaitable);
    processor = watch.processor_seconds() * 1e3 / watch.wall_seconds();
    for (auto& each : all) each.close();
  });
  return {processor};
}

// --- C on libvirt's default event loop ---------------------------------------------------------------------

/// A non-blocking stream that has a callback for what arrives, as in a program that serves many.
class default_loop_channel {
 public:
  default_loop_channel(virConnectPtr connection, virDomainPtr guest, int number)
      : stream_(new_stream(connection, VIR_STREAM_NONBLOCK)) {
    checked(::virDomainOpenChannel(guest, channel_guest::channel(number).c_str(), stream_.get(), 0),
            "cannot open the channel");
    checked(::virStreamEventAddCallback(stream_.get(), VIR_STREAM_EVENT_READABLE, receive, this, nullptr),
            "cannot add a callback");
  }

  ~default_loop_channel() {
    ::virStreamEventRemoveCallback(stream_.get());
    ::virStreamAbort(stream_.get());
  }

  default_loop_channel(default_loop_channel const&) = delete;
  default_loop_channel& operator=(default_loop_channel const&) = delete;

  message echo(message const& sent) {
    received_size_ = 0;
    checked(::virStreamSend(stream_.get(), sent.data(), sent.size()), "cannot send");
    while (received_size_ < message_size) ::virEventRunDefaultImpl();
    return received_;
  }

 private:
  static void receive(virStreamPtr stream, int, void* opaque) {
    auto& self = *static_cast<default_loop_channel*>(opaque);
    int const size =
        ::virStreamRecv(stream, self.received_.data() + self.received_size_, message_size - self.received_size_);
    if (size > 0) self.received_size_ += static_cast<std::size_t>(size);
  }

  stream_handle stream_;
  message received_{};
  std::size_t received_size_ = 0;
};

std::vector<double> default_loop(arguments const& uri_and_guest) {
  checked(::virEventRegisterDefaultImpl(), "cannot register the event loop");
  auto const connection = open_connection(uri_and_guest[0]);
  checked(::virConnectSetKeepAlive(connection.get(), 5, 5), "cannot turn keepalive on");
  auto const guest = find_domain(connection.get(), uri_and_guest[1]);
  measurements measured;
  std::list<default_loop_channel> all;
  auto const before = test_support::resident_kilobytes();
  for (int number = 0; number != streams; ++number) all.emplace_back(connection.get(), guest.get(), number);
  measured.opened(before);
  for (int turn = 0; turn != warm_up_turns + turns; ++turn) {
    auto const sent = message_of(turn);
    for (auto& each : all) {
      measured.start(turn);
      auto const received = each.echo(sent);
      measured.stop(turn);
      check_echo(sent, received);
    }
  }
  return measured.results();
}

// --- The peers ---------------------------------------------------------------------------------------------

asio::awaitable<void> echo(asio::local::stream_protocol::socket client) {
  std::array<char, 4'096> bytes{};
  for (;;) {
    auto const size = co_await client.async_read_some(asio::buffer(bytes), asio::use_awaitable);
    co_await asio::async_write(client, asio::buffer(bytes, size), asio::use_awaitable);
  }
}

asio::awaitable<void> serve(asio::local::stream_protocol::acceptor acceptor) {
  for (;;) {
    auto client = co_await acceptor.async_accept(asio::use_awaitable);
    // Until its client goes.
    asio::co_spawn(acceptor.get_executor(), echo(std::move(client)), asio::detached);
  }
}

// The arguments: the folder of the sockets, and the guests. Runs until it is ended.
std::vector<double> peers(arguments const& folder_and_guests) {
  asio::io_context context(1);
  for (std::size_t guest = 1; guest != folder_and_guests.size(); ++guest) {
    for (int number = 0; number != streams_of_guest; ++number) {
      auto const path = channel_guest::socket(folder_and_guests[0], folder_and_guests[guest], number);
      std::filesystem::remove(path);
      asio::local::stream_protocol::acceptor acceptor(context, path.string());
      ::chmod(path.c_str(), 0666);
      asio::co_spawn(context, serve(std::move(acceptor)), asio::detached);
    }
  }
  std::cout << "ready" << std::endl;
  context.run();
  return {};
}

// -----------------------------------------------------------------------------------------------------------

int measure() {
  if (int const code = test_support::require_or_skip()) return code;
  test_support::private_libvirtd daemon;
  auto const folder = daemon.make_folder();
  auto const connection = open_connection(daemon.unix_uri());
  std::list<channel_guest> guests;
  std::vector<std::string> names;
  for (int number = 0; number != idle_streams / streams_of_guest; ++number)
    names.push_back(guests.emplace_back(connection.get(), "guest" + std::to_string(number), streams_of_guest,
                                        folder.path()).name());
  std::vector<std::string> arguments_of_peers{"peers", folder.path().string()};
  arguments_of_peers.insert(arguments_of_peers.end(), names.begin(), names.end());
  child echoing(arguments_of_peers);
  if (echoing.line() != "ready") throw std::runtime_error("the peers did not get ready");

  auto const uri = daemon.unix_uri();
  auto const runs = run_in_turn(repetitions(rounds), {{"asynchronous", uri, names[0]}, {"default_loop", uri, names[0]}});
  auto const print = [&](std::string const& name, std::size_t result, std::string_view unit) {
    print_compared("many." + name, runs[0][result], {{"default_loop", runs[1][result]}}, unit);
  };
  print("p50", 0, "us");
  print("p99", 1, "us");
  print("cpu_of_byte", 2, "ns");
  print("memory_of_stream", 3, "KiB");

  std::vector<std::string> of_idle{"idle", uri};
  of_idle.insert(of_idle.end(), names.begin(), names.end());
  auto const idle_runs = run_in_turn(1, {of_idle});
  print_figure("many.idle_cpu_of_1000", median(idle_runs[0][0]), "ms/s");
  return 0;
}

}  // namespace

int main(int argc, char** argv) {
  return run(argc, argv, measure,
             {{"asynchronous", asynchronous}, {"default_loop", default_loop}, {"idle", idle}, {"peers", peers}});
}
