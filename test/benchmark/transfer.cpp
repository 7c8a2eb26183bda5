// Copyright (c) 2026 The libvirt-asio authors
// Distributed under the Boost Software License, Version 1.0.

// Volumes to files and files to volumes, beside virsh with the same daemon; each run is a process of its own,
// and they take turns. Pool and files are in memory.

#include "asio_session.hpp"
#include "child.hpp"
#include "figures.hpp"
#include "link_relay.hpp"
#include "resource_usage.hpp"
#include "volume_service.hpp"
#include "workload.hpp"

#include "support/programs.hpp"
#include "support/real_parts.hpp"
#include "support/sha256.hpp"

#include <boost/asio/as_tuple.hpp>
#include <boost/asio/co_spawn.hpp>
#include <boost/asio/steady_timer.hpp>
#include <boost/asio/use_awaitable.hpp>

#include <fcntl.h>
#include <spawn.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <exception>
#include <filesystem>
#include <fstream>
#include <stdexcept>
#include <string>
#include <system_error>
#include <utility>
#include <vector>

namespace {

using namespace benchmark;

constexpr int rounds = 7;
// How long a daemon takes for a packet depends on where the heap of its process came to lie, so several are
// tried.
constexpr int daemons = 5;
constexpr int dense_rounds = 3;   // with each daemon
constexpr int sparse_rounds = 5;  // with each daemon
constexpr int copy_rounds = 11;
constexpr int long_link_rounds = 5;
constexpr std::uint64_t mebibyte = std::uint64_t{1} << 20;
constexpr std::uint64_t dense_bytes = gibibyte;
constexpr std::uint64_t sparse_bytes = 20 * gibibyte;
constexpr std::uint64_t sparse_pieces = 64;
constexpr std::uint64_t sparse_data = 256 * mebibyte;
// 24 MiB for each of four streams, which take 4 s: opening their connections is about one.
constexpr std::uint64_t long_link_bytes = 96 * mebibyte;
constexpr unsigned many = 64;
constexpr std::uint64_t many_bytes = 16 * mebibyte;

std::uint64_t allocated(std::string const& path) {
  struct stat status {};
  if (::stat(path.c_str(), &status) != 0) throw std::runtime_error("no file " + path);
  return static_cast<std::uint64_t>(status.st_blocks) * 512;
}

/// Gives each upload a volume without contents.
void empty(std::string const& volume) {
  auto const length = std::filesystem::file_size(volume);
  std::filesystem::resize_file(volume, 0);
  std::filesystem::resize_file(volume, length);
}

// --- What the children do ----------------------------------------------------------------------------------

libvirt_asio::transfer_options options_of(arguments const& all) {
  libvirt_asio::transfer_options options;
  if (all.size() > 3) options.streams = static_cast<unsigned>(std::stoul(all[3]));
  return options;
}

// The arguments: URI, volume, file, and perhaps the number of streams.
std::vector<double> download(arguments const& all) {
  run_with_connection(all[0], [&](libvirt_asio::connection& connection) -> asio::awaitable<void> {
    auto const volume = co_await async_find_volume(connection, all[1]);
    co_await libvirt_asio::async_download(connection, volume.get(), all[2], options_of(all));
  });
  return {};
}

std::vector<double> upload(arguments const& all) {
  run_with_connection(all[0], [&](libvirt_asio::connection& connection) -> asio::awaitable<void> {
    auto const volume = co_await async_find_volume(connection, all[1]);
    co_await libvirt_asio::async_upload(connection, all[2], volume.get(), options_of(all));
  });
  return {};
}

// The arguments: URI, source, target.
std::vector<double> copy(arguments const& all) {
  run_with_connection(all[0], [&](libvirt_asio::connection& connection) -> asio::awaitable<void> {
    auto const source = co_await async_find_volume(connection, all[1]);
    auto const target = co_await async_find_volume(connection, all[2]);
    co_await libvirt_asio::async_copy(connection, source.get(), connection, target.get());
  });
  return {};
}

std::string numbered(std::string const& path, unsigned number) {
  return path + std::to_string(number);
}

/// All at once, on one thread; their names are those of volume and file with a number.
asio::awaitable<void> download_all(libvirt_asio::connection& connection, arguments const& all) {
  auto const one = [&](unsigned number) -> asio::awaitable<void> {
    auto const volume = co_await async_find_volume(connection, numbered(all[1], number));
    co_await libvirt_asio::async_download(connection, volume.get(), numbered(all[2], number),
                                          options_of(all));
  };
  auto const executor = co_await asio::this_coro::executor;
  unsigned running = many;
  std::exception_ptr failure;
  asio::steady_timer all_ended(executor, asio::steady_timer::time_point::max());
  for (unsigned number = 0; number != many; ++number)
    asio::co_spawn(executor, one(number), [&](std::exception_ptr const& failed) {
      if (failed) failure = failed;
      if (--running == 0) all_ended.cancel();
    });
  co_await all_ended.async_wait(asio::as_tuple(asio::use_awaitable));
  if (failure) std::rethrow_exception(failure);
}

std::vector<double> download_many(arguments const& all) {
  run_with_connection(all[0],
                      [&](libvirt_asio::connection& connection) { return download_all(connection, all); });
  return {};
}

// --- Whole processes, of this program and of virsh ---------------------------------------------------------

pid_t start(std::vector<std::string> command) {
  std::vector<char*> pointers;
  for (std::string& word : command) pointers.push_back(word.data());
  pointers.push_back(nullptr);
  posix_spawn_file_actions_t actions;
  ::posix_spawn_file_actions_init(&actions);
  ::posix_spawn_file_actions_addopen(&actions, STDOUT_FILENO, "/dev/null", O_WRONLY, 0);
  pid_t id = 0;
  int const error = ::posix_spawn(&id, command.front().c_str(), &actions, nullptr, pointers.data(), environ);
  ::posix_spawn_file_actions_destroy(&actions);
  if (error != 0) throw std::system_error(error, std::generic_category(), command.front());
  return id;
}

/// The wall time, processor time and peak resident size of a process, from its start to its end.
std::vector<double> measured(std::vector<std::string> command) {
  stopwatch const watch;
  pid_t const id = start(std::move(command));
  int status = 0;
  rusage usage{};
  while (::wait4(id, &status, 0, &usage) < 0 && errno == EINTR) {
  }
  if (status != 0) throw std::runtime_error("a transfer failed");
  auto const seconds = [](timeval const& time) {
    return static_cast<double>(time.tv_sec) + static_cast<double>(time.tv_usec) / 1e6;
  };
  return {watch.wall_seconds(), seconds(usage.ru_utime) + seconds(usage.ru_stime),
          static_cast<double>(usage.ru_maxrss) / 1024};
}

std::vector<double> measured_here(std::string const& action, arguments const& all) {
  std::vector<std::string> command{"/proc/self/exe", action};
  command.insert(command.end(), all.begin(), all.end());
  return measured(std::move(command));
}

// The arguments: URI, volume, file, and perhaps `--sparse`.
std::vector<double> measured_virsh(std::string const& action, arguments const& all) {
  std::vector<std::string> command{
      test_support::find_program("virsh"), "-q", "-c", all[0], action, all[1], all[2]};
  command.insert(command.end(), all.begin() + 3, all.end());
  return measured(std::move(command));
}

std::vector<double> asio_download(arguments const& all) {
  std::filesystem::remove(all[2]);
  return measured_here("download", all);
}

std::vector<double> asio_upload(arguments const& all) {
  empty(all[1]);
  return measured_here("upload", all);
}

std::vector<double> asio_download_many(arguments const& all) {
  for (unsigned number = 0; number != many; ++number) std::filesystem::remove(numbered(all[2], number));
  return measured_here("download_many", all);
}

std::vector<double> virsh_download(arguments const& all) {
  std::filesystem::remove(all[2]);
  return measured_virsh("vol-download", all);
}

std::vector<double> virsh_upload(arguments const& all) {
  empty(all[1]);
  return measured_virsh("vol-upload", all);
}

std::vector<double> asio_copy(arguments const& all) {
  empty(all[2]);
  return measured_here("copy", all);
}

// Through a file, the last argument: virsh cannot do otherwise.
std::vector<double> virsh_copy(arguments const& all) {
  empty(all[2]);
  auto sum = measured_virsh("vol-download", {all[0], all[1], all[3]});
  auto const second = measured_virsh("vol-upload", {all[0], all[2], all[3]});
  sum[0] += second[0];
  sum[1] += second[1];
  sum[2] = std::max(sum[2], second[2]);
  std::filesystem::remove(all[3]);
  return sum;
}

// --- What is measured --------------------------------------------------------------------------------------

using command = std::vector<std::string>;

void print(std::string const& name, result_series const& ours, result_series const& virsh) {
  print_compared("transfer." + name + ".wall", ours[0], {{"virsh", virsh[0]}}, "s");
  print_compared("transfer." + name + ".cpu", ours[1], {{"virsh", virsh[1]}}, "s");
  print_compared("transfer." + name + ".peak_resident", ours[2], {{"virsh", virsh[2]}}, "MiB");
}

void check_same(std::string const& first, std::string const& second) {
  if (test_support::sha256_of_file(first) != test_support::sha256_of_file(second))
    throw std::runtime_error(first + " and " + second + " differ");
}

class transfer_service : public volume_service {
 public:
  using volume_service::volume_service;

  [[nodiscard]] std::string file(std::string const& name) const { return (files_.path() / name).string(); }

 private:
  test_support::temporary_folder files_{"/dev/shm"};
};

/// What the transfers of a volume gave: of the downloads ours come first, of the uploads virsh's, so that
/// what is there in the end is ours.
struct transfer_series {
  std::vector<result_series> downloads;
  std::vector<result_series> uploads;
};

void print(std::string const& name, transfer_series const& series) {
  print(name + "_download", series.downloads[0], series.downloads[1]);
  print(name + "_upload", series.uploads[1], series.uploads[0]);
}

void measure_dense(transfer_series& series, test_support::libvirtd_options const& options) {
  transfer_service service(options);
  std::string const uri = service.daemon().unix_uri();
  std::string const volume = service.make_full_volume("dense", dense_bytes);
  std::string const ours = service.file("ours");
  std::string const theirs = service.file("virsh");
  append(series.downloads, run_in_turn(repetitions(dense_rounds), {{"asio_download", uri, volume, ours},
                                                                   {"virsh_download", uri, volume, theirs}}));
  check_same(volume, ours);
  std::filesystem::remove(theirs);
  append(series.uploads, run_in_turn(repetitions(dense_rounds), {{"virsh_upload", uri, volume, ours},
                                                                 {"asio_upload", uri, volume, ours}}));
  check_same(volume, ours);
}

void measure_dense(std::string const& name, test_support::libvirtd_options const& options) {
  transfer_series series;
  for (int daemon = 0; daemon != repetitions(daemons); ++daemon) measure_dense(series, options);
  print(name, series);
}

/// Its heap keeps what it frees (docs/tuning.md), and makes no page faults.
test_support::libvirtd_options tuned_daemon() {
  test_support::libvirtd_options options;
  options.environment = {
      "GLIBC_TUNABLES=glibc.malloc.trim_threshold=67108864:glibc.malloc.mmap_threshold=33554432"};
  return options;
}

void measure_copy() {
  transfer_service service;
  std::string const uri = service.daemon().unix_uri();
  std::string const source = service.make_full_volume("source", dense_bytes);
  std::string const target = service.make_volume("target", dense_bytes);
  auto const runs =
      run_in_turn(repetitions(copy_rounds), {{"asio_copy", uri, source, target},
                                             {"virsh_copy", uri, source, target, service.file("between")}});
  check_same(source, target);
  print("dense_copy", runs[0], runs[1]);
}

std::string make_sparse_volume(transfer_service& service) {
  std::string path = service.make_volume("sparse", sparse_bytes);
  std::fstream file(path, std::ios::binary | std::ios::in | std::ios::out);
  auto const data = test_support::make_test_data(sparse_data / sparse_pieces);
  for (std::uint64_t piece = 0; piece != sparse_pieces; ++piece) {
    file.seekp(static_cast<std::streamoff>(piece * (sparse_bytes / sparse_pieces)));
    file.write(reinterpret_cast<char const*>(data.data()), static_cast<std::streamsize>(data.size()));
  }
  return path;
}

double room(std::string const& copy, std::string const& original) {
  return static_cast<double>(allocated(copy)) / static_cast<double>(allocated(original));
}

/// Also the blocks of each copy to those of its original.
struct sparse_series : transfer_series {
  std::vector<double> download_room;
  std::vector<double> upload_room;
};

void measure_sparse(sparse_series& series) {
  transfer_service service;
  std::string const uri = service.daemon().unix_uri();
  std::string const original = make_sparse_volume(service);
  std::string const target = service.make_volume("target", sparse_bytes);
  std::string const ours = service.file("ours");
  std::string const theirs = service.file("virsh");
  append(series.downloads,
         run_in_turn(repetitions(sparse_rounds), {{"asio_download", uri, original, ours},
                                                  {"virsh_download", uri, original, theirs, "--sparse"}}));
  append(series.uploads,
         run_in_turn(repetitions(sparse_rounds),
                     {{"virsh_upload", uri, target, ours, "--sparse"}, {"asio_upload", uri, target, ours}}));
  series.download_room.push_back(room(ours, original));
  series.upload_room.push_back(room(target, original));
}

void measure_sparse() {
  sparse_series series;
  for (int daemon = 0; daemon != repetitions(daemons); ++daemon) measure_sparse(series);
  print("sparse", series);
  print_figure("transfer.sparse_download.blocks_ratio_to_original", std::ranges::max(series.download_room),
               "times");
  print_figure("transfer.sparse_upload.blocks_ratio_to_original", std::ranges::max(series.upload_room),
               "times");
}

void measure_long_link(transfer_service& service) {
  std::string const tcp = service.daemon().tcp_uri();
  auto const port_begin = tcp.rfind(':') + 1;
  link_relay const relay(static_cast<std::uint16_t>(std::stoul(tcp.substr(port_begin))));
  std::string const uri = "qemu+tcp://127.0.0.1:" + std::to_string(relay.port()) + "/session";
  std::string const volume = service.make_full_volume("far", long_link_bytes);
  std::string const file = service.file("far");
  for (std::string const action : {"download", "upload"}) {
    auto const runs = run_in_turn(repetitions(long_link_rounds), {{"asio_" + action, uri, volume, file, "4"},
                                                                  {"asio_" + action, uri, volume, file, "1"},
                                                                  {"virsh_" + action, uri, volume, file}});
    print_compared("transfer.long_link_" + action + ".wall", runs[0][0],
                   {{"one_stream", runs[1][0]}, {"virsh", runs[2][0]}}, "s");
  }
}

void measure_many(transfer_service& service) {
  std::string const uri = service.daemon().unix_uri();
  std::string const single = service.make_full_volume("single", many * many_bytes);
  std::string const volumes = std::filesystem::path(single).replace_filename("many").string();
  for (unsigned number = 0; number != many; ++number)
    service.make_full_volume("many" + std::to_string(number), many_bytes);
  auto const runs =
      run_in_turn(repetitions(rounds), {{"asio_download", uri, single, service.file("single"), "1"},
                                        {"asio_download_many", uri, volumes, service.file("many")}});
  auto const rates = [](std::vector<double> seconds) {
    for (double& each : seconds) each = static_cast<double>(many * many_bytes / mebibyte) / each;
    return seconds;
  };
  print_compared("transfer.many_downloads.rate", rates(runs[1][0]), {{"single", rates(runs[0][0])}}, "MiB/s");
  print_figure("transfer.many_downloads.peak_resident_each", median(runs[1][2]) / many, "MiB");
}

int measure() {
  if (int const code = test_support::require_or_skip()) return code;
  measure_sparse();
  measure_dense("dense", {});
  measure_dense("tuned_daemon", tuned_daemon());
  measure_copy();
  transfer_service service({.listen_tcp = true});
  measure_many(service);
  measure_long_link(service);
  return 0;
}

}  // namespace

int main(int argc, char** argv) {
  return run(argc, argv, measure,
             {{"download", download},
              {"upload", upload},
              {"copy", copy},
              {"download_many", download_many},
              {"asio_download", asio_download},
              {"asio_upload", asio_upload},
              {"asio_copy", asio_copy},
              {"virsh_copy", virsh_copy},
              {"asio_download_many", asio_download_many},
              {"virsh_download", virsh_download},
              {"virsh_upload", virsh_upload}});
}
