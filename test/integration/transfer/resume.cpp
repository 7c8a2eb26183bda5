#include "fixture/errors.hpp"
#include "fixture/file_transfer_session.hpp"

#include "support/process.hpp"
#include "support/programs.hpp"

#include <boost/test/unit_test.hpp>

#include <poll.h>

#include <optional>

namespace {

namespace asio = boost::asio;
using fixture::data;
using fixture::four_ranges;
using fixture::hole;
using fixture::mebibyte;
using fixture::mixed;
using fixture::part_of;
using fixture::resuming;
using fixture::room_of;
using fixture::with_range;
using libvirt_asio::client_errc;
using libvirt_asio::transfer_progress;

struct resume_fixture : fixture::file_transfer_session {
  /// Starts this program again, as the test case `downloading_process`.
  test_support::process start_downloading_process(std::string const& volume, std::string const& name) const {
    return {{"/proc/self/exe", "--run_test=downloading_process", "--", "unix", host.uri(), volume_file(volume),
             file(name)},
            {"PATH=" + test_support::program_path(), "HOME=" + file("").string()},
            file(name + ".log")};
  }
};

bool has_ended(test_support::process const& process) {
  pollfd end{process.end_descriptor(), POLLIN, 0};
  return ::poll(&end, 1, 0) == 1;
}

BOOST_FIXTURE_TEST_SUITE(resume, resume_fixture)

BOOST_AUTO_TEST_CASE(a_download_that_was_killed_is_resumed) {
  auto const volume = make_volume("volume", {data(2 * four_ranges), hole(mebibyte)});
  auto process = start_downloading_process("volume", "copy");
  while (room_of(part_of(file("copy"))) < 16 * mebibyte) BOOST_REQUIRE(!has_ended(process));
  {
    test_support::frozen_daemon const frozen{host.daemon()};
    process.kill();
  }
  BOOST_TEST(!std::filesystem::exists(file("copy")));
  auto const resumed = download(volume, "copy", resuming());
  fixture::check_error(resumed.error, {});
  BOOST_TEST(resumed.value.data < 2 * four_ranges);
  check_downloaded("volume", "copy");
}

BOOST_AUTO_TEST_CASE(a_download_that_was_cancelled_is_resumed) {
  auto const volume = make_volume("volume", {data(2 * four_ranges)});
  auto started = start_download(volume, "copy", resuming());
  run_until_written(part_of(file("copy")), 16 * mebibyte);
  started.cancel();
  fixture::check_error(run_to_end(started).error, asio::error::operation_aborted);
  BOOST_TEST(!std::filesystem::exists(file("copy")));
  BOOST_TEST(std::filesystem::exists(part_of(file("copy"))));
  auto options = resuming();
  options.streams = 4;
  std::optional<transfer_progress> last;
  options.progress = [&](transfer_progress const& progress) { last = progress; };
  auto const resumed = download(volume, "copy", options);
  fixture::check_error(resumed.error, {});
  BOOST_TEST(resumed.value.data < 2 * four_ranges);
  BOOST_REQUIRE(last.has_value());
  BOOST_TEST(last->data == 2 * four_ranges);
  check_downloaded("volume", "copy");
}

BOOST_AUTO_TEST_CASE(a_download_with_resume_begins_anew_when_nothing_is_there) {
  auto const volume = make_volume("volume", mixed);
  fixture::check_error(download(volume, "copy", resuming()).error, {});
  check_downloaded("volume", "copy");
}

BOOST_AUTO_TEST_CASE(what_is_left_of_another_download_is_not_resumed) {
  auto const volume = make_volume("volume", {data(mebibyte)});
  make_file("copy.part", {data(2 * mebibyte)});
  fixture::check_error(download(volume, "copy", resuming()).error, client_errc::cannot_resume);
  BOOST_TEST(!std::filesystem::exists(file("copy")));
  BOOST_TEST(std::filesystem::exists(file("copy.part")));
}

BOOST_AUTO_TEST_CASE(what_is_left_of_another_volumes_download_is_not_resumed) {
  auto const other = make_volume("other", {data(four_ranges)});
  auto started = start_download(other, "copy", resuming());
  run_until_written(part_of(file("copy")), 8 * mebibyte);
  started.cancel();
  run_to_end(started);
  auto const volume = make_volume("volume", {data(four_ranges)}, 9);
  fixture::check_error(download(volume, "copy", resuming()).error, client_errc::cannot_resume);
}

BOOST_AUTO_TEST_CASE(what_is_left_of_another_part_of_the_volume_is_not_resumed) {
  auto const volume = make_volume("volume", {data(four_ranges)});
  auto started = start_download(volume, "copy", resuming());
  run_until_written(part_of(file("copy")), 8 * mebibyte);
  started.cancel();
  run_to_end(started);
  auto options = with_range(mebibyte, 0);
  options.resume = true;
  fixture::check_error(download(volume, "copy", options).error, client_errc::cannot_resume);
}

BOOST_AUTO_TEST_CASE(without_resume_what_is_left_is_replaced) {
  auto const volume = make_volume("volume", {data(mebibyte)});
  make_file("copy.part", {data(2 * mebibyte)});
  fixture::check_error(download(volume, "copy").error, {});
  check_downloaded("volume", "copy");
}

BOOST_AUTO_TEST_SUITE_END()

// What is killed.
BOOST_AUTO_TEST_CASE(downloading_process, *boost::unit_test::disabled()) {
  auto const& suite = boost::unit_test::framework::master_test_suite();
  asio::io_context context{1};
  libvirt_asio::event_loop loop{context};
  auto work = [uri = std::string{suite.argv[2]}, volume_path = std::string{suite.argv[3]},
               path = std::string{suite.argv[4]}]() -> asio::awaitable<void> {
    libvirt_asio::connection connection{co_await asio::this_coro::executor};
    co_await connection.async_open(uri);
    auto find = [volume_path](virConnectPtr native) {
      return ::virStorageVolLookupByPath(native, volume_path.c_str());
    };
    auto const volume = co_await connection.async_call(std::move(find));
    co_await libvirt_asio::async_download(connection, volume.get(), path);
  };
  asio::co_spawn(context, std::move(work), asio::detached);
  context.run();
}

}  // namespace
