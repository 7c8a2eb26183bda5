// Copyright (c) 2026 The libvirt-asio authors
// Distributed under the Boost Software License, Version 1.0.

// One byte to the console of the echo guest and back, beside a C loop of blocking calls: with libvirt's
// default event loop on a thread of its own, and without any; over a UNIX socket, TLS and SSH. Each block of
// trips is a process of its own, and the three take turns.
//
// A blocking virStreamRecv beside libvirt's event loop on another thread hangs now and then, both in poll: such a
// round is ended, counted and done again.

#include "asio_session.hpp"
#include "child.hpp"
#include "default_event_loop.hpp"
#include "figures.hpp"
#include "libvirt_handles.hpp"
#include "workload.hpp"

#include "support/echo_guest.hpp"
#include "support/private_libvirtd.hpp"
#include "support/private_sshd.hpp"
#include "support/real_parts.hpp"

#include <boost/asio/read.hpp>
#include <boost/asio/write.hpp>

#include <chrono>
#include <cstddef>
#include <stdexcept>
#include <string>
#include <vector>

namespace {

using namespace benchmark;

constexpr int rounds = 31;
constexpr int remote_rounds = 15;
constexpr int warm_up_trips = 500;
constexpr int trips = 5'000;
// Of a peer whose block of trips takes about a second.
constexpr std::chrono::seconds patience{30};

/// The times of a block of trips.
class trip_times {
 public:
  void start() { start_ = std::chrono::steady_clock::now(); }

  void stop() {
    std::chrono::duration<double, std::micro> const time = std::chrono::steady_clock::now() - start_;
    microseconds_.push_back(time.count());
  }

  /// The median and the 99th percentile.
  [[nodiscard]] std::vector<double> results() const {
    std::vector<double> const warm(microseconds_.begin() + warm_up_trips, microseconds_.end());
    return {median(warm), quantile(warm, 0.99)};
  }

 private:
  std::chrono::steady_clock::time_point start_;
  std::vector<double> microseconds_;
};

void check_echo(char sent, char received) {
  if (sent != received) throw std::runtime_error("the guest did not echo the byte");
}

char byte_of_trip(int trip) {
  return static_cast<char>('a' + trip % 26);
}

asio::awaitable<void> make_trips(libvirt_asio::stream& console, trip_times& times) {
  for (int trip = 0; trip < warm_up_trips + trips; ++trip) {
    char const sent = byte_of_trip(trip);
    char received = 0;
    times.start();
    co_await asio::async_write(console, asio::buffer(&sent, 1));
    co_await asio::async_read(console, asio::buffer(&received, 1));
    times.stop();
    check_echo(sent, received);
  }
}

std::vector<double> asynchronous(arguments const& uri_and_guest) {
  trip_times times;
  run_with_connection(uri_and_guest[0], [&](libvirt_asio::connection& connection) -> asio::awaitable<void> {
    auto const guest = co_await async_find_domain(connection, uri_and_guest[1]);
    libvirt_asio::stream console(connection);
    co_await libvirt_asio::async_open_console(console, guest.get());
    co_await make_trips(console, times);
    co_await console.async_abort();
  });
  return times.results();
}

std::vector<double> blocking(arguments const& uri_and_guest) {
  auto const connection = open_connection(uri_and_guest[0]);
  auto const guest = find_domain(connection.get(), uri_and_guest[1]);
  auto const console = new_stream(connection.get());
  checked(::virDomainOpenConsole(guest.get(), nullptr, console.get(), 0), "cannot open the console");
  trip_times times;
  for (int trip = 0; trip < warm_up_trips + trips; ++trip) {
    char const sent = byte_of_trip(trip);
    char received = 0;
    times.start();
    checked(::virStreamSend(console.get(), &sent, 1), "cannot send");
    checked(::virStreamRecv(console.get(), &received, 1), "cannot receive");
    times.stop();
    check_echo(sent, received);
  }
  checked(::virStreamAbort(console.get()), "cannot abort");
  return times.results();
}

std::vector<double> blocking_with_event_loop(arguments const& uri_and_guest) {
  default_event_loop_thread const event_loop;
  return blocking(uri_and_guest);
}

void measure_transport(std::string const& name, int times, std::string const& uri, std::string const& guest) {
  hanging_peer peer{"blocking_with_event_loop", patience};
  auto const runs = run_in_turn(repetitions(times),
                                {{"asynchronous", uri, guest}, {peer.workload, uri, guest}, {"blocking", uri, guest}},
                                peer);
  auto const print = [&](std::string const& figure, std::size_t result) {
    print_compared(name + '.' + figure, runs[0][result],
                   {{peer.workload, runs[1][result]}, {"blocking", runs[2][result]}}, "us");
  };
  print("p50", 0);
  print("p99", 1);
  print_figure(name + ".peer_hangs", peer.hangs, "rounds");
}

int measure() {
  if (int const code = test_support::require_or_skip(test_support::private_sshd::missing())) return code;
  test_support::private_libvirtd const daemon({.listen_tls = true});
  test_support::private_sshd const sshd(daemon);
  auto const connection = open_connection(daemon.unix_uri());
  test_support::echo_guest guest(connection.get(), {.paused = true});
  guest.boot();
  measure_transport("roundtrip", rounds, daemon.unix_uri(), guest.name());
  measure_transport("roundtrip.tls", remote_rounds, daemon.tls_uri(), guest.name());
  measure_transport("roundtrip.ssh", remote_rounds, sshd.uri(), guest.name());
  return 0;
}

}  // namespace

int main(int argc, char** argv) {
  return run(argc, argv, measure,
             {{"asynchronous", asynchronous},
              {"blocking", blocking},
              {"blocking_with_event_loop", blocking_with_event_loop}});
}
