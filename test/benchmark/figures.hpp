// Copyright (c) 2026 The libvirt-asio authors
// Distributed under the Boost Software License, Version 1.0.

#ifndef LIBVIRT_ASIO_TEST_BENCHMARK_FIGURES_HPP
#define LIBVIRT_ASIO_TEST_BENCHMARK_FIGURES_HPP

#include <algorithm>
#include <cstddef>
#include <functional>
#include <iostream>
#include <iterator>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace benchmark {

inline void print_figure(std::string_view name, double value, std::string_view unit) {
  std::cout << "figure: " << name << ' ' << value << ' ' << unit << std::endl;
}

/// The value that `part` of all values do not exceed.
inline double quantile(std::vector<double> values, double part) {
  auto const rank = static_cast<std::size_t>(part * static_cast<double>(values.size() - 1) + 0.5);
  auto const position = values.begin() + static_cast<std::ptrdiff_t>(rank);
  std::ranges::nth_element(values, position);
  return *position;
}

inline double median(std::vector<double> values) {
  return quantile(std::move(values), 0.5);
}

/// The runs of something else that does the same work, taken in turn with ours.
struct peer_runs {
  std::string name;
  std::vector<double> values;
};

/// Prints the median of our runs, and of every peer's; and the median of the ratios of each run of ours to
/// the peer's run next to it, which a change of the machine's pace leaves alone.
inline void print_compared(std::string const& name, std::vector<double> const& ours,
                           std::vector<peer_runs> const& peers, std::string_view unit) {
  print_figure(name, median(ours), unit);
  for (peer_runs const& peer : peers) {
    std::vector<double> ratios;
    std::ranges::transform(ours, peer.values, std::back_inserter(ratios), std::divides<>());
    print_figure(name + '.' + peer.name, median(peer.values), unit);
    print_figure(name + ".ratio_to_" + peer.name, median(ratios), "times");
  }
}

}  // namespace benchmark

#endif
