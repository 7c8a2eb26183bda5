// What Asio promises about handlers: when and where they are called, and when they are destroyed.

#include "session.hpp"

#include "fixture/outcome_session.hpp"

#include "fixture/deadline.hpp"
#include "fixture/errors.hpp"

#include "support/private_libvirtd.hpp"
#include "support/storage_pool.hpp"

#include <boost/asio/bind_allocator.hpp>
#include <boost/asio/bind_cancellation_slot.hpp>
#include <boost/asio/bind_executor.hpp>
#include <boost/asio/cancellation_signal.hpp>

#include <algorithm>
#include <array>
#include <atomic>
#include <thread>

namespace {

namespace asio = boost::asio;
using libvirt_asio::client_errc;
using libvirt_asio::close_reason;
using libvirt_asio::error_code;
using libvirt_asio::stream;
using libvirt_asio::stream_events;
using operations::outcome;
using operations::plain_outcome;
using operations::transfer_outcome;

virDomainPtr find_guest(virConnectPtr native) {
  return virDomainLookupByName(native, asio_rules::shared_parts::instance().guest.name().c_str());
}

struct handler_fixture : operations::outcome_session {
  stream download{connection};
  stream upload{connection};
  stream console{connection};
  asio_rules::shared_parts& parts = asio_rules::shared_parts::instance();

  void setup() {
    run_only([this]() -> asio::awaitable<void> {
      auto const volume = co_await make_volume(1000);
      co_await libvirt_asio::async_open_download(download, volume.get());
      co_await download.async_wait(stream_events::readable);
      co_await libvirt_asio::async_open_upload(upload, volume.get());
      auto const domain = co_await connection.async_call(&find_guest);
      co_await libvirt_asio::async_open_console(console, domain.get(), parts.next_console());
    });
  }

  void teardown() { close_connection(); }

  /// Starts an operation inside the context, and checks that its handler is called once, and later.
  template <class Start>
  void check_completes_later(Start start) {
    bool starting = false;
    int calls = 0;
    asio::post(context, [&] {
      starting = true;
      start([&](auto const&...) {
        BOOST_TEST(!starting);
        ++calls;
      });
      starting = false;
    });
    run_until([&] { return calls != 0; });
    BOOST_TEST(calls == 1);
  }
};

struct allocation_counts {
  std::atomic<int> given = 0;
  std::atomic<int> taken_back = 0;
};

/// Counts what it gives and takes back.
template <class Value>
struct counting_allocator {
  using value_type = Value;

  std::shared_ptr<allocation_counts> counted = std::make_shared<allocation_counts>();

  counting_allocator() = default;
  template <class Other>
  counting_allocator(counting_allocator<Other> const& other) : counted(other.counted) {}

  Value* allocate(std::size_t size) {
    ++counted->given;
    return std::allocator<Value>().allocate(size);
  }
  void deallocate(Value* memory, std::size_t size) {
    ++counted->taken_back;
    std::allocator<Value>().deallocate(memory, size);
  }
  friend bool operator==(counting_allocator const&, counting_allocator const&) = default;
};

BOOST_FIXTURE_TEST_SUITE(handlers, handler_fixture)

BOOST_AUTO_TEST_CASE(a_read_with_data_there_completes_later) {
  check_completes_later([&](auto handler) { download.async_read_some(some, handler); });
}

BOOST_AUTO_TEST_CASE(a_read_of_nothing_completes_later) {
  check_completes_later([&](auto handler) { download.async_read_some(asio::mutable_buffer(), handler); });
}

BOOST_AUTO_TEST_CASE(a_write_completes_later) {
  check_completes_later([&](auto handler) { upload.async_write_some(asio::buffer("x", 1), handler); });
}

BOOST_AUTO_TEST_CASE(a_write_of_nothing_completes_later) {
  check_completes_later([&](auto handler) { upload.async_write_some(asio::const_buffer(), handler); });
}

BOOST_AUTO_TEST_CASE(a_wait_for_what_is_there_completes_later) {
  check_completes_later([&](auto handler) { download.async_wait(stream_events::readable, handler); });
}

BOOST_AUTO_TEST_CASE(refused_reads_and_writes_complete_later) {
  stream closed{connection};
  check_completes_later([&](auto handler) { closed.async_read_some(some, handler); });
  check_completes_later([&](auto handler) { closed.async_write_some(asio::buffer("x", 1), handler); });
  check_completes_later([&](auto handler) { closed.async_wait(stream_events::readable, handler); });
}

BOOST_AUTO_TEST_CASE(a_second_read_is_refused_later) {
  transfer_outcome first;
  console.async_read_some(some, first.handler());
  check_completes_later([&](auto handler) { console.async_read_some(some, handler); });
}

BOOST_AUTO_TEST_CASE(refused_openings_complete_later) {
  check_completes_later([&](auto handler) { console.async_open([](virStreamPtr) { return 0; }, handler); });
  check_completes_later([&](auto handler) { connection.async_open(host.uri(), handler); });
}

BOOST_AUTO_TEST_CASE(refused_endings_complete_later) {
  stream closed{connection};
  check_completes_later([&](auto handler) { closed.async_finish(handler); });
  check_completes_later([&](auto handler) { closed.async_abort(handler); });
}

BOOST_AUTO_TEST_CASE(operations_of_a_closed_connection_complete_later) {
  libvirt_asio::connection closed{context};
  check_completes_later([&](auto handler) { closed.async_call([](virConnectPtr) { return 0; }, handler); });
  check_completes_later([&](auto handler) { closed.async_wait_closed(handler); });
  check_completes_later([&](auto handler) { closed.async_close(handler); });
}

BOOST_AUTO_TEST_CASE(a_drain_of_an_idle_loop_completes_later) {
  connection.close();
  // libvirt's own timeouts are removed by the worker thread that closes, which nothing keeps the context running for.
  operations::plain_outcome drained;
  loop.async_drain(drained.handler());
  wait_for(drained);
  BOOST_REQUIRE(loop.idle());
  check_completes_later([&](auto handler) { loop.async_drain(handler); });
}

BOOST_AUTO_TEST_CASE(a_handler_runs_on_its_strand) {
  auto const strand = asio::make_strand(context);
  int calls = 0;
  auto const on_strand = [&](auto start) {
    start(asio::bind_executor(strand, [&](auto const&...) {
      BOOST_TEST(strand.running_in_this_thread());
      ++calls;
    }));
  };
  on_strand([&](auto handler) { download.async_read_some(some, handler); });
  on_strand([&](auto handler) { download.async_read_some(some, handler); });
  on_strand([&](auto handler) { upload.async_write_some(asio::buffer("x", 1), handler); });
  on_strand([&](auto handler) { upload.async_wait(stream_events::writable, handler); });
  on_strand([&](auto handler) { connection.async_call([](virConnectPtr) { return 0; }, handler); });
  on_strand([&](auto handler) { connection.async_open({}, handler); });
  run_until([&] { return calls == 6; });
}

BOOST_AUTO_TEST_CASE(a_handler_runs_on_another_context_which_waits_for_it) {
  asio::io_context other;
  std::atomic<int> calls = 0;
  std::thread::id ran_on;
  download.async_read_some(some, asio::bind_executor(other, [&](error_code, std::size_t) {
    ran_on = std::this_thread::get_id();
    ++calls;
  }));
  connection.async_call([](virConnectPtr native) { return virConnectGetHostname(native); },
                        asio::bind_executor(other, [&](error_code, std::string const&) { ++calls; }));
  std::jthread const runner{[&] { other.run_for(fixture::deadline); }};
  auto const expected = runner.get_id();
  run_until([&] { return calls == 2; });
  BOOST_TEST((ran_on == expected));
}

BOOST_AUTO_TEST_CASE(memory_comes_from_the_handlers_allocator) {
  counting_allocator<char> const allocator;
  auto const counted = [&](auto start) {
    int const before = allocator.counted->given;
    bool called = false;
    start(asio::bind_allocator(allocator, [&](auto const&...) { called = true; }));
    run_until([&] { return called; });
    BOOST_TEST(allocator.counted->given > before);
    BOOST_TEST(allocator.counted->given == allocator.counted->taken_back);
  };
  counted([&](auto handler) { download.async_read_some(some, handler); });
  counted([&](auto handler) { upload.async_write_some(asio::buffer("x", 1), handler); });
  counted([&](auto handler) { upload.async_wait(stream_events::writable, handler); });
  counted([&](auto handler) { upload.async_finish(handler); });
  counted([&](auto handler) { connection.async_open({}, handler); });
}

BOOST_AUTO_TEST_CASE(a_cancellation_slot_cancels_a_read) {
  asio::cancellation_signal signal;
  transfer_outcome read;
  console.async_read_some(some, asio::bind_cancellation_slot(signal.slot(), read.handler()));
  context.poll();
  signal.emit(asio::cancellation_type::total);
  wait_for(read);
  BOOST_CHECK_EQUAL(read.error(), error_code(asio::error::operation_aborted));
  BOOST_TEST(read.value() == 0U);
}

BOOST_AUTO_TEST_CASE(a_cancellation_slot_cancels_a_wait) {
  asio::cancellation_signal signal;
  outcome<stream_events> wait;
  console.async_wait(stream_events::readable, asio::bind_cancellation_slot(signal.slot(), wait.handler()));
  context.poll();
  signal.emit(asio::cancellation_type::total);
  wait_for(wait);
  BOOST_CHECK_EQUAL(wait.error(), error_code(asio::error::operation_aborted));
}

BOOST_AUTO_TEST_CASE(a_cancellation_slot_cancels_a_wait_for_the_close) {
  asio::cancellation_signal signal;
  outcome<close_reason> wait;
  connection.async_wait_closed(asio::bind_cancellation_slot(signal.slot(), wait.handler()));
  context.poll();
  signal.emit(asio::cancellation_type::total);
  wait_for(wait);
  BOOST_CHECK_EQUAL(wait.error(), error_code(asio::error::operation_aborted));
}

BOOST_AUTO_TEST_CASE(a_cancellation_slot_cancels_an_opening_and_a_write_and_a_finish) {
  libvirt_asio::connection second{context};
  asio::cancellation_signal opening;
  asio::cancellation_signal writing;
  asio::cancellation_signal finishing;
  plain_outcome opened;
  plain_outcome finished;
  transfer_outcome written;
  std::vector<char> const much(std::size_t{64} << 20);
  host.daemon().freeze();
  second.async_open(host.uri(), asio::bind_cancellation_slot(opening.slot(), opened.handler()));
  asio::async_write(upload, asio::buffer(much),
                    asio::bind_cancellation_slot(writing.slot(), written.handler()));
  download.async_finish(asio::bind_cancellation_slot(finishing.slot(), finished.handler()));
  context.restart();
  context.run_for(std::chrono::milliseconds{200});
  BOOST_TEST(!opened.ended());
  BOOST_TEST(!written.ended());
  BOOST_TEST(!finished.ended());
  for (auto* signal : {&opening, &writing, &finishing}) signal->emit(asio::cancellation_type::terminal);
  run_until([&] { return opened.ended() && written.ended() && finished.ended(); });
  host.daemon().thaw();
  BOOST_CHECK_EQUAL(opened.error(), error_code(asio::error::operation_aborted));
  BOOST_CHECK_EQUAL(written.error(), error_code(asio::error::operation_aborted));
  BOOST_CHECK_EQUAL(finished.error(), error_code(asio::error::operation_aborted));
}

// --- Destruction -------------------------------------------------------------------------------------------

/// A daemon with a volume, for one order of destruction: libvirtd 9.0 may corrupt its memory when a client hangs up
/// in the middle of an upload.
struct volume_daemon {
  struct closer {
    void operator()(virConnectPtr opened) const { virConnectClose(opened); }
  };

  test_support::private_libvirtd daemon;
  test_support::temporary_folder folder = daemon.make_folder("/dev/shm");
  std::unique_ptr<virConnect, closer> connection{virConnectOpen(daemon.unix_uri().c_str())};
  test_support::storage_pool pool{connection.get(), folder.path()};
  test_support::volume_handle volume = pool.create_volume("volume", 1 << 20);

  ~volume_daemon() { daemon.thaw(); }
};

/// Objects with every kind of operation outstanding, to be destroyed in any order.
struct abandoned {
  std::optional<volume_daemon> host;
  std::vector<char> much = std::vector<char>(std::size_t{64} << 20);
  std::array<char, 100> bytes{};

  std::optional<asio::io_context> context;
  std::optional<libvirt_asio::event_loop> loop;
  std::optional<libvirt_asio::connection> connection;
  std::optional<libvirt_asio::connection> second;
  // Nothing ever comes from it to be read.
  std::optional<stream> upload;

  int called = 0;
  std::shared_ptr<int> token = std::make_shared<int>();

  void run_until(std::function<bool()> const& condition) {
    auto const end = std::chrono::steady_clock::now() + fixture::deadline;
    while (!condition()) BOOST_REQUIRE(context->run_one_until(end) == 1U);
  }

  void start() {
    host.emplace();
    context.emplace();
    loop.emplace(*context);
    connection.emplace(*context);
    second.emplace(*context);
    upload.emplace(*connection);
    auto body = [this]() -> asio::awaitable<void> {
      co_await connection->async_open(host->daemon.unix_uri());
      auto look_up = [path = host->pool.path("volume")](virConnectPtr native) {
        return virStorageVolLookupByPath(native, path.c_str());
      };
      auto const volume = co_await connection->async_call(std::move(look_up));
      co_await libvirt_asio::async_open_upload(*upload, volume.get());
    };
    bool ready = false;
    std::exception_ptr failure;
    asio::co_spawn(*context, body, [&](std::exception_ptr const& thrown) {
      failure = thrown;
      ready = true;
    });
    run_until([&] { return ready; });
    if (failure) std::rethrow_exception(failure);
    host->daemon.freeze();
    auto const handler = [this, held = token](auto const&...) { ++called; };
    upload->async_read_some(asio::buffer(bytes), handler);
    upload->async_wait(stream_events::readable, handler);
    asio::async_write(*upload, asio::buffer(much), handler);
    connection->async_call([](virConnectPtr native) { return virConnectGetHostname(native); }, handler);
    connection->async_wait_closed(handler);
    second->async_open(host->daemon.unix_uri(), handler);
    context->run_for(std::chrono::milliseconds{20});
    BOOST_TEST(called == 0);
    BOOST_TEST(token.use_count() > 6);
  }

  void destroy(char which) {
    if (which == 's') {
      upload.reset();
    } else if (which == 'c') {
      connection.reset();
      second.reset();
    } else if (which == 'l') {
      loop.reset();
    } else {
      context.reset();
      // Nothing that is left holds on to a handler.
      BOOST_TEST(token.use_count() == 1);
    }
  }
};

BOOST_FIXTURE_TEST_CASE(handlers_are_destroyed_uncalled_in_every_order_of_destruction, abandoned) {
  std::string order = "clsx";
  do {
    BOOST_TEST_CONTEXT("order " << order) {
      start();
      for (char const which : order) destroy(which);
      BOOST_TEST(called == 0);
      BOOST_TEST(token.use_count() == 1);
      host.reset();
    }
  } while (std::next_permutation(order.begin(), order.end()));
}

BOOST_AUTO_TEST_SUITE_END()

}  // namespace
