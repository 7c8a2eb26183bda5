// What happens to a program whose daemon stands still, dies, or is left behind.

#include "fixture/errors.hpp"
#include "fixture/waiting.hpp"

#include "support/private_libvirtd.hpp"
#include "support/resident_memory.hpp"
#include "support/sanitizer.hpp"
#include "support/storage_pool.hpp"

#include <libvirt-asio/libvirt-asio.hpp>

#include <boost/asio/as_tuple.hpp>
#include <boost/asio/co_spawn.hpp>
#include <boost/asio/detached.hpp>
#include <boost/asio/experimental/awaitable_operators.hpp>
#include <boost/asio/io_context.hpp>
#include <boost/asio/read.hpp>
#include <boost/asio/steady_timer.hpp>
#include <boost/asio/write.hpp>
#include <boost/test/unit_test.hpp>

#include <sys/resource.h>

#include <algorithm>
#include <chrono>
#include <filesystem>
#include <fstream>
#include <future>
#include <optional>
#include <string>
#include <tuple>
#include <vector>

namespace {

namespace asio = boost::asio;
using namespace std::chrono_literals;
using namespace asio::experimental::awaitable_operators;
using clock_type = std::chrono::steady_clock;
using fixture::fill;
using fixture::pause_for;
using libvirt_asio::client_errc;
using libvirt_asio::error_code;
using test_support::resident_kilobytes;

constexpr auto tuple = asio::as_tuple(asio::use_awaitable);

/// A daemon with a pool and a volume, and libvirt on an io_context.
struct fault_fixture {
  explicit fault_fixture(std::uint64_t volume_size = 1ULL << 30) {
    virConnectPtr const plain = virConnectOpen(daemon.unix_uri().c_str());
    BOOST_REQUIRE(plain != nullptr);
    pool.emplace(plain, pool_folder.path());
    pool->create_volume("volume", volume_size);
    setup = plain;
    // Only now: the plain connection shall not be watched by the loop.
    loop = std::make_unique<libvirt_asio::event_loop>(*context);
  }

  ~fault_fixture() {
    daemon.thaw();
    loop.reset();
    context.reset();
    if (daemon_alive) pool.reset();
    virConnectClose(setup);
  }

  void run(std::function<asio::awaitable<void>()> body) {
    std::exception_ptr failure;
    bool ended = false;
    context->restart();
    asio::co_spawn(*context, std::move(body), [&](std::exception_ptr thrown) {
      failure = thrown;
      ended = true;
    });
    auto const end = clock_type::now() + 100s;
    while (!ended && context->run_one_until(end) != 0) {
    }
    BOOST_REQUIRE_MESSAGE(ended, "the test hangs");
    if (failure) std::rethrow_exception(failure);
  }

  asio::awaitable<libvirt_asio::connection> connect(
      std::size_t receive_window = libvirt_asio::connect_options{}.receive_window) {
    libvirt_asio::connection opened(*context);
    libvirt_asio::connect_options options;
    options.receive_window = receive_window;
    co_await opened.async_open(daemon.unix_uri(), options);
    co_return opened;
  }

  static asio::awaitable<libvirt_asio::storage_vol> find_volume(libvirt_asio::connection& opened) {
    co_return co_await opened.async_call([](virConnectPtr native) {
      libvirt_asio::storage_pool const found(virStoragePoolLookupByName(native, "pool"));
      return virStorageVolLookupByName(found.get(), "volume");
    });
  }

  asio::awaitable<libvirt_asio::stream> open_upload(libvirt_asio::connection& opened) {
    auto const volume = co_await find_volume(opened);
    libvirt_asio::stream target(opened);
    co_await libvirt_asio::async_open_upload(target, volume.get());
    co_return target;
  }

  asio::awaitable<libvirt_asio::stream> open_download(libvirt_asio::connection& opened, bool sparse = false) {
    auto const volume = co_await find_volume(opened);
    libvirt_asio::stream source(opened);
    libvirt_asio::download_options const options{.sparse = sparse};
    co_await libvirt_asio::async_open_download(source, volume.get(), options);
    co_return source;
  }

  test_support::private_libvirtd daemon;
  test_support::temporary_folder pool_folder = daemon.make_folder("/dev/shm");
  std::optional<test_support::storage_pool> pool;
  virConnectPtr setup = nullptr;
  bool daemon_alive = true;
  std::unique_ptr<asio::io_context> context = std::make_unique<asio::io_context>(1);
  std::unique_ptr<libvirt_asio::event_loop> loop;
  std::vector<char> data = std::vector<char>(1 << 20, 'x');
};

/// A volume that a daemon reads at once.
struct small_volume_fixture : fault_fixture {
  small_volume_fixture() : fault_fixture(1 << 20) {}
};

double milliseconds_since(clock_type::time_point start) {
  return std::chrono::duration<double, std::milli>(clock_type::now() - start).count();
}

double cpu_seconds() {
  rusage usage{};
  getrusage(RUSAGE_SELF, &usage);
  return static_cast<double>(usage.ru_utime.tv_sec + usage.ru_stime.tv_sec) +
         static_cast<double>(usage.ru_utime.tv_usec + usage.ru_stime.tv_usec) / 1e6;
}

std::size_t entries(char const* folder) {
  auto const all = std::filesystem::directory_iterator(folder);
  return static_cast<std::size_t>(std::distance(begin(all), end(all)));
}

std::size_t sockets() {
  auto const all = std::filesystem::directory_iterator("/proc/self/fd");
  return static_cast<std::size_t>(std::count_if(begin(all), end(all), [](auto const& descriptor) {
    std::error_code closed_meanwhile;
    return std::filesystem::is_socket(descriptor.status(closed_meanwhile));
  }));
}

void check_resident(std::size_t kilobytes, std::size_t limit) {
  // A sanitizer's own memory is not the library's.
  if (!test_support::is_sanitized) BOOST_TEST(kilobytes < limit);
}

/// What the process takes in that time, after a second to settle.
asio::awaitable<double> idle_cpu_seconds(clock_type::duration time) {
  co_await pause_for(1s);
  auto const before = cpu_seconds();
  co_await pause_for(time);
  co_return cpu_seconds() - before;
}

}  // namespace

BOOST_AUTO_TEST_SUITE(faults)

BOOST_FIXTURE_TEST_CASE(a_write_is_cancelled_within_50_ms_while_the_daemon_is_frozen, fault_fixture) {
  run([&]() -> asio::awaitable<void> {
    auto opened = co_await connect();
    auto target = co_await open_upload(opened);
    daemon.freeze();
    co_await fill(target, asio::buffer(data));

    std::optional<error_code> ended;
    std::size_t taken = 1;
    target.async_write_some(asio::buffer(data), [&](error_code error, std::size_t bytes) {
      ended = error;
      taken = bytes;
    });
    auto const start = clock_type::now();
    target.cancel();
    while (!ended) co_await pause_for(1ms);
    BOOST_TEST(milliseconds_since(start) < 50 * test_support::slowness);
    fixture::check_error(*ended, asio::error::operation_aborted);
    BOOST_TEST(taken == 0U);
    BOOST_TEST(target.is_open());

    daemon.thaw();
    auto const [error, bytes] = co_await target.async_write_some(asio::buffer(data), tuple);
    BOOST_TEST(!error);
    BOOST_TEST(bytes == 1'048'576U);
    co_await target.async_finish();
    BOOST_TEST((target.state() == libvirt_asio::stream_state::finished));
  });
}

BOOST_FIXTURE_TEST_CASE(small_writes_to_a_frozen_daemon_never_block_the_loop, fault_fixture) {
  for (std::size_t const size : {std::size_t{1}, std::size_t{8192}})
    run([&]() -> asio::awaitable<void> {
      auto opened = co_await connect();
      auto target = co_await open_upload(opened);
      daemon.freeze();
      // Once the socket is full, only a loop that goes on notices that a write takes its time.
      co_await fill(target, asio::buffer(data, size));
      BOOST_TEST(target.is_open());
      daemon.thaw();
      co_await target.async_write_some(asio::buffer(data, size), asio::use_awaitable);
      co_await target.async_finish(asio::use_awaitable);
      co_await opened.async_close(asio::use_awaitable);
    });
}

BOOST_FIXTURE_TEST_CASE(finishing_is_cancelled_while_the_daemon_is_frozen, fault_fixture) {
  run([&]() -> asio::awaitable<void> {
    auto opened = co_await connect();
    auto target = co_await open_upload(opened);
    daemon.freeze();
    asio::steady_timer timer(*context, 20ms);
    auto const start = clock_type::now();
    auto const done = co_await (target.async_finish(tuple) || timer.async_wait(tuple));
    BOOST_TEST(done.index() == 1U);
    BOOST_TEST(milliseconds_since(start) < 70 * test_support::slowness);
    BOOST_TEST((target.state() == libvirt_asio::stream_state::finishing));
    // Before the daemon can answer, lest the stream be finished.
    std::optional<error_code> aborted;
    target.async_abort([&](error_code error) { aborted = error; });
    BOOST_TEST((target.state() == libvirt_asio::stream_state::aborted));
    daemon.thaw();
    while (!aborted) co_await pause_for(1ms);
    BOOST_TEST(!*aborted);
  });
}

BOOST_FIXTURE_TEST_CASE(aborting_is_cancelled_while_the_daemon_is_frozen, fault_fixture) {
  run([&]() -> asio::awaitable<void> {
    auto opened = co_await connect();
    auto target = co_await open_upload(opened);
    daemon.freeze();
    asio::steady_timer timer(*context, 20ms);
    auto const start = clock_type::now();
    auto const done = co_await (target.async_abort(tuple) || timer.async_wait(tuple));
    BOOST_TEST(done.index() == 1U);
    BOOST_TEST(milliseconds_since(start) < 70 * test_support::slowness);
    BOOST_TEST((target.state() == libvirt_asio::stream_state::aborted));
  });
}

BOOST_FIXTURE_TEST_CASE(what_is_queued_for_a_stream_is_dropped_before_its_abort_is_answered, fault_fixture) {
  for (bool const closed : {true, false})
    run([&]() -> asio::awaitable<void> {
      auto opened = co_await connect();
      auto source = co_await open_download(opened);
      co_await asio::async_read(source, asio::buffer(data, 1), asio::use_awaitable);
      auto* const native = source.native_handle();
      BOOST_REQUIRE(virStreamRecv(native, data.data(), 1) == 1);
      virStreamRef(native);

      daemon.freeze();
      if (closed)
        source.close();
      else
        source.async_abort(asio::detached);
      // A byte at a time, it would take minutes to read what was queued.
      constexpr int would_block = -2;
      while (virStreamRecv(native, data.data(), 1) != would_block) co_await pause_for(1ms);

      daemon.thaw();
      virStreamFree(native);
      co_await opened.async_close(asio::use_awaitable);
    });
}

BOOST_FIXTURE_TEST_CASE(closing_the_connection_of_a_frozen_daemon_ends_everything_at_once, fault_fixture) {
  run([&]() -> asio::awaitable<void> {
    auto opened = co_await connect();
    auto target = co_await open_upload(opened);
    libvirt_asio::stream source(opened);
    // Shared: the function that opens a stream may run on when its operation has ended.
    auto const volume = std::make_shared<libvirt_asio::storage_vol>(co_await find_volume(opened));
    daemon.freeze();
    co_await fill(target, asio::buffer(data));

    std::vector<error_code> errors;
    auto const note = [&](error_code error, auto&&...) { errors.push_back(error); };
    target.async_write_some(asio::buffer(data), note);
    target.async_wait(libvirt_asio::stream_events::readable, note);
    opened.async_call([](virConnectPtr native) { return virConnectGetHostname(native); }, note);
    opened.async_wait_closed(note);
    source.async_open(
        [volume](virStreamPtr native) { return virStorageVolDownload(volume->get(), native, 0, 0, 0); }, note);
    auto const start = clock_type::now();
    opened.close();
    BOOST_TEST(milliseconds_since(start) < 10 * test_support::slowness);
    while (errors.size() != 5) co_await pause_for(1ms);
    BOOST_TEST(milliseconds_since(start) < 100 * test_support::slowness);
    for (auto const& error : errors) fixture::check_error(error, asio::error::operation_aborted);
    BOOST_TEST(!opened.is_open());
  });
}

BOOST_FIXTURE_TEST_CASE(a_frozen_daemon_does_not_delay_another_connection, fault_fixture) {
  test_support::private_libvirtd other;
  run([&]() -> asio::awaitable<void> {
    auto opened = co_await connect();
    auto target = co_await open_upload(opened);
    libvirt_asio::connection responsive(*context);
    co_await responsive.async_open(other.unix_uri());
    daemon.freeze();
    co_await fill(target, asio::buffer(data));
    for (int call = 0; call != 40; ++call)
      opened.async_call([](virConnectPtr native) { return virConnectGetHostname(native); }, asio::detached);
    auto const start = clock_type::now();
    for (int call = 0; call != 20; ++call)
      co_await responsive.async_call([](virConnectPtr native) { return virConnectGetHostname(native); });
    BOOST_TEST(milliseconds_since(start) < 2000 * test_support::slowness);
    opened.close();
  });
}

BOOST_FIXTURE_TEST_CASE(opening_a_connection_to_a_frozen_daemon_can_be_cancelled, fault_fixture) {
  run([&]() -> asio::awaitable<void> {
    daemon.freeze();
    libvirt_asio::connection opened(*context);
    asio::steady_timer timer(*context, 50ms);
    auto const done = co_await (opened.async_open(daemon.unix_uri(), tuple) || timer.async_wait(tuple));
    BOOST_TEST(done.index() == 1U);
    BOOST_TEST(!opened.is_open());
    daemon.thaw();
    co_await opened.async_open(daemon.unix_uri());
    BOOST_TEST(opened.is_open());
  });
}

BOOST_FIXTURE_TEST_CASE(keepalive_ends_what_is_outstanding_on_a_daemon_stopped_for_40_s, fault_fixture) {
  run([&]() -> asio::awaitable<void> {
    auto opened = co_await connect();
    auto target = co_await open_upload(opened);
    auto source = co_await open_upload(opened);
    daemon.freeze();
    auto const start = clock_type::now();
    co_await fill(target, asio::buffer(data));

    std::vector<std::pair<error_code, double>> ended;
    auto const note = [&](error_code error, auto&&...) {
      ended.emplace_back(error, milliseconds_since(start));
    };
    target.async_write_some(asio::buffer(data), note);
    source.async_read_some(asio::buffer(data), note);
    opened.async_call([](virConnectPtr native) { return virConnectGetHostname(native); }, note);
    auto const [error, reason] = co_await opened.async_wait_closed(tuple);
    BOOST_TEST(!error);
    BOOST_TEST((reason == libvirt_asio::close_reason::keepalive));
    auto const lost = milliseconds_since(start);
    BOOST_TEST(lost < 40'000);
    while (ended.size() != 3) co_await pause_for(10ms);
    for (auto const& [outcome, when] : ended) {
      BOOST_TEST(outcome.failed());
      BOOST_TEST(when < lost + 5000);
    }
  });
}

BOOST_FIXTURE_TEST_CASE(a_daemon_killed_while_a_writer_is_blocked_ends_the_write, fault_fixture) {
  run([&]() -> asio::awaitable<void> {
    auto opened = co_await connect();
    auto target = co_await open_upload(opened);
    daemon.freeze();
    co_await fill(target, asio::buffer(data));
    std::optional<error_code> ended;
    target.async_write_some(asio::buffer(data), [&](error_code error, std::size_t) { ended = error; });
    daemon.kill();
    daemon_alive = false;
    auto const [error, reason] = co_await opened.async_wait_closed(tuple);
    BOOST_TEST(!error);
    while (!ended) co_await pause_for(1ms);
    BOOST_TEST(ended->failed());
    auto const [finished] = co_await target.async_finish(tuple);
    BOOST_TEST(finished.failed());
  });
}

BOOST_FIXTURE_TEST_CASE(a_context_is_destroyed_while_a_writer_is_blocked_in_a_frozen_daemon, fault_fixture) {
  auto const handler_alive = std::make_shared<int>();
  run([&]() -> asio::awaitable<void> {
    auto opened = std::make_shared<libvirt_asio::connection>(co_await connect());
    auto target = std::make_shared<libvirt_asio::stream>(co_await open_upload(*opened));
    daemon.freeze();
    co_await fill(*target, asio::buffer(data));
    target->async_write_some(asio::buffer(data), [handler_alive, opened, target](error_code, std::size_t) {
      BOOST_ERROR("called");
    });
  });
  auto const start = clock_type::now();
  context->stop();
  context.reset();
  BOOST_TEST(milliseconds_since(start) < 1000 * test_support::slowness);
  BOOST_TEST(handler_alive.use_count() == 1);
}

BOOST_FIXTURE_TEST_CASE(a_stream_that_opens_while_its_context_is_destroyed_does_not_keep_the_connection,
                        small_volume_fixture) {
  auto const connections = sockets();
  std::promise<void> opens, destroyed;
  std::promise<int> downloads;
  run([&]() -> asio::awaitable<void> {
    auto opened = co_await connect();
    libvirt_asio::stream source(opened);
    auto const volume = std::make_shared<libvirt_asio::storage_vol>(co_await find_volume(opened));
    source.async_open(
        [&, volume](virStreamPtr native) {
          opens.set_value();
          destroyed.get_future().wait();
          int const result = virStorageVolDownload(volume->get(), native, 0, 0, 0);
          downloads.set_value(result);
          return result;
        },
        asio::detached);
    co_await opened.async_call([&](virConnectPtr) {
      opens.get_future().wait();
      return 0;
    });
  });
  BOOST_TEST(sockets() > connections);
  context = std::make_unique<asio::io_context>(1);
  destroyed.set_value();
  BOOST_TEST(downloads.get_future().get() == 0);
  run([&]() -> asio::awaitable<void> {
    for (int tries = 0; tries != 200 && sockets() > connections; ++tries) co_await pause_for(50ms);
  });
  BOOST_TEST(sockets() <= connections);
}

BOOST_FIXTURE_TEST_CASE(a_thousand_streams_let_go_leave_nothing_behind, small_volume_fixture) {
  auto const round = [&](int streams) -> asio::awaitable<void> {
    auto opened = co_await connect();
    for (int stream = 0; stream != streams; ++stream) static_cast<void>(co_await open_download(opened));
    co_await opened.async_close();
  };
  auto const settle = [&](std::size_t most_threads) {
    run([&]() -> asio::awaitable<void> {
      // Worker threads end five seconds after their last work.
      co_await loop->async_drain();
      for (int tries = 0; tries != 300 && entries("/proc/self/task") > most_threads; ++tries)
        co_await pause_for(50ms);
    });
  };
  run([&] { return round(50); });
  settle(2);
  auto const threads = entries("/proc/self/task");
  auto const descriptors = entries("/proc/self/fd");
  auto const memory = resident_kilobytes();
  run([&] { return round(test_support::is_sanitized ? 200 : 1000); });
  settle(threads);
  BOOST_TEST(entries("/proc/self/task") <= threads);
  BOOST_TEST(entries("/proc/self/fd") == descriptors);
  check_resident(resident_kilobytes(), memory + 4096);
}

BOOST_FIXTURE_TEST_CASE(a_paused_reader_costs_the_receive_window_and_loses_nothing, fault_fixture) {
  run([&]() -> asio::awaitable<void> {
    auto opened = co_await connect();
    auto source = co_await open_download(opened);
    std::uint64_t read = co_await asio::async_read(source, asio::buffer(data), asio::use_awaitable);
    auto const memory = resident_kilobytes();
    co_await pause_for(2s);
    check_resident(resident_kilobytes(), memory + 20 * 1024);
    for (;;) {
      auto const [error, bytes] = co_await source.async_read_some(asio::buffer(data), tuple);
      read += bytes;
      if (error) {
        fixture::check_error(error, asio::error::eof);
        break;
      }
    }
    BOOST_TEST(read == 1ULL << 30);
    co_await source.async_finish();
  });
}

BOOST_FIXTURE_TEST_CASE(a_window_of_0_lets_everything_in, fault_fixture) {
  run([&]() -> asio::awaitable<void> {
    auto opened = co_await connect(0);
    auto source = co_await open_download(opened);
    co_await asio::async_read(source, asio::buffer(data), asio::use_awaitable);
    auto const memory = resident_kilobytes();
    for (int tries = 0; tries != 200 && resident_kilobytes() < memory + 64 * 1024; ++tries)
      co_await pause_for(50ms);
    BOOST_TEST(resident_kilobytes() >= memory + 64 * 1024);
  });
}

BOOST_FIXTURE_TEST_CASE(a_stream_that_is_read_does_not_wait_for_one_that_is_paused, fault_fixture) {
  run([&]() -> asio::awaitable<void> {
    auto opened = co_await connect();
    auto paused = co_await open_download(opened);
    co_await asio::async_read(paused, asio::buffer(data), asio::use_awaitable);
    co_await pause_for(500ms);
    auto source = co_await open_download(opened);
    auto const read = co_await asio::async_read(source, asio::buffer(data), asio::use_awaitable);
    BOOST_TEST(read == data.size());
  });
}

BOOST_FIXTURE_TEST_CASE(a_paused_reader_beside_one_that_reads_costs_the_receive_window, fault_fixture) {
  run([&]() -> asio::awaitable<void> {
    auto opened = co_await connect();
    auto paused = co_await open_download(opened);
    co_await asio::async_read(paused, asio::buffer(data), asio::use_awaitable);
    auto source = co_await open_download(opened);
    auto const memory = resident_kilobytes();
    std::size_t most = 0;
    for (error_code error; !error;) {
      std::tie(error, std::ignore) = co_await source.async_read_some(asio::buffer(data), tuple);
      most = std::max(most, resident_kilobytes());
    }
    check_resident(most, memory + 32 * 1024);
  });
}

BOOST_FIXTURE_TEST_CASE(an_idle_connection_and_a_paused_download_use_no_cpu, fault_fixture) {
  run([&]() -> asio::awaitable<void> {
    auto opened = co_await connect();
    auto source = co_await open_download(opened);
    co_await asio::async_read(source, asio::buffer(data), asio::use_awaitable);
    auto const used = co_await idle_cpu_seconds(3s);
    BOOST_TEST(used < 0.03 * test_support::slowness);
  });
}

BOOST_FIXTURE_TEST_CASE(a_wait_for_trouble_beside_a_paused_download_uses_no_cpu, fault_fixture) {
  run([&]() -> asio::awaitable<void> {
    auto opened = co_await connect();
    auto source = co_await open_download(opened);
    auto const trouble = libvirt_asio::stream_events::hangup;
    auto const first = co_await (source.async_wait(trouble, tuple) || idle_cpu_seconds(2s));
    BOOST_TEST_REQUIRE(first.index() == 1U);
    BOOST_TEST(std::get<1>(first) < 0.03 * test_support::slowness);
  });
}

BOOST_FIXTURE_TEST_CASE(data_for_a_stream_that_has_failed_uses_no_cpu, fault_fixture) {
  run([&]() -> asio::awaitable<void> {
    auto opened = co_await connect();
    auto source = co_await open_download(opened);
    daemon.freeze();
    asio::steady_timer timer(*context, 1s);
    std::optional<error_code> ended;
    co_await (asio::async_read(source, asio::dynamic_buffer(data), tuple) || timer.async_wait(tuple));
    source.async_read_some(asio::buffer(data), [&](error_code error, std::size_t) { ended = error; });
    auto const [refused] = co_await source.async_send_hole(1, tuple);
    BOOST_TEST(!!refused);
    BOOST_TEST((ended == refused));
    daemon.thaw();
    auto const used = co_await idle_cpu_seconds(2s);
    BOOST_TEST(used < 0.03 * test_support::slowness);
  });
}

BOOST_FIXTURE_TEST_CASE(a_download_paused_after_a_hole_uses_no_cpu, fault_fixture) {
  std::fstream(pool->path("volume"), std::ios::binary | std::ios::in | std::ios::out)
      .write(data.data(), static_cast<std::streamsize>(data.size()));
  run([&]() -> asio::awaitable<void> {
    // What follows the hole stays in the socket.
    auto opened = co_await connect(1);
    auto source = co_await open_download(opened, true);
    // The data before it, so that the read of the hole waits for its event.
    libvirt_asio::section received;
    while (!received.hole) received = co_await source.async_receive(asio::buffer(data), asio::use_awaitable);
    BOOST_TEST(received.length == (1ULL << 30) - data.size());
    auto const used = co_await idle_cpu_seconds(2s);
    BOOST_TEST(used < 0.03 * test_support::slowness);
  });
}

BOOST_AUTO_TEST_SUITE_END()
