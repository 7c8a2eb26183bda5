#include "fixture/errors.hpp"
#include "fixture/transfer_session.hpp"

#include "support/process.hpp"
#include "support/programs.hpp"

#include <boost/test/unit_test.hpp>

#include <poll.h>
#include <sys/mount.h>
#include <unistd.h>

#include <csignal>
#include <cstdlib>
#include <fstream>
#include <iterator>

namespace {

namespace asio = boost::asio;
using fixture::allocated;
using fixture::data;
using fixture::difference;
using fixture::gibibyte;
using fixture::hole;
using fixture::layout;
using fixture::layout_of;
using fixture::length_of;
using fixture::mebibyte;
using fixture::text_of;
using libvirt_asio::client_errc;
using libvirt_asio::error_code;
using libvirt_asio::storage_vol;
using libvirt_asio::transfer_options;
using libvirt_asio::transfer_progress;
using libvirt_asio::transfer_result;

using transfer = fixture::started_operation<transfer_result>;
using ended_transfer = fixture::ending<transfer_result>;

// A stream for each of four ranges: smaller ones are not made.
constexpr std::uint64_t four_ranges = 64 * mebibyte;

layout const mixed{hole(mebibyte), data(2 * mebibyte), hole(3 * mebibyte), data(mebibyte), hole(mebibyte)};

std::filesystem::path part_of(std::filesystem::path path) {
  return path += ".part";
}

std::uint64_t room_of(std::filesystem::path const& path) {
  return std::filesystem::exists(path) ? allocated(path) : 0;
}

error_code system_code(int number) {
  return {number, boost::system::system_category()};
}

struct transfer_fixture : fixture::transfer_session {
  using fixture::transfer_session::transfer_session;

  transfer start_download(storage_vol const& volume, std::string const& name, transfer_options options = {}) {
    transfer started;
    libvirt_asio::async_download(connection, volume.get(), file(name), std::move(options), started.token());
    return started;
  }

  transfer start_upload(std::filesystem::path const& path, storage_vol const& volume, transfer_options options = {}) {
    transfer started;
    libvirt_asio::async_upload(connection, path, volume.get(), std::move(options), started.token());
    return started;
  }

  ended_transfer download(storage_vol const& volume, std::string const& name, transfer_options options = {}) {
    auto started = start_download(volume, name, std::move(options));
    return run_to_end(started);
  }

  ended_transfer upload(std::filesystem::path const& path, storage_vol const& volume, transfer_options options = {}) {
    auto started = start_upload(path, volume, std::move(options));
    return run_to_end(started);
  }

  /// Runs the context until a file takes so much room.
  void run_until_written(std::filesystem::path const& path, std::uint64_t room) {
    run_until([&] { return room_of(path) >= room; });
  }

  void check_no_file(std::string const& name) {
    BOOST_TEST(!std::filesystem::exists(file(name)));
    BOOST_TEST(!std::filesystem::exists(part_of(file(name))));
  }

  void check_downloaded(std::string const& volume, std::string const& name) {
    BOOST_TEST(difference(volume_file(volume), file(name)) == "");
    BOOST_TEST(!std::filesystem::exists(part_of(file(name))));
  }

  void check_round_trip(layout const& contents) {
    auto const path = make_file("file", contents);
    auto const volume = make_empty_volume("volume", length_of(contents));
    auto const sent = upload(path, volume);
    fixture::check_error(sent.error, {});
    BOOST_TEST(sent.value.data + sent.value.holes == length_of(contents));
    BOOST_TEST(difference(volume_file("volume"), path) == "");
    BOOST_TEST(text_of(layout_of(volume_file("volume"))) == text_of(layout_of(path)));
    auto const received = download(volume, "copy");
    fixture::check_error(received.error, {});
    BOOST_TEST(received.value.data + received.value.holes == length_of(contents));
    check_downloaded("volume", "copy");
    BOOST_TEST(text_of(layout_of(file("copy"))) == text_of(layout_of(path)));
    BOOST_TEST(allocated(file("copy")) <= allocated(path));
  }

  void check_many_streams(unsigned streams) { check_streams(streams, streams, streams); }

  void check_streams(unsigned streams, unsigned sent_on, unsigned received_on) {
    transfer_options options;
    options.streams = streams;
    auto const path = make_file("file", {data(four_ranges + 12'345)});
    auto const volume = make_empty_volume("volume", four_ranges + 12'345);
    auto const sent = upload(path, volume, options);
    fixture::check_error(sent.error, {});
    BOOST_TEST(sent.value.streams == sent_on);
    BOOST_TEST(difference(volume_file("volume"), path) == "");
    auto const received = download(volume, "copy", options);
    fixture::check_error(received.error, {});
    BOOST_TEST(received.value.streams == received_on);
    check_downloaded("volume", "copy");
  }

  /// Starts this program again, as the test case `a_process_that_downloads`.
  test_support::process start_downloading_process(std::string const& volume, std::string const& name) const {
    return {{"/proc/self/exe", "--run_test=downloading_process", "--", "unix", host.uri(), volume_file(volume),
             file(name)},
            {"PATH=" + test_support::program_path(), "HOME=" + file("").string()},
            file(name + ".log")};
  }

  void run_program(std::string const& command) {
    auto const whole = "PATH='" + test_support::program_path() + "' && " + command + " >" + file("log").string() + " 2>&1";
    int const status = std::system(whole.c_str());
    std::ifstream log{file("log")};
    std::string const printed{std::istreambuf_iterator<char>{log}, {}};
    BOOST_REQUIRE_MESSAGE(status == 0, command << ": " << printed);
  }
};

bool has_ended(test_support::process const& process) {
  pollfd end{process.end_descriptor(), POLLIN, 0};
  return ::poll(&end, 1, 0) == 1;
}

transfer_options with_streams(unsigned streams) {
  transfer_options options;
  options.streams = streams;
  return options;
}

transfer_options with_range(std::uint64_t offset, std::uint64_t length) {
  transfer_options options;
  options.range.offset = offset;
  options.range.length = length;
  return options;
}

transfer_options not_sparse() {
  transfer_options options;
  options.sparse = false;
  return options;
}

transfer_options resuming() {
  transfer_options options;
  options.resume = true;
  return options;
}

std::string bytes_of(std::filesystem::path const& path, std::uint64_t offset = 0, std::size_t length = std::string::npos) {
  std::ifstream input{path, std::ios::binary};
  input.seekg(static_cast<std::streamoff>(offset));
  std::string content{std::istreambuf_iterator<char>{input}, {}};
  return content.substr(0, length);
}

BOOST_FIXTURE_TEST_SUITE(transfer_test, transfer_fixture)

// --- Both ways ---------------------------------------------------------------------------------------------

BOOST_AUTO_TEST_CASE(data_goes_up_and_comes_down) {
  check_round_trip({data(3 * mebibyte)});
}

BOOST_AUTO_TEST_CASE(sizes_that_are_no_multiple_of_anything_go_up_and_come_down) {
  check_round_trip({data(2 * mebibyte + 1)});
}

BOOST_AUTO_TEST_CASE(one_byte_goes_up_and_comes_down) {
  check_round_trip({data(1)});
}

BOOST_AUTO_TEST_CASE(holes_at_both_ends_are_recreated) {
  check_round_trip(mixed);
}

BOOST_AUTO_TEST_CASE(data_at_both_ends_keeps_its_hole) {
  check_round_trip({data(65'536), hole(mebibyte), data(65'536)});
}

BOOST_AUTO_TEST_CASE(a_file_that_is_all_hole_is_recreated) {
  check_round_trip({hole(16 * mebibyte)});
}

BOOST_AUTO_TEST_CASE(a_hole_over_4_gib_is_recreated) {
  check_round_trip({data(65'536), hole(5 * gibibyte), data(65'536)});
}

BOOST_AUTO_TEST_CASE(an_empty_file_and_volume_go_up_and_come_down) {
  check_round_trip({});
}

BOOST_AUTO_TEST_CASE(an_upload_takes_one_stream_and_a_download_two_unless_told_otherwise) {
  check_streams(transfer_options{}.streams, 1, 2);
}

BOOST_AUTO_TEST_CASE(one_stream_is_enough) {
  check_many_streams(1);
}

BOOST_AUTO_TEST_CASE(two_streams_share_a_volume) {
  check_many_streams(2);
}

BOOST_AUTO_TEST_CASE(three_streams_share_a_volume) {
  check_many_streams(3);
}

BOOST_AUTO_TEST_CASE(four_streams_share_a_volume) {
  check_many_streams(4);
}

BOOST_AUTO_TEST_CASE(holes_across_the_ranges_of_several_streams_are_recreated) {
  layout const contents{data(mebibyte), hole(100 * mebibyte), data(mebibyte), hole(26 * mebibyte)};
  auto const volume = make_volume("volume", contents);
  auto const received = download(volume, "copy", with_streams(4));
  fixture::check_error(received.error, {});
  BOOST_TEST(received.value.streams == 4U);
  BOOST_TEST(received.value.data == 2 * mebibyte);
  BOOST_TEST(received.value.holes == 126 * mebibyte);
  check_downloaded("volume", "copy");
  BOOST_TEST(text_of(layout_of(file("copy"))) == text_of(contents));
}

BOOST_AUTO_TEST_CASE(holes_are_filled_with_zeros_unless_sparse) {
  auto const volume = make_volume("volume", mixed);
  auto const received = download(volume, "copy", not_sparse());
  fixture::check_error(received.error, {});
  BOOST_TEST(received.value.data == length_of(mixed));
  BOOST_TEST(received.value.holes == 0U);
  check_downloaded("volume", "copy");
}

// --- Parts -------------------------------------------------------------------------------------------------

BOOST_AUTO_TEST_CASE(a_part_of_a_volume_is_downloaded) {
  auto const volume = make_volume("volume", {data(3 * mebibyte)});
  auto const received = download(volume, "copy", with_range(1'000'001, 1'500'003));
  fixture::check_error(received.error, {});
  BOOST_TEST(received.value.data == 1'500'003U);
  BOOST_CHECK(bytes_of(file("copy")) == bytes_of(volume_file("volume"), 1'000'001, 1'500'003));
}

BOOST_AUTO_TEST_CASE(a_part_with_holes_is_downloaded) {
  auto const volume = make_volume("volume", mixed);
  auto const received = download(volume, "copy", with_range(2 * mebibyte, 3 * mebibyte));
  fixture::check_error(received.error, {});
  BOOST_CHECK(bytes_of(file("copy")) == bytes_of(volume_file("volume"), 2 * mebibyte, 3 * mebibyte));
  BOOST_TEST(text_of(layout_of(file("copy"))) == text_of({data(mebibyte), hole(2 * mebibyte)}));
}

BOOST_AUTO_TEST_CASE(an_offset_alone_downloads_up_to_the_end) {
  auto const volume = make_volume("volume", {data(mebibyte)});
  fixture::check_error(download(volume, "copy", with_range(mebibyte - 5, 0)).error, {});
  BOOST_CHECK(bytes_of(file("copy")) == bytes_of(volume_file("volume"), mebibyte - 5));
}

BOOST_AUTO_TEST_CASE(a_part_that_the_volume_does_not_have_is_refused) {
  auto const volume = make_volume("volume", {data(mebibyte)});
  fixture::check_error(download(volume, "copy", with_range(mebibyte - 5, 6)).error, client_errc::range_beyond_volume);
  fixture::check_error(download(volume, "copy", with_range(mebibyte + 1, 0)).error, client_errc::range_beyond_volume);
  check_no_file("copy");
}

BOOST_AUTO_TEST_CASE(a_part_of_a_volume_is_uploaded_and_the_rest_left_alone) {
  auto const volume = make_volume("volume", {data(3 * mebibyte)});
  auto expected = bytes_of(volume_file("volume"));
  auto const path = make_file("file", {data(2 * mebibyte)});
  auto const sent = upload(path, volume, with_range(1'000'001, 500'003));
  fixture::check_error(sent.error, {});
  BOOST_TEST(sent.value.data == 500'003U);
  expected.replace(1'000'001, 500'003, bytes_of(path, 0, 500'003));
  BOOST_CHECK(bytes_of(volume_file("volume")) == expected);
}

BOOST_AUTO_TEST_CASE(a_sparse_file_uploaded_to_a_part_leaves_the_rest_alone) {
  auto const volume = make_volume("volume", {data(10 * mebibyte)});
  auto expected = bytes_of(volume_file("volume"));
  auto const path = make_file("file", mixed);
  fixture::check_error(upload(path, volume, with_range(mebibyte, 0)).error, {});
  expected.replace(mebibyte, length_of(mixed), bytes_of(path));
  BOOST_CHECK(bytes_of(volume_file("volume")) == expected);
}

BOOST_AUTO_TEST_CASE(a_sparse_file_shorter_than_the_volume_leaves_the_rest_alone) {
  auto const volume = make_volume("volume", {data(10 * mebibyte)});
  auto expected = bytes_of(volume_file("volume"));
  auto const path = make_file("file", mixed);
  fixture::check_error(upload(path, volume).error, {});
  expected.replace(0, length_of(mixed), bytes_of(path));
  BOOST_CHECK(bytes_of(volume_file("volume")) == expected);
}

BOOST_AUTO_TEST_CASE(the_beginning_of_a_sparse_file_leaves_the_rest_of_a_growing_volume_alone) {
  auto const volume = make_empty_volume("volume", 8 * mebibyte, "qcow2");
  fixture::write_sparse_file(volume_file("volume"), {data(8 * mebibyte)}, 1);
  auto expected = bytes_of(volume_file("volume"));
  auto const path = make_file("file", mixed);
  fixture::check_error(upload(path, volume, with_range(0, 2 * mebibyte)).error, {});
  expected.replace(0, 2 * mebibyte, bytes_of(path, 0, 2 * mebibyte));
  BOOST_CHECK(bytes_of(volume_file("volume")) == expected);
}

BOOST_AUTO_TEST_CASE(more_than_the_file_has_is_refused) {
  auto const volume = make_empty_volume("volume", mebibyte);
  auto const path = make_file("file", {data(1000)});
  fixture::check_error(upload(path, volume, with_range(0, 1001)).error, client_errc::source_too_short);
  BOOST_TEST(allocated(volume_file("volume")) == 0U);
}

// --- Over old contents -------------------------------------------------------------------------------------

BOOST_AUTO_TEST_CASE(holes_replace_what_the_volume_held) {
  auto const volume = make_volume("volume", {data(length_of(mixed))});
  auto const path = make_file("file", mixed);
  auto const sent = upload(path, volume);
  fixture::check_error(sent.error, {});
  BOOST_TEST(sent.value.holes == 5 * mebibyte);
  BOOST_TEST(difference(volume_file("volume"), path) == "");
  BOOST_TEST(allocated(volume_file("volume")) <= allocated(path) + 4096);
}

BOOST_AUTO_TEST_CASE(a_file_that_is_all_hole_replaces_what_the_volume_held) {
  auto const volume = make_volume("volume", {data(2 * mebibyte)});
  auto const path = make_file("file", {hole(2 * mebibyte)});
  fixture::check_error(upload(path, volume).error, {});
  BOOST_TEST(difference(volume_file("volume"), path) == "");
}

BOOST_AUTO_TEST_CASE(an_existing_file_is_replaced) {
  auto const volume = make_volume("volume", {data(mebibyte)});
  make_file("copy", {data(3 * mebibyte)});
  fixture::check_error(download(volume, "copy").error, {});
  check_downloaded("volume", "copy");
}

// --- Images ------------------------------------------------------------------------------------------------

struct image_fixture : transfer_fixture {
  /// Packs an installed Debian package: the firmware of the emulator, which these tests need anyway, and
  /// Boost's headers.
  std::filesystem::path pack_tree() {
    run_program("tar -cf " + file("tree.raw").string() + " -C / usr/share/qemu usr/include/boost/asio" +
                " usr/include/boost/test usr/include/boost/mpl usr/include/boost/fusion usr/include/boost/geometry");
    // The rest of a disk.
    std::filesystem::resize_file(file("tree.raw"), 96 * mebibyte);
    return file("tree.raw");
  }

  std::filesystem::path convert(std::filesystem::path const& image, std::string const& format) {
    auto const converted = file("tree." + format);
    run_program("qemu-img convert -O " + format + " " + image.string() + " " + converted.string());
    return converted;
  }

  void check_image_round_trip(std::filesystem::path const& image, storage_vol const& volume, std::string const& format) {
    fixture::check_error(upload(image, volume).error, {});
    fixture::check_error(download(volume, "copy").error, {});
    BOOST_TEST(difference(image, file("copy")) == "");
    BOOST_TEST(static_cast<double>(allocated(file("copy"))) <= 1.01 * static_cast<double>(allocated(image)));
    run_program("qemu-img compare -f " + format + " -F " + format + " " + image.string() + " " + file("copy").string());
  }
};

BOOST_FIXTURE_TEST_CASE(a_debian_package_as_a_raw_image_survives_the_round_trip, image_fixture) {
  auto const image = pack_tree();
  auto const volume = make_empty_volume("volume", std::filesystem::file_size(image));
  check_image_round_trip(image, volume, "raw");
  run_program("tar -tf " + file("copy").string());
}

BOOST_FIXTURE_TEST_CASE(a_debian_package_as_a_qcow2_image_survives_the_round_trip, image_fixture) {
  auto const image = convert(pack_tree(), "qcow2");
  auto const volume = make_empty_volume("volume", 96 * mebibyte, "qcow2");
  check_image_round_trip(image, volume, "qcow2");
  run_program("qemu-img check " + file("copy").string());
  run_program("qemu-img check " + volume_file("volume").string());
}

BOOST_FIXTURE_TEST_CASE(a_qcow2_image_replaces_a_larger_one, image_fixture) {
  auto const image = convert(make_file("raw", {data(mebibyte), hole(7 * mebibyte)}), "qcow2");
  auto const volume = make_empty_volume("volume", 8 * mebibyte, "qcow2");
  run_program("qemu-img convert -O qcow2 " + make_file("larger", {data(8 * mebibyte)}).string() + " " +
              volume_file("volume").string());
  check_image_round_trip(image, volume, "qcow2");
}

// --- Progress ----------------------------------------------------------------------------------------------

BOOST_AUTO_TEST_CASE(progress_grows_and_ends_with_everything) {
  layout const contents{data(96 * mebibyte), hole(64 * mebibyte)};
  auto const volume = make_volume("volume", contents);
  std::vector<transfer_progress> told;
  transfer_options options;
  options.progress = [&](transfer_progress const& progress) { told.push_back(progress); };
  auto const received = download(volume, "copy", options);
  fixture::check_error(received.error, {});
  BOOST_REQUIRE(!told.empty());
  auto const done = [](transfer_progress const& progress) { return progress.data + progress.holes; };
  BOOST_TEST(std::ranges::is_sorted(told, {}, done));
  for (auto const& progress : told) BOOST_TEST(progress.total == length_of(contents));
  BOOST_TEST(told.back().data == 96 * mebibyte);
  BOOST_TEST(told.back().holes == 64 * mebibyte);
  BOOST_TEST(told.back().rate > 0);
  BOOST_TEST(told.back().time_left.count() == 0);
  BOOST_TEST(received.value.duration.count() > 0);
}

BOOST_AUTO_TEST_CASE(an_upload_tells_of_its_end) {
  auto const path = make_file("file", mixed);
  auto const volume = make_empty_volume("volume", length_of(mixed));
  std::optional<transfer_progress> last;
  transfer_options options;
  options.progress = [&](transfer_progress const& progress) { last = progress; };
  fixture::check_error(upload(path, volume, options).error, {});
  BOOST_REQUIRE(last.has_value());
  BOOST_TEST(last->data == 3 * mebibyte);
  BOOST_TEST(last->holes == 5 * mebibyte);
}

BOOST_AUTO_TEST_CASE(a_transfer_cancelled_by_its_progress_callback_ends) {
  auto const volume = make_volume("volume", {data(256 * mebibyte)});
  transfer started;
  transfer_options options;
  options.progress = [&](transfer_progress const&) { started.cancel(); };
  libvirt_asio::async_download(connection, volume.get(), file("copy"), options, started.token());
  auto const& ended = run_to_end(started);
  if (ended.error) {
    fixture::check_error(ended.error, asio::error::operation_aborted);
    check_no_file("copy");
  } else {
    check_downloaded("volume", "copy");
  }
}

// --- Cancellation ------------------------------------------------------------------------------------------

BOOST_AUTO_TEST_CASE(a_download_can_be_cancelled_in_every_state) {
  auto const volume = make_volume("volume", {data(2 * mebibyte), hole(mebibyte), data(mebibyte)});
  std::size_t cancelled = 0;
  for (bool reached_end = false; !reached_end; ++cancelled) {
    auto started = start_download(volume, "copy");
    context.restart();
    for (std::size_t handlers = 0; handlers != cancelled && !started.ended(); ++handlers) context.run_one();
    reached_end = started.ended();
    started.cancel();
    auto const& ended = run_to_end(started);
    BOOST_TEST_CONTEXT("cancelled after " << cancelled << " handlers") {
      if (ended.error) {
        fixture::check_error(ended.error, asio::error::operation_aborted);
        check_no_file("copy");
      } else {
        check_downloaded("volume", "copy");
        std::filesystem::remove(file("copy"));
      }
    }
  }
  BOOST_TEST(cancelled > 10U);
}

BOOST_AUTO_TEST_CASE(an_upload_can_be_cancelled_in_every_state) {
  layout const contents{data(4 * mebibyte)};
  auto const volume = make_volume("volume", {data(length_of(contents))});
  auto const path = make_file("file", contents);
  std::size_t cancelled = 0;
  for (bool reached_end = false; !reached_end; ++cancelled) {
    auto started = start_upload(path, volume);
    context.restart();
    for (std::size_t handlers = 0; handlers != cancelled && !started.ended(); ++handlers) context.run_one();
    reached_end = started.ended();
    started.cancel();
    auto const& ended = run_to_end(started);
    if (ended.error) fixture::check_error(ended.error, asio::error::operation_aborted);
    if (!ended.error) BOOST_TEST(difference(volume_file("volume"), path) == "");
  }
  BOOST_TEST(cancelled > 10U);
}

BOOST_AUTO_TEST_CASE(a_download_of_several_streams_cancelled_in_the_middle_leaves_no_file) {
  auto const volume = make_volume("volume", {data(2 * four_ranges)});
  auto started = start_download(volume, "copy", with_streams(4));
  run_until_written(part_of(file("copy")), 8 * mebibyte);
  started.cancel();
  fixture::check_error(run_to_end(started).error, asio::error::operation_aborted);
  check_no_file("copy");
}

BOOST_AUTO_TEST_CASE(a_download_is_cancelled_while_the_daemon_does_not_answer) {
  auto const volume = make_volume("volume", {data(2 * four_ranges)});
  auto started = start_download(volume, "copy");
  run_until_written(part_of(file("copy")), 8 * mebibyte);
  {
    fixture::frozen_daemon const frozen{host.daemon()};
    started.cancel();
    fixture::check_error(run_to_end(started).error, asio::error::operation_aborted);
    check_no_file("copy");
  }
}

BOOST_AUTO_TEST_CASE(an_upload_is_cancelled_while_the_daemon_does_not_answer) {
  auto const path = make_file("file", {data(four_ranges)});
  auto const volume = make_empty_volume("volume", four_ranges);
  auto started = start_upload(path, volume);
  run_until_written(volume_file("volume"), 4 * mebibyte);
  {
    fixture::frozen_daemon const frozen{host.daemon()};
    started.cancel();
    fixture::check_error(run_to_end(started).error, asio::error::operation_aborted);
  }
}

BOOST_AUTO_TEST_CASE(a_cancelled_download_can_be_started_anew_at_once) {
  auto const volume = make_volume("volume", {data(four_ranges)});
  auto started = start_download(volume, "copy");
  run_until_written(part_of(file("copy")), 8 * mebibyte);
  started.cancel();
  fixture::check_error(run_to_end(started).error, asio::error::operation_aborted);
  fixture::check_error(download(volume, "copy").error, {});
  check_downloaded("volume", "copy");
}

// --- Failures ----------------------------------------------------------------------------------------------

BOOST_AUTO_TEST_CASE(a_folder_that_is_not_there_is_an_error) {
  auto const volume = make_volume("volume", {data(1000)});
  fixture::check_error(download(volume, "missing/copy").error, system_code(ENOENT));
}

BOOST_AUTO_TEST_CASE(a_folder_in_the_place_of_the_file_is_an_error) {
  auto const volume = make_volume("volume", {data(1000)});
  std::filesystem::create_directory(file("copy"));
  fixture::check_error(download(volume, "copy").error, system_code(EISDIR));
  BOOST_TEST(!std::filesystem::exists(part_of(file("copy"))));
}

BOOST_AUTO_TEST_CASE(a_source_that_is_not_there_is_an_error) {
  auto const volume = make_volume("volume", {data(1000)});
  fixture::check_error(upload(file("missing"), volume).error, system_code(ENOENT));
}

BOOST_AUTO_TEST_CASE(a_source_that_cannot_be_read_is_an_error) {
  auto const volume = make_volume("volume", {data(1000)});
  auto options = with_range(0, 1000);
  // Of a folder nobody reads bytes, not even root.
  fixture::check_error(upload(file(""), volume, options).error, system_code(EISDIR));
}

BOOST_AUTO_TEST_CASE(a_volume_that_was_removed_is_libvirts_error) {
  auto const volume = make_volume("volume", {data(1000)});
  std::filesystem::remove(volume_file("volume"));
  auto const ended = download(volume, "copy");
  BOOST_TEST((ended.error.category() == libvirt_asio::libvirt_category()));
  BOOST_TEST(ended.error.message().find(volume_file("volume").string()) != std::string::npos, ended.error.message());
  check_no_file("copy");
}

BOOST_AUTO_TEST_CASE(a_volume_removed_under_the_download_gives_all_or_nothing) {
  auto const volume = make_volume("volume", {data(2 * four_ranges)});
  std::filesystem::create_hard_link(volume_file("volume"), file("original"));
  auto started = start_download(volume, "copy");
  run_until_written(part_of(file("copy")), 8 * mebibyte);
  std::filesystem::remove(volume_file("volume"));
  auto const& ended = run_to_end(started);
  if (ended.error)
    check_no_file("copy");
  else
    BOOST_TEST(difference(file("original"), file("copy")) == "");
}

BOOST_AUTO_TEST_CASE(a_volume_that_shrinks_under_the_download_is_an_error) {
  auto const volume = make_volume("volume", {data(2 * four_ranges)});
  auto started = start_download(volume, "copy");
  run_until_written(part_of(file("copy")), 8 * mebibyte);
  std::filesystem::resize_file(volume_file("volume"), mebibyte);
  fixture::check_error(run_to_end(started).error, client_errc::source_too_short);
  check_no_file("copy");
}

BOOST_AUTO_TEST_CASE(a_volume_that_is_too_small_is_left_alone) {
  auto const volume = make_empty_volume("volume", mebibyte);
  auto const path = make_file("file", {data(mebibyte + 1)});
  fixture::check_error(upload(path, volume).error, client_errc::volume_too_small);
  BOOST_TEST(allocated(volume_file("volume")) == 0U);
}

BOOST_AUTO_TEST_CASE(a_part_behind_the_end_of_the_volume_is_refused) {
  auto const volume = make_empty_volume("volume", mebibyte);
  auto const path = make_file("file", {data(1000)});
  fixture::check_error(upload(path, volume, with_range(mebibyte - 999, 0)).error, client_errc::volume_too_small);
}

BOOST_AUTO_TEST_CASE(a_source_that_shrinks_while_it_is_read_is_an_error) {
  auto const path = make_file("file", {data(2 * four_ranges)});
  auto const volume = make_empty_volume("volume", 2 * four_ranges);
  auto started = start_upload(path, volume);
  run_until_written(volume_file("volume"), mebibyte);
  std::filesystem::resize_file(path, mebibyte);
  fixture::check_error(run_to_end(started).error, client_errc::source_too_short);
}

BOOST_AUTO_TEST_CASE(a_sparse_source_that_shrinks_while_it_is_read_is_an_error) {
  auto const path = make_file("file", {data(2 * four_ranges), hole(mebibyte), data(mebibyte)});
  auto const volume = make_empty_volume("volume", std::filesystem::file_size(path));
  auto started = start_upload(path, volume);
  run_until_written(volume_file("volume"), mebibyte);
  std::filesystem::resize_file(path, mebibyte);
  fixture::check_error(run_to_end(started).error, client_errc::source_too_short);
}

BOOST_AUTO_TEST_CASE(transfers_need_an_open_connection) {
  auto const volume = make_volume("volume", {data(1000)});
  libvirt_asio::connection closed{context};
  transfer started;
  libvirt_asio::async_download(closed, volume.get(), file("copy"), started.token());
  fixture::check_error(run_to_end(started).error, client_errc::not_open);
  check_no_file("copy");
}

BOOST_AUTO_TEST_CASE(a_download_whose_daemon_dies_fails_and_leaves_no_file) {
  test_support::private_libvirtd daemon;
  auto const folder = daemon.make_folder();
  fixture::write_sparse_file(folder.path() / "volume", {data(2 * four_ranges)});
  libvirt_asio::connection mortal{context};
  std::optional<test_support::storage_pool> pool;
  storage_vol volume;
  run_only([&]() -> asio::awaitable<void> {
    co_await mortal.async_open(daemon.unix_uri());
    auto find = [&pool, path = folder.path()](virConnectPtr native) {
      pool.emplace(native, path);
      return ::virStorageVolLookupByPath(native, pool->path("volume").c_str());
    };
    volume = co_await mortal.async_call(std::move(find));
  });
  transfer started;
  libvirt_asio::async_download(mortal, volume.get(), file("copy"), started.token());
  run_until_written(part_of(file("copy")), 8 * mebibyte);
  daemon.kill();
  BOOST_TEST(run_to_end(started).error.failed());
  check_no_file("copy");
  volume.reset();
  pool.reset();
  run_only([&]() -> asio::awaitable<void> { co_await mortal.async_close(); });
}

// --- Resuming ----------------------------------------------------------------------------------------------

BOOST_AUTO_TEST_CASE(a_download_that_was_killed_is_resumed) {
  auto const volume = make_volume("volume", {data(2 * four_ranges), hole(mebibyte)});
  auto process = start_downloading_process("volume", "copy");
  while (room_of(part_of(file("copy"))) < 16 * mebibyte) BOOST_REQUIRE(!has_ended(process));
  {
    fixture::frozen_daemon const frozen{host.daemon()};
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
    auto find = [volume_path](virConnectPtr native) { return ::virStorageVolLookupByPath(native, volume_path.c_str()); };
    auto const volume = co_await connection.async_call(std::move(find));
    co_await libvirt_asio::async_download(connection, volume.get(), path);
  };
  asio::co_spawn(context, std::move(work), asio::detached);
  context.run();
}

// --- A full disk -------------------------------------------------------------------------------------------

constexpr std::uint64_t small_disk = 8 * mebibyte;

/// A disk in memory, mounted at a folder.
class disk {
 public:
  explicit disk(std::filesystem::path path) : path_{std::move(path)} {
    auto const options = "mode=0777,size=" + std::to_string(small_disk);
    BOOST_REQUIRE_MESSAGE(::mount("tmpfs", path_.c_str(), "tmpfs", 0, options.c_str()) == 0, "cannot mount a tmpfs");
  }
  ~disk() { ::umount2(path_.c_str(), MNT_DETACH); }
  disk(disk const&) = delete;
  disk& operator=(disk const&) = delete;

 private:
  std::filesystem::path path_;
};

struct folder_with_disk {
  folder_with_disk() { folder.give_to(test_support::ordinary_user()); }

  test_support::temporary_folder folder;
  disk mounted{folder.path()};
};

struct full_pool : folder_with_disk, transfer_fixture {
  full_pool() : transfer_fixture{folder.path()} {}
};

// Only root can mount; others have no disk that they could fill.
boost::test_tools::assertion_result is_root(boost::unit_test::test_unit_id) {
  return ::geteuid() == 0;
}

BOOST_AUTO_TEST_SUITE(full_disk, *boost::unit_test::precondition(is_root))

BOOST_FIXTURE_TEST_CASE(a_download_to_a_full_disk_fails_and_leaves_no_file, transfer_fixture) {
  std::filesystem::create_directory(file("small"));
  disk const mounted{file("small")};
  auto const volume = make_volume("volume", {data(4 * small_disk)});
  fixture::check_error(download(volume, "small/copy").error, system_code(ENOSPC));
  check_no_file("small/copy");
}

BOOST_FIXTURE_TEST_CASE(an_upload_to_a_full_disk_fails_in_libvirts_words, full_pool) {
  auto const path = make_file("file", {data(4 * small_disk)});
  auto const volume = make_empty_volume("volume", 4 * small_disk);
  auto const ended = upload(path, volume);
  BOOST_TEST((ended.error.category() == libvirt_asio::libvirt_category()));
  BOOST_TEST(ended.error.message().find("No space left on device") != std::string::npos, ended.error.message());
}

BOOST_FIXTURE_TEST_CASE(an_upload_that_fills_the_disk_with_its_last_byte_fails, full_pool) {
  auto const path = make_file("file", {data(small_disk + 1)});
  auto const volume = make_empty_volume("volume", small_disk + 1);
  BOOST_TEST(upload(path, volume).error.failed());
}

BOOST_AUTO_TEST_SUITE_END()

}  // namespace
