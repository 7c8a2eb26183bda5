// Copyright (c) 2026 The libvirt-asio authors
// Distributed under the Boost Software License, Version 1.0.

#ifndef LIBVIRT_ASIO_TEST_BENCHMARK_WORKLOAD_HPP
#define LIBVIRT_ASIO_TEST_BENCHMARK_WORKLOAD_HPP

#include <functional>
#include <map>
#include <string>
#include <vector>

namespace benchmark {

using arguments = std::vector<std::string>;

/// Workloads by name: what a process of its own does with its arguments, and its results.
using workloads = std::map<std::string, std::function<std::vector<double>(arguments const&)>>;

/// How often to do what a benchmark repeats for its figures' sake: once if it was started with `--brief`,
/// since then whoever started it repeats the whole.
[[nodiscard]] int repetitions(int usual);

/// The main function of a benchmark: `measure` in the process that is started, a workload in its children.
int run(int argc, char** argv, int (*measure)(), workloads const& all);

}  // namespace benchmark

#endif
