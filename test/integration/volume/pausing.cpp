// A download that nobody reads for a while, alone on its connection.

#include "fixture/transfer_session.hpp"
#include "fixture/waiting.hpp"

#include <boost/asio/read.hpp>
#include <boost/test/unit_test.hpp>

#include <chrono>
#include <cstddef>
#include <fstream>
#include <string>
#include <vector>

namespace {

namespace asio = boost::asio;
using fixture::data;
using fixture::mebibyte;
using libvirt_asio::storage_vol;
using libvirt_asio::stream;
using namespace std::chrono_literals;

struct pausing_fixture : fixture::transfer_session {
  pausing_fixture() {
    make_volume("volume", {data(40 * mebibyte)});
    run_only([this]() -> asio::awaitable<void> {
      libvirt_asio::connect_options options;
      options.keepalive_interval = 1s;
      options.keepalive_count = 20;
      co_await impatient.async_open(host.uri(), options);
    });
    volume = find_volume("volume", impatient);
  }

  ~pausing_fixture() {
    volume.reset();
    run_only([this]() -> asio::awaitable<void> { co_await impatient.async_close(); });
  }

  void write(asio::const_buffer buffer) {
    copy.write(static_cast<char const*>(buffer.data()), static_cast<std::streamsize>(buffer.size()));
  }

  // Sends keepalive messages more often than others.
  libvirt_asio::connection impatient{context};
  storage_vol volume;
  std::ofstream copy{file("copy"), std::ios::binary};
};

}  // namespace

BOOST_FIXTURE_TEST_SUITE(pausing, pausing_fixture)

BOOST_AUTO_TEST_CASE(a_download_that_nobody_reads_is_suspended_and_goes_on_where_it_was_left) {
  run_only([&]() -> asio::awaitable<void> {
    stream paused{impatient};
    co_await libvirt_asio::async_open_download(paused, volume.get());
    std::vector<std::byte> beginning(100'000);
    co_await asio::async_read(paused, asio::buffer(beginning));
    write(asio::buffer(beginning));
    while (paused.native_handle() != nullptr && impatient.is_open()) co_await fixture::pause_for(10ms);
    BOOST_TEST((paused.state() == libvirt_asio::stream_state::open));
    BOOST_TEST_REQUIRE(::virConnectIsAlive(impatient.native_handle()) == 1);
    co_await libvirt_asio::async_recv_all(paused, [this](asio::const_buffer buffer) { write(buffer); });
    co_await paused.async_finish();
    copy.close();
  });
  BOOST_TEST(fixture::difference(volume_file("volume"), file("copy")) == "");
}

BOOST_AUTO_TEST_SUITE_END()
