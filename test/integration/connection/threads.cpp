// A connection whose operations run on several threads.

#include "fixture/deadline.hpp"
#include "fixture/hypervisor.hpp"

#include "support/echo_guest.hpp"
#include "support/private_libvirtd.hpp"
#include "support/sha256.hpp"
#include "support/storage_pool.hpp"
#include "support/temporary_folder.hpp"
#include "support/test_data.hpp"

#include <future>
#include <thread>

namespace {

namespace asio = boost::asio;
using libvirt_asio::stream;

constexpr std::uint64_t volume_size = std::uint64_t{8} << 20;
constexpr int downloads = 8;
constexpr int echoes = 500;

template <class Value>
Value result_of(std::future<Value> future) {
  BOOST_REQUIRE((future.wait_for(2 * fixture::deadline) == std::future_status::ready));
  return future.get();
}

/// An io_context run by four threads.
class four_threads {
 public:
  ~four_threads() { context_.stop(); }
  asio::io_context& context() { return context_; }

 private:
  asio::io_context context_;
  asio::executor_work_guard<asio::io_context::executor_type> work_{context_.get_executor()};
  std::vector<std::jthread> threads_ = [this] {
    std::vector<std::jthread> threads;
    for (int number = 0; number != 4; ++number) threads.emplace_back([this] { context_.run(); });
    return threads;
  }();
};

class four_in_a_pool {
 public:
  ~four_in_a_pool() {
    pool_.stop();
    pool_.join();
  }
  asio::thread_pool& context() { return pool_; }

 private:
  asio::thread_pool pool_{4};
};

asio::awaitable<std::string> download(stream& source, virStorageVolPtr volume) {
  co_await libvirt_asio::async_open_download(source, volume);
  test_support::sha256 sum;
  std::vector<std::byte> piece(100'000);
  for (;;) {
    auto const [error, size] =
        co_await source.async_read_some(asio::buffer(piece), asio::as_tuple(asio::use_awaitable));
    sum.update({piece.data(), size});
    if (error == asio::error::eof) break;
    if (error) throw libvirt_asio::system_error(error);
  }
  co_await source.async_finish();
  co_return sum.finish();
}

asio::awaitable<std::string> converse(stream& console, virDomainPtr domain) {
  co_await libvirt_asio::async_open_console(console, domain);
  std::string received;
  for (int number = 0; number != echoes; ++number) {
    char byte = static_cast<char>('a' + number % 26);
    co_await asio::async_write(console, asio::buffer(&byte, 1), asio::use_awaitable);
    co_await asio::async_read(console, asio::buffer(&byte, 1), asio::use_awaitable);
    received += byte;
  }
  co_await console.async_abort();
  co_return received;
}

std::string expected_conversation() {
  std::string text;
  for (int number = 0; number != echoes; ++number) text += static_cast<char>('a' + number % 26);
  return text;
}

template <class Threads>
void run_transfers_and_conversation() {
  fixture::hypervisor& host = fixture::hypervisor::instance();
  auto const folder = host.daemon().make_folder("/dev/shm");
  test_support::storage_pool pool{host.plain_connection(), folder.path()};
  test_support::echo_guest guest{host.plain_connection(), {.name = "talker", .paused = true}};
  guest.boot();

  Threads threads;
  libvirt_asio::event_loop loop{threads.context()};
  libvirt_asio::connection connection{threads.context()};
  result_of(connection.async_open(host.uri(), asio::use_future));

  std::vector<libvirt_asio::storage_vol> volumes;
  std::vector<std::string> sums;
  // Streams are made beforehand: the connection is one object, to be used from one thread at a time.
  std::vector<stream> streams;
  for (int number = 0; number != downloads; ++number) {
    std::string const name = "volume" + std::to_string(number);
    pool.create_volume(name, volume_size);
    test_support::write_test_file(pool.path(name), volume_size, static_cast<std::uint64_t>(number));
    sums.push_back(test_support::sha256_of_file(pool.path(name)));
    auto look_up = [path = pool.path(name)](virConnectPtr native) {
      return virStorageVolLookupByPath(native, path.c_str());
    };
    volumes.push_back(result_of(connection.async_call(std::move(look_up), asio::use_future)));
    streams.emplace_back(asio::make_strand(threads.context()), connection);
  }
  stream console{asio::make_strand(threads.context()), connection};
  auto find_guest = [](virConnectPtr native) { return virDomainLookupByName(native, "talker"); };
  auto const domain = result_of(connection.async_call(std::move(find_guest), asio::use_future));

  std::vector<std::future<std::string>> received;
  for (std::size_t number = 0; number != streams.size(); ++number)
    received.push_back(asio::co_spawn(streams[number].get_executor(),
                                      download(streams[number], volumes[number].get()), asio::use_future));
  auto conversation =
      asio::co_spawn(console.get_executor(), converse(console, domain.get()), asio::use_future);

  BOOST_TEST(result_of(std::move(conversation)) == expected_conversation());
  for (std::size_t number = 0; number != received.size(); ++number)
    BOOST_TEST(result_of(std::move(received[number])) == sums[number]);

  volumes.clear();
  result_of(connection.async_close(asio::use_future));
  result_of(loop.async_drain(asio::use_future));
  BOOST_TEST(loop.idle());
}

BOOST_AUTO_TEST_SUITE(threads)

BOOST_AUTO_TEST_CASE(downloads_and_echoes_run_at_once_on_an_io_context_with_four_threads) {
  run_transfers_and_conversation<four_threads>();
}

BOOST_AUTO_TEST_CASE(downloads_and_echoes_run_at_once_on_a_thread_pool) {
  run_transfers_and_conversation<four_in_a_pool>();
}

BOOST_AUTO_TEST_SUITE_END()

}  // namespace
