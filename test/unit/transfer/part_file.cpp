// Copyright (c) 2026 The libvirt-asio authors
// Distributed under the Boost Software License, Version 1.0.

#include "transfer/part_file.hpp"

#include "unit/support/print.hpp"
#include "unit/support/scratch_folder.hpp"

#include "support/file_contents.hpp"

#include <boost/test/unit_test.hpp>

#include <sys/stat.h>

#include <cerrno>
#include <filesystem>
#include <fstream>
#include <string>
#include <string_view>
#include <vector>

namespace {

using libvirt_asio::byte_range;
using libvirt_asio::client_errc;
using libvirt_asio::error_code;
using libvirt_asio::system_error;
using libvirt_asio::detail::part_file;

std::span<std::byte const> bytes(std::string_view text) {
  return std::as_bytes(std::span(text));
}

template <class Function>
void check_fails(Function function, error_code expected) {
  BOOST_CHECK_EXCEPTION(function(), system_error, [&](system_error const& error) { return error.code() == expected; });
}

struct part_file_fixture {
  unit::scratch_folder folder;
  std::filesystem::path target = folder.file("target");
  std::filesystem::path part = folder.file("target.part");

  // Bytes 100 to 110 of a volume, in two ranges.
  byte_range whole{100, 10};
  std::vector<byte_range> ranges{{100, 6}, {106, 4}};

  part_file create() const { return part_file::create(target, "volume", whole, ranges); }
  part_file resume() const { return part_file::resume(target, "volume", whole, ranges); }

  /// Leaves a download that stopped after 2 bytes of the first range and 3 of the second.
  void interrupt() const {
    auto file = create();
    file.write_at(100, bytes("ab"));
    file.record_progress(0, 102);
    file.write_at(106, bytes("ghi"));
    file.record_progress(1, 109);
  }

  void check_left(part_file const& file, std::vector<byte_range> const& expected) const {
    auto const left = file.ranges_left();
    BOOST_REQUIRE(left.size() == expected.size());
    for (std::size_t range = 0; range != left.size(); ++range) {
      BOOST_TEST(left[range].offset == expected[range].offset);
      BOOST_TEST(left[range].length == expected[range].length);
    }
  }
};

}  // namespace

BOOST_FIXTURE_TEST_SUITE(part_file_test, part_file_fixture)

BOOST_AUTO_TEST_CASE(everything_is_left_at_the_beginning) {
  check_left(create(), ranges);
  BOOST_TEST(std::filesystem::exists(part));
  BOOST_TEST(!std::filesystem::exists(target));
}

BOOST_AUTO_TEST_CASE(recorded_progress_is_no_longer_left) {
  auto file = create();
  file.record_progress(0, 102);
  file.record_progress(1, 110);
  check_left(file, {{102, 4}, {110, 0}});
}

BOOST_AUTO_TEST_CASE(a_complete_file_has_the_target_name_and_no_trailer) {
  auto const file = create();
  file.write_at(106, bytes("ghij"));
  file.write_at(100, bytes("abcdef"));
  file.complete();
  BOOST_TEST(test_support::file_contents(target) == "abcdefghij");
  BOOST_TEST(!std::filesystem::exists(part));
}

BOOST_AUTO_TEST_CASE(a_complete_file_replaces_the_target) {
  auto const old = folder.make_file("target", "something longer than that");
  create().complete();
  BOOST_TEST(test_support::file_contents(old) == std::string(10, '\0'));
}

BOOST_AUTO_TEST_CASE(a_discarded_file_is_removed) {
  create().discard();
  BOOST_TEST(!std::filesystem::exists(part));
  BOOST_TEST(!std::filesystem::exists(target));
}

BOOST_AUTO_TEST_CASE(an_interrupted_download_is_resumed_where_it_stopped) {
  interrupt();
  auto file = resume();
  check_left(file, {{102, 4}, {109, 1}});
  file.write_at(102, bytes("cdef"));
  file.write_at(109, bytes("j"));
  file.complete();
  BOOST_TEST(test_support::file_contents(target) == "abcdefghij");
}

BOOST_AUTO_TEST_CASE(a_download_is_resumed_in_the_ranges_it_was_started_with) {
  interrupt();
  check_left(part_file::resume(target, "volume", whole, {whole}), {{102, 4}, {109, 1}});
}

BOOST_AUTO_TEST_CASE(a_resumed_download_records_its_progress) {
  interrupt();
  resume().record_progress(0, 105);
  check_left(resume(), {{105, 1}, {109, 1}});
}

BOOST_AUTO_TEST_CASE(without_a_file_to_resume_it_is_started_anew) {
  check_left(resume(), ranges);
}

BOOST_AUTO_TEST_CASE(creating_forgets_an_interrupted_download) {
  interrupt();
  auto const file = create();
  check_left(file, ranges);
  file.complete();
  BOOST_TEST(test_support::file_contents(target) == std::string(10, '\0'));
}

BOOST_AUTO_TEST_CASE(the_download_of_another_volume_is_not_resumed_and_kept) {
  interrupt();
  check_fails([&] { part_file::resume(target, "other", whole, ranges); }, client_errc::cannot_resume);
  check_left(resume(), {{102, 4}, {109, 1}});
}

BOOST_AUTO_TEST_CASE(the_download_of_another_part_is_not_resumed) {
  interrupt();
  check_fails([&] { part_file::resume(target, "volume", {101, 10}, ranges); }, client_errc::cannot_resume);
  check_fails([&] { part_file::resume(target, "volume", {100, 9}, ranges); }, client_errc::cannot_resume);
}

BOOST_AUTO_TEST_CASE(a_file_without_a_trailer_is_not_resumed_and_kept) {
  auto const other = folder.make_file("target.part", "not the library's");
  check_fails([&] { resume(); }, client_errc::cannot_resume);
  BOOST_TEST(test_support::file_contents(other) == "not the library's");
}

BOOST_AUTO_TEST_CASE(a_file_with_half_a_trailer_is_not_resumed) {
  interrupt();
  std::filesystem::resize_file(part, std::filesystem::file_size(part) - 1);
  check_fails([&] { resume(); }, client_errc::cannot_resume);
}

// A number of ranges from a damaged file must not be believed.
BOOST_AUTO_TEST_CASE(every_damaged_byte_of_the_trailer_is_found_or_changes_the_progress_alone) {
  interrupt();
  auto const good = test_support::file_contents(part);
  for (std::size_t position = 10; position != good.size(); ++position) {
    auto damaged = good;
    damaged[position] = static_cast<char>(damaged[position] ^ 0x40);
    std::ofstream(part, std::ios::binary | std::ios::trunc) << damaged;
    try {
      BOOST_TEST(resume().ranges_left().size() == 2U);
    } catch (system_error const& error) {
      BOOST_TEST(error.code() == client_errc::cannot_resume);
    }
  }
}

BOOST_AUTO_TEST_CASE(a_target_that_is_no_regular_file_is_refused) {
  BOOST_REQUIRE(::mkfifo(target.c_str(), 0600) == 0);
  check_fails([&] { create(); }, client_errc::not_a_file);
  BOOST_TEST(!std::filesystem::exists(part));
}

BOOST_AUTO_TEST_CASE(a_folder_in_the_place_of_the_target_is_refused) {
  std::filesystem::create_directory(target);
  check_fails([&] { create(); }, error_code(EISDIR, boost::system::system_category()));
  BOOST_TEST(!std::filesystem::exists(part));
}

BOOST_AUTO_TEST_CASE(a_part_that_is_no_regular_file_is_refused_and_kept) {
  BOOST_REQUIRE(::mkfifo(part.c_str(), 0600) == 0);
  check_fails([&] { create(); }, client_errc::not_a_file);
  check_fails([&] { resume(); }, client_errc::not_a_file);
  BOOST_TEST(std::filesystem::is_fifo(part));
}

BOOST_AUTO_TEST_SUITE_END()
