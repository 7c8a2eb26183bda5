// Copyright (c) 2026 The libvirt-asio authors
// Distributed under the Boost Software License, Version 1.0.

#include "workload.hpp"

#include "child.hpp"

#include <exception>
#include <iomanip>
#include <iostream>
#include <limits>
#include <string_view>

namespace benchmark {
namespace {

bool brief = false;

void print_results(std::vector<double> const& results) {
  std::cout << std::setprecision(std::numeric_limits<double>::max_digits10);
  for (double const result : results) std::cout << result << ' ';
  std::cout << std::endl;
}

}  // namespace

int repetitions(int usual) {
  return brief ? 1 : usual;
}

int run(int argc, char** argv, int (*measure)(), workloads const& all) try {
  brief = argc == 2 && std::string_view(argv[1]) == "--brief";
  if (argc == 1 || brief) {
    end_children_on_signals();
    return measure();
  }
  print_results(all.at(argv[1])(arguments(argv + 2, argv + argc)));
  return 0;
} catch (std::exception const& error) {
  std::cerr << argv[0] << ": " << error.what() << '\n';
  return 1;
}

}  // namespace benchmark
