// Copies between volumes of two daemons, of which one is killed or stands still.

#include "fixture/daemon_breaking_session.hpp"
#include "fixture/errors.hpp"
#include "fixture/file_transfer_session.hpp"

#include "support/libvirt_failure.hpp"

#include <boost/test/unit_test.hpp>

#include <memory>
#include <optional>

namespace {

namespace asio = boost::asio;
using namespace std::chrono_literals;
using fixture::data;
using fixture::difference;
using fixture::ended_transfer;
using fixture::four_ranges;
using fixture::hole;
using fixture::mebibyte;
using fixture::transfer;
using libvirt_asio::storage_vol;
using test_support::frozen_daemon;
using test_support::private_libvirtd;

struct connection_closer {
  void operator()(virConnectPtr connection) const { ::virConnectClose(connection); }
};

/// Another daemon, with a pool of its own.
struct other_host {
  private_libvirtd daemon;
  test_support::temporary_folder folder = daemon.make_folder();
  std::unique_ptr<virConnect, connection_closer> plain{::virConnectOpen(daemon.unix_uri().c_str())};
  // Its daemon may be gone at the end, and its error would be printed.
  std::optional<test_support::storage_pool> pool;

  other_host() {
    if (!plain) test_support::throw_last_error("cannot connect to the other daemon");
    pool.emplace(plain.get(), folder.path());
  }
};

constexpr std::uint64_t length = 2 * four_ranges;

struct copies_between_daemons_fixture : fixture::daemon_breaking_session<fixture::file_transfer_session> {
  copies_between_daemons_fixture() {
    source = make_volume("source", {data(length)});
    there.pool->create_volume("target", length);
    run_only([this]() -> asio::awaitable<void> {
      co_await other.async_open(there.daemon.unix_uri());
      auto look_up = [path = target_file()](virConnectPtr native) {
        return ::virStorageVolLookupByPath(native, path.c_str());
      };
      target = co_await other.async_call(std::move(look_up));
    });
  }

  ~copies_between_daemons_fixture() {
    target.reset();
    other.close();
    there.daemon.kill();
  }

  std::filesystem::path target_file() const { return there.pool->path("target"); }

  transfer start_copy(libvirt_asio::transfer_options options = {}) {
    transfer started;
    libvirt_asio::async_copy(connection, source.get(), other, target.get(), std::move(options), started.token());
    return started;
  }

  /// In the midst of a copy.
  template <class Function>
  ended_transfer copy_and(Function function, libvirt_asio::transfer_options options = {}) {
    auto started = start_copy(std::move(options));
    run_until_written(target_file(), 8 * mebibyte);
    function();
    return run_to_end(started);
  }

  void check_is_alive(libvirt_asio::connection& which) {
    run_only([&]() -> asio::awaitable<void> {
      auto const name = co_await which.async_call([](virConnectPtr native) { return virConnectGetHostname(native); });
      BOOST_TEST(!name.empty());
    });
  }

  /// Also that to the daemon that is well.
  void check_is_cut_off(libvirt_asio::connection& which) {
    run_only([&]() -> asio::awaitable<void> { co_await which.async_wait_closed(); });
  }

  other_host there;
  libvirt_asio::connection other{context};
  storage_vol source;
  storage_vol target;
};

libvirt_asio::transfer_options impatient() {
  libvirt_asio::transfer_options options;
  options.stall_timeout = 2s;
  return options;
}

BOOST_FIXTURE_TEST_SUITE(copies_between_daemons, copies_between_daemons_fixture)

BOOST_AUTO_TEST_CASE(a_volume_is_copied_to_another_daemon) {
  auto started = start_copy(fixture::with_streams(2));
  auto const& ended = run_to_end(started);
  fixture::check_error(ended.error, {});
  BOOST_TEST(ended.value.streams == 2U);
  BOOST_TEST(difference(volume_file("source"), target_file()) == "");
}

BOOST_AUTO_TEST_CASE(the_death_of_the_daemon_that_is_read_ends_it) {
  auto const ended = copy_and([&] { host.daemon().kill(); });
  BOOST_TEST(ended.error.failed());
  BOOST_TEST((ended.error != asio::error::timed_out), ended.error.message());
  check_is_alive(other);
}

BOOST_AUTO_TEST_CASE(the_death_of_the_daemon_that_is_written_ends_it) {
  auto const ended = copy_and([&] { there.daemon.kill(); });
  BOOST_TEST(ended.error.failed());
  BOOST_TEST((ended.error != asio::error::timed_out), ended.error.message());
  check_is_alive(connection);
}

BOOST_AUTO_TEST_CASE(it_times_out_when_the_daemon_that_is_read_stands_still) {
  std::optional<frozen_daemon> frozen;
  auto const ended = copy_and([&] { frozen.emplace(host.daemon()); }, impatient());
  fixture::check_error(ended.error, asio::error::timed_out);
  check_is_cut_off(other);
}

BOOST_AUTO_TEST_CASE(it_times_out_when_the_daemon_that_is_written_stands_still) {
  std::optional<frozen_daemon> frozen;
  auto const ended = copy_and([&] { frozen.emplace(there.daemon); }, impatient());
  fixture::check_error(ended.error, asio::error::timed_out);
  check_is_cut_off(connection);
}

BOOST_AUTO_TEST_SUITE_END()

}  // namespace
