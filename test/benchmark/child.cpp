// Copyright (c) 2026 The libvirt-asio authors
// Distributed under the Boost Software License, Version 1.0.

#include "child.hpp"

#include <fcntl.h>
#include <poll.h>
#include <spawn.h>
#include <sys/wait.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <csignal>
#include <cstddef>
#include <iterator>
#include <optional>
#include <sstream>
#include <stdexcept>
#include <system_error>

namespace benchmark {
namespace {

std::sig_atomic_t volatile interrupted = 0;

std::array<int, 2> make_pipe() {
  std::array<int, 2> ends{};
  if (::pipe2(ends.data(), O_CLOEXEC) != 0) throw std::system_error(errno, std::generic_category(), "pipe2");
  return ends;
}

pid_t start_this_program(std::vector<std::string>& arguments, int output) {
  std::string program = "/proc/self/exe";
  std::vector<char*> pointers{program.data()};
  for (std::string& argument : arguments) pointers.push_back(argument.data());
  pointers.push_back(nullptr);

  posix_spawn_file_actions_t actions;
  ::posix_spawn_file_actions_init(&actions);
  ::posix_spawn_file_actions_adddup2(&actions, output, STDOUT_FILENO);
  pid_t id = 0;
  int const error = ::posix_spawn(&id, program.c_str(), &actions, nullptr, pointers.data(), environ);
  ::posix_spawn_file_actions_destroy(&actions);
  if (error != 0) throw std::system_error(error, std::generic_category(), "posix_spawn");
  return id;
}

constexpr int most_hangs = 20;

// What each workload gave, or nothing when the peer has hung.
std::optional<std::vector<result_series>> run_round(std::vector<std::vector<std::string>> const& workloads,
                                                    bool forth, hanging_peer const& peer) {
  std::vector<result_series> all(workloads.size());
  for (std::size_t turn = 0; turn < workloads.size(); ++turn) {
    std::size_t const position = forth ? turn : workloads.size() - 1 - turn;
    child running(workloads[position]);
    if (workloads[position].front() == peer.workload && !running.prints_within(peer.patience)) return {};
    for (double const result : running.results()) all[position].push_back({result});
  }
  return all;
}

}  // namespace

child::child(std::vector<std::string> arguments) : name_(arguments.front()) {
  if (interrupted != 0) throw std::runtime_error("interrupted");
  auto const [reading, writing] = make_pipe();
  output_.reset(::fdopen(reading, "r"));
  id_ = start_this_program(arguments, writing);
  ::close(writing);
}

child::~child() {
  ::kill(id_, SIGKILL);
  while (::waitpid(id_, nullptr, 0) < 0 && errno == EINTR) {
  }
}

std::string child::line() {
  std::string result;
  int character = 0;
  while ((character = std::getc(output_.get())) != EOF && character != '\n')
    result += static_cast<char>(character);
  if (character == EOF) throw std::runtime_error("the workload " + name_ + " failed");
  return result;
}

std::vector<double> child::results() {
  std::istringstream words(line());
  std::vector<double> values;
  for (double value = 0; words >> value;) values.push_back(value);
  return values;
}

bool child::prints_within(std::chrono::milliseconds patience) {
  pollfd output{::fileno(output_.get()), POLLIN, 0};
  int const result = ::poll(&output, 1, static_cast<int>(patience.count()));
  if (result < 0) throw std::system_error(errno, std::generic_category(), "poll");
  return result > 0;
}

void end_children_on_signals() {
  struct sigaction action {};
  action.sa_handler = [](int) { interrupted = 1; };
  // Without SA_RESTART, so that a wait for a child ends.
  for (int const number : {SIGINT, SIGTERM}) ::sigaction(number, &action, nullptr);
}

std::vector<result_series> run_in_turn(int rounds, std::vector<std::vector<std::string>> const& workloads) {
  hanging_peer none;
  return run_in_turn(rounds, workloads, none);
}

std::vector<result_series> run_in_turn(int rounds, std::vector<std::vector<std::string>> const& workloads,
                                       hanging_peer& peer) {
  std::vector<result_series> all(workloads.size());
  for (int round = 0; round < rounds;) {
    // Back and forth, so that none always follows the same one; at last forth.
    bool const forth = (rounds - round) % 2 == 1;
    auto const results = run_round(workloads, forth, peer);
    if (!results) {
      if (++peer.hangs == most_hangs) throw std::runtime_error(peer.workload + " hangs too often");
      continue;
    }
    append(all, *results);
    ++round;
  }
  return all;
}

void append(std::vector<result_series>& all, std::vector<result_series> const& more) {
  all.resize(more.size());
  for (std::size_t workload = 0; workload != more.size(); ++workload) {
    all[workload].resize(more[workload].size());
    for (std::size_t result = 0; result != more[workload].size(); ++result)
      std::ranges::copy(more[workload][result], std::back_inserter(all[workload][result]));
  }
}

}  // namespace benchmark
