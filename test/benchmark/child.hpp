// Copyright (c) 2026 The libvirt-asio authors
// Distributed under the Boost Software License, Version 1.0.

#ifndef LIBVIRT_ASIO_TEST_BENCHMARK_CHILD_HPP
#define LIBVIRT_ASIO_TEST_BENCHMARK_CHILD_HPP

#include <sys/types.h>

#include <chrono>
#include <cstdio>
#include <memory>
#include <string>
#include <vector>

namespace benchmark {

/// One of this program's workloads in a process of its own, whose time and memory are its own.
class child {
 public:
  /// Starts this program again with the name of a workload and its arguments.
  explicit child(std::vector<std::string> arguments);
  /// Ends the process, should it still run.
  ~child();

  child(child const&) = delete;
  child& operator=(child const&) = delete;

  /// Waits for the next line that the workload prints.
  [[nodiscard]] std::string line();

  /// Waits for the workload's results.
  [[nodiscard]] std::vector<double> results();

  /// Waits for that long until the workload prints, and returns whether it does.
  [[nodiscard]] bool prints_within(std::chrono::milliseconds patience);

 private:
  struct file_closer {
    void operator()(std::FILE* file) const { std::fclose(file); }
  };

  std::string name_;
  pid_t id_ = 0;
  std::unique_ptr<std::FILE, file_closer> output_;
};

/// From here on SIGINT and SIGTERM end the children, and what waits for one throws, so that what was made for
/// them is removed.
void end_children_on_signals();

/// For each result of a workload its values, one a run.
using result_series = std::vector<std::vector<double>>;

/// Runs workloads in turn, back and forth, each time in a process of its own, and returns what each gave.
/// What is there in the end is what the last workload has left.
[[nodiscard]] std::vector<result_series> run_in_turn(int rounds,
                                                     std::vector<std::vector<std::string>> const& workloads);

/// A workload of a peer that hangs now and then.
struct hanging_peer {
  std::string workload;
  std::chrono::seconds patience;
  int hangs = 0;
};

/// The same, but a round in which the peer hangs is ended, counted and done again.
[[nodiscard]] std::vector<result_series> run_in_turn(int rounds,
                                                     std::vector<std::vector<std::string>> const& workloads,
                                                     hanging_peer& peer);

/// Adds the runs of the same workloads, with another daemon say.
void append(std::vector<result_series>& all, std::vector<result_series> const& more);

}  // namespace benchmark

#endif
