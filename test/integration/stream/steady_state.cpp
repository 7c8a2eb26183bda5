// What a stream allocates once it has run for a while.

#include "fixture/console_session.hpp"

#include "support/counted_allocations.hpp"

#include <boost/asio/awaitable.hpp>
#include <boost/asio/buffer.hpp>
#include <boost/asio/use_awaitable.hpp>
#include <boost/test/unit_test.hpp>

#include <cstdint>

namespace {

namespace asio = boost::asio;

constexpr int warm_up = 1'000;
constexpr int counted = 1'000;

}  // namespace

BOOST_AUTO_TEST_SUITE(steady_state)

BOOST_AUTO_TEST_CASE(reads_and_writes_of_a_console_allocate_nothing) {
  auto& session = fixture::console_session::instance();
  std::uint64_t allocated = 0;
  session.run_only([&]() -> asio::awaitable<void> {
    libvirt_asio::stream console{session.connection};
    co_await libvirt_asio::async_open_console(console, session.guest().domain());
    char byte = 'a';
    for (int i = 0; i != warm_up + counted; ++i) {
      if (i == warm_up) allocated = test_support::counted_allocations();
      co_await console.async_write_some(asio::buffer(&byte, 1), asio::use_awaitable);
      co_await console.async_read_some(asio::buffer(&byte, 1), asio::use_awaitable);
    }
    allocated = test_support::counted_allocations() - allocated;
    co_await console.async_abort();
  });
  // Now and then a keepalive message is under way, beside which a worker thread sends.
  BOOST_TEST(allocated <= counted / 100);
}

BOOST_AUTO_TEST_SUITE_END()
