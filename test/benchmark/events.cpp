// Copyright (c) 2026 The libvirt-asio authors
// Distributed under the Boost Software License, Version 1.0.

// 100,000 events of libvirt's test driver, whose domain another thread of the process suspends and resumes, to a
// coroutine that awaits them; beside a C callback on libvirt's default event loop, in another process. That is nothing
// but a counter, or it takes a reference to the domain and lets go of it, as an event does that owns its domain:
// libvirt formats a UUID for each of these two calls, for a message that it does not write.

#include "asio_session.hpp"
#include "child.hpp"
#include "figures.hpp"
#include "libvirt_handles.hpp"
#include "resource_usage.hpp"
#include "workload.hpp"

#include "support/counted_allocations.hpp"

#include <libvirt-asio/events.hpp>

#include <cstddef>
#include <stdexcept>
#include <string>
#include <thread>
#include <vector>

namespace {

using namespace benchmark;

constexpr int rounds = 15;
constexpr int warm_up_pairs = 500;
constexpr int pairs = 50'000;
constexpr char const* uri = "test:///default";
constexpr char const* name = "test";

/// Causes two events, so often.
void suspend_and_resume(virDomainPtr domain, int times) {
  for (int i = 0; i != times; ++i) {
    checked(::virDomainSuspend(domain), "cannot suspend");
    checked(::virDomainResume(domain), "cannot resume");
  }
}

asio::awaitable<void> take(libvirt_asio::events<libvirt_asio::domain_lifecycle_event>& lifecycle, virDomainPtr domain,
                           int times) {
  std::jthread const causing([=] { suspend_and_resume(domain, times); });
  for (int left = 2 * times; left != 0; --left) {
    auto const event = co_await lifecycle.async_next();
    if (!event.dom) throw std::runtime_error("an event without its domain");
  }
}

std::vector<double> awaited(arguments const& /*none*/) {
  std::vector<double> results;
  run_with_connection(uri, [&](libvirt_asio::connection& connection) -> asio::awaitable<void> {
    auto const domain = co_await async_find_domain(connection, name);
    libvirt_asio::events<libvirt_asio::domain_lifecycle_event> lifecycle(connection);
    // None is to be lost.
    libvirt_asio::subscribe_options options;
    options.capacity = 2 * pairs;
    co_await lifecycle.async_subscribe(options);
    co_await take(lifecycle, domain.get(), warm_up_pairs);
    auto const allocations = test_support::counted_allocations();
    stopwatch const watch;
    co_await take(lifecycle, domain.get(), pairs);
    results = {watch.wall_seconds(), watch.processor_seconds(), peak_resident_mebibytes(),
               static_cast<double>(test_support::counted_allocations() - allocations) / (2 * pairs)};
  });
  return results;
}

int count_event(virConnectPtr, virDomainPtr, int, int, void* count) {
  ++*static_cast<int*>(count);
  return 0;
}

int keep_domain(virConnectPtr, virDomainPtr domain, int, int, void* count) {
  ::virDomainRef(domain);
  ++*static_cast<int*>(count);
  ::virDomainFree(domain);
  return 0;
}

void take_by_callback(virDomainPtr domain, int times, int& count) {
  count = 0;
  std::jthread const causing([=] { suspend_and_resume(domain, times); });
  while (count != 2 * times) checked(::virEventRunDefaultImpl(), "cannot run the event loop");
}

template <virConnectDomainEventCallback Callback>
std::vector<double> by_callback(arguments const& /*none*/) {
  checked(::virEventRegisterDefaultImpl(), "cannot register the event loop");
  auto const connection = open_connection(uri);
  auto const domain = find_domain(connection.get(), name);
  int count = 0;
  int const callback = checked(
      ::virConnectDomainEventRegisterAny(connection.get(), nullptr, VIR_DOMAIN_EVENT_ID_LIFECYCLE,
                                         VIR_DOMAIN_EVENT_CALLBACK(reinterpret_cast<void (*)()>(Callback)), &count,
                                         nullptr),
      "cannot ask for events");
  take_by_callback(domain.get(), warm_up_pairs, count);
  stopwatch const watch;
  take_by_callback(domain.get(), pairs, count);
  std::vector<double> const results{watch.wall_seconds(), watch.processor_seconds(), peak_resident_mebibytes()};
  checked(::virConnectDomainEventDeregisterAny(connection.get(), callback), "cannot take the callback back");
  return results;
}

int measure() {
  auto const runs = run_in_turn(repetitions(rounds), {{"awaited"}, {"callback"}, {"keeping_callback"}});
  auto const print = [&](std::string const& figure, std::size_t result, char const* unit) {
    print_compared("events." + figure, runs[0][result],
                   {{"callback", runs[1][result]}, {"keeping_callback", runs[2][result]}}, unit);
  };
  print("wall", 0, "s");
  print("cpu", 1, "s");
  print("peak_memory", 2, "MiB");
  print_figure("events.allocations", median(runs[0][3]), "per_event");
  return 0;
}

}  // namespace

int main(int argc, char** argv) {
  return run(argc, argv, measure, {{"awaited", awaited},
              {"callback", by_callback<count_event>},
              {"keeping_callback", by_callback<keep_domain>}});
}
