// Copyright (c) 2026 The libvirt-asio authors
// Distributed under the Boost Software License, Version 1.0.

// The whole life of timeouts and handles through libvirt's own functions: add, update, fire, remove, freed;
// beside libvirt's default event loop in another process. What fires disables itself, as the timers of
// libvirt's streams do: otherwise a loop could fire one watch over and over before another.

#include "child.hpp"
#include "event_descriptors.hpp"
#include "figures.hpp"
#include "libvirt_handles.hpp"
#include "workload.hpp"

#include <libvirt-asio/event_loop.hpp>

#include <boost/asio/io_context.hpp>

#include <chrono>
#include <cstddef>
#include <functional>
#include <numeric>
#include <stdexcept>
#include <string>
#include <vector>

namespace {

using namespace benchmark;

constexpr int rounds = 7;
constexpr int cycles = 20;

/// Runs libvirt's event loop until a condition holds.
using run_until = std::function<void(std::function<bool()> const&)>;

/// Timeouts that are due at once.
class timers {
 public:
  static constexpr std::size_t count = 10'000;

  int add(std::size_t /*position*/) { return ::virEventAddTimeout(-1, fire, this, free); }
  static void update(int timer) { ::virEventUpdateTimeout(timer, 0); }
  static int remove(int timer) { return ::virEventRemoveTimeout(timer); }

  void start() { fired_ = freed_ = 0; }
  [[nodiscard]] bool all_fired() const { return fired_ == count; }
  [[nodiscard]] bool all_freed() const { return freed_ == count; }

 private:
  static void fire(int timer, void* self) {
    ::virEventUpdateTimeout(timer, -1);
    ++static_cast<timers*>(self)->fired_;
  }
  static void free(void* self) { ++static_cast<timers*>(self)->freed_; }

  std::size_t fired_ = 0;
  std::size_t freed_ = 0;
};

/// Handles that fire all at once, or each when the one before it has.
template <bool one_by_one>
class handles {
 public:
  static constexpr std::size_t count = 1'000;

  handles() {
    for (std::size_t position = 0; position < count; ++position) all_.push_back({this, position});
  }

  int add(std::size_t position) {
    return ::virEventAddHandle(descriptors_[position], 0, fire, &all_[position], free);
  }
  static void update(int watch) { ::virEventUpdateHandle(watch, VIR_EVENT_HANDLE_READABLE); }
  static int remove(int watch) { return ::virEventRemoveHandle(watch); }

  void start() {
    fired_ = freed_ = 0;
    for (std::size_t position = 0; position < (one_by_one ? 1 : count); ++position)
      descriptors_.set(position);
  }
  [[nodiscard]] bool all_fired() const { return fired_ == count; }
  [[nodiscard]] bool all_freed() const { return freed_ == count; }

 private:
  struct handle {
    handles* owner;
    std::size_t position;
  };

  static void fire(int watch, int, int, void* fired) {
    auto const [owner, position] = *static_cast<handle*>(fired);
    ::virEventUpdateHandle(watch, 0);
    owner->descriptors_.reset(position);
    if (one_by_one && position + 1 < count) owner->descriptors_.set(position + 1);
    ++owner->fired_;
  }
  static void free(void* freed) { ++static_cast<handle*>(freed)->owner->freed_; }

  event_descriptors descriptors_{count};
  std::vector<handle> all_;
  std::size_t fired_ = 0;
  std::size_t freed_ = 0;
};

/// The time that each part of the cycle took, in seconds: add, update, fire, remove.
class cycle_times {
 public:
  void start() { last_ = std::chrono::steady_clock::now(); }

  void end_part(std::size_t part) {
    auto const now = std::chrono::steady_clock::now();
    parts_[part] += std::chrono::duration<double>(now - last_).count();
    last_ = now;
  }

  /// How many watches went through each part a second, and how many through the whole cycle.
  [[nodiscard]] std::vector<double> rates(double watches) const {
    std::vector<double> result;
    for (double const seconds : parts_) result.push_back(watches / seconds);
    result.push_back(watches / std::reduce(parts_.begin(), parts_.end()));
    return result;
  }

 private:
  std::vector<double> parts_ = std::vector<double>(4);
  std::chrono::steady_clock::time_point last_;
};

template <class Watches>
void run_cycle(Watches& watches, run_until const& run, cycle_times& times) {
  std::vector<int> ids;
  watches.start();
  times.start();
  for (std::size_t position = 0; position < Watches::count; ++position)
    ids.push_back(checked(watches.add(position), "cannot add a watch"));
  times.end_part(0);
  for (int const id : ids) Watches::update(id);
  times.end_part(1);
  run([&] { return watches.all_fired(); });
  times.end_part(2);
  for (int const id : ids) checked(Watches::remove(id), "cannot remove a watch");
  run([&] { return watches.all_freed(); });
  times.end_part(3);
}

template <class Watches>
std::vector<double> run_cycles(run_until const& run) {
  Watches watches;
  cycle_times warm_up;
  run_cycle(watches, run, warm_up);
  cycle_times times;
  for (int cycle = 0; cycle < cycles; ++cycle) run_cycle(watches, run, times);
  return times.rates(static_cast<double>(Watches::count) * cycles);
}

template <class Watches>
std::vector<double> on_io_context(arguments const& /*none*/) {
  boost::asio::io_context context(1);
  libvirt_asio::event_loop const loop(context);
  return run_cycles<Watches>([&](std::function<bool()> const& done) {
    context.restart();
    while (!done())
      if (context.run_one() == 0) throw std::runtime_error("the event loop has nothing left to do");
  });
}

template <class Watches>
std::vector<double> on_default_loop(arguments const& /*none*/) {
  checked(::virEventRegisterDefaultImpl(), "cannot register the event loop");
  return run_cycles<Watches>([](std::function<bool()> const& done) {
    while (!done()) ::virEventRunDefaultImpl();
  });
}

void measure_watches(std::string const& name) {
  auto const runs = run_in_turn(repetitions(rounds), {{name}, {"default_" + name}});
  std::size_t result = 0;
  for (char const* part : {"add", "update", "fire", "remove", "cycle"}) {
    print_compared("event_loop." + name + '.' + part, runs[0][result], {{"default_loop", runs[1][result]}},
                   "per_second");
    ++result;
  }
}

int measure() {
  for (char const* name : {"timers", "handles", "handles_one_by_one"}) measure_watches(name);
  return 0;
}

}  // namespace

int main(int argc, char** argv) {
  return run(argc, argv, measure,
             {{"timers", on_io_context<timers>},
              {"handles", on_io_context<handles<false>>},
              {"handles_one_by_one", on_io_context<handles<true>>},
              {"default_timers", on_default_loop<timers>},
              {"default_handles", on_default_loop<handles<false>>},
              {"default_handles_one_by_one", on_default_loop<handles<true>>}});
}
