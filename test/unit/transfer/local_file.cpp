// Copyright (c) 2026 The libvirt-asio authors
// Distributed under the Boost Software License, Version 1.0.

#include "transfer/local_file.hpp"

#include "unit/support/print.hpp"
#include "unit/support/scratch_folder.hpp"

#include "support/file_contents.hpp"

#include <boost/test/unit_test.hpp>

#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <unistd.h>

#include <cerrno>
#include <cstring>
#include <filesystem>
#include <string>
#include <string_view>
#include <utility>

namespace {

using libvirt_asio::client_errc;
using libvirt_asio::error_code;
using libvirt_asio::system_error;
using libvirt_asio::detail::local_file;

constexpr std::uint64_t mebibyte = std::uint64_t{1} << 20;

error_code system_code(int number) {
  return {number, boost::system::system_category()};
}

std::span<std::byte const> bytes(std::string_view text) {
  return std::as_bytes(std::span(text));
}

std::string read(local_file const& file, std::uint64_t offset, std::size_t length) {
  std::string text(length, '?');
  text.resize(file.read_at(offset, std::as_writable_bytes(std::span(text))));
  return text;
}

/// Checks that opening fails with this code, and names the file.
template <class Open>
void check_refused(Open open, std::filesystem::path const& path, error_code expected) {
  try {
    open(path);
    BOOST_ERROR("was opened: " << path);
  } catch (system_error const& error) {
    BOOST_TEST(error.code() == expected);
    std::string_view const message = error.what();
    BOOST_CHECK_MESSAGE(message.find(path.string()) != std::string_view::npos, message);
  }
}

struct local_file_fixture {
  unit::scratch_folder folder;

  /// Data, a hole and data, of a mebibyte each.
  std::filesystem::path make_sparse_file() const {
    auto path = folder.file("sparse");
    auto const file = local_file::open_or_create(path);
    file.write_at(0, bytes(std::string(mebibyte, 'a')));
    file.write_at(2 * mebibyte, bytes(std::string(mebibyte, 'b')));
    return path;
  }

  std::filesystem::path make_socket() const {
    sockaddr_un address{};
    address.sun_family = AF_UNIX;
    auto path = folder.file("socket");
    std::strncpy(address.sun_path, path.c_str(), sizeof address.sun_path - 1);
    int const descriptor = ::socket(AF_UNIX, SOCK_STREAM, 0);
    BOOST_REQUIRE(::bind(descriptor, reinterpret_cast<sockaddr const*>(&address), sizeof address) == 0);
    ::close(descriptor);
    return path;
  }
};

}  // namespace

BOOST_FIXTURE_TEST_SUITE(local_file_test, local_file_fixture)

BOOST_AUTO_TEST_CASE(a_file_that_does_not_exist_cannot_be_opened) {
  check_refused(&local_file::open, folder.file("missing"), system_code(ENOENT));
}

BOOST_AUTO_TEST_CASE(a_file_in_a_folder_that_does_not_exist_cannot_be_created) {
  check_refused(&local_file::open_or_create, folder.file("missing") / "file", system_code(ENOENT));
}

BOOST_AUTO_TEST_CASE(a_folder_is_refused) {
  check_refused(&local_file::open, folder.file(""), system_code(EISDIR));
  check_refused(&local_file::open_or_create, folder.file(""), system_code(EISDIR));
}

// Nobody has the other end: opening it in the usual way would block.
BOOST_AUTO_TEST_CASE(a_fifo_is_refused_at_once) {
  auto const path = folder.file("fifo");
  BOOST_REQUIRE(::mkfifo(path.c_str(), 0600) == 0);
  check_refused(&local_file::open, path, client_errc::not_a_file);
  check_refused(&local_file::open_or_create, path, client_errc::not_a_file);
}

BOOST_AUTO_TEST_CASE(a_socket_is_refused) {
  auto const path = make_socket();
  check_refused(&local_file::open, path, client_errc::not_a_file);
  check_refused(&local_file::open_or_create, path, client_errc::not_a_file);
}

BOOST_AUTO_TEST_CASE(a_character_device_is_refused) {
  check_refused(&local_file::open, "/dev/null", client_errc::not_a_file);
  check_refused(&local_file::open_or_create, "/dev/null", client_errc::not_a_file);
}

BOOST_AUTO_TEST_CASE(a_file_is_created_and_keeps_what_is_written) {
  auto const file = local_file::open_or_create(folder.file("new"));
  BOOST_TEST(file.length() == 0U);
  file.write_at(3, bytes("abc"));
  BOOST_TEST(file.length() == 6U);
  BOOST_TEST(test_support::file_contents(folder.file("new")) == std::string("\0\0\0abc", 6));
}

BOOST_AUTO_TEST_CASE(a_file_that_exists_is_not_emptied) {
  auto const file = local_file::open_or_create(folder.make_file("old", "content"));
  BOOST_TEST(read(file, 0, 7) == "content");
}

BOOST_AUTO_TEST_CASE(a_read_ends_with_the_file) {
  auto const file = local_file::open(folder.make_file("file", "content"));
  BOOST_TEST(read(file, 4, 100) == "ent");
  BOOST_TEST(read(file, 7, 100) == "");
  BOOST_TEST(read(file, 100, 100) == "");
}

BOOST_AUTO_TEST_CASE(a_file_opened_for_reading_cannot_be_written) {
  auto const file = local_file::open(folder.make_file("file", "content"));
  BOOST_CHECK_EXCEPTION(file.write_at(0, bytes("a")), system_error,
                        [](system_error const& error) { return error.code() == system_code(EBADF); });
}

BOOST_AUTO_TEST_CASE(the_length_can_be_set) {
  auto const file = local_file::open_or_create(folder.make_file("file", "content"));
  file.set_length(3);
  BOOST_TEST(test_support::file_contents(folder.file("file")) == "con");
  file.set_length(5);
  BOOST_TEST(file.length() == 5U);
}

BOOST_AUTO_TEST_CASE(sections_alternate) {
  auto const file = local_file::open(make_sparse_file());
  auto const end = 3 * mebibyte;
  auto const first = file.section_at(0, end);
  BOOST_TEST(!first.hole);
  BOOST_TEST(first.length == mebibyte);
  auto const second = file.section_at(mebibyte, end);
  BOOST_TEST(second.hole);
  BOOST_TEST(second.length == mebibyte);
  auto const third = file.section_at(2 * mebibyte, end);
  BOOST_TEST(!third.hole);
  BOOST_TEST(third.length == mebibyte);
}

BOOST_AUTO_TEST_CASE(a_section_begins_where_it_is_asked_for) {
  auto const hole = local_file::open(make_sparse_file()).section_at(mebibyte + 4096, 3 * mebibyte);
  BOOST_TEST(hole.hole);
  BOOST_TEST(hole.length == mebibyte - 4096);
}

BOOST_AUTO_TEST_CASE(a_section_ends_where_the_caller_wants) {
  auto const file = local_file::open(make_sparse_file());
  BOOST_TEST(file.section_at(0, 1000).length == 1000U);
  BOOST_TEST(file.section_at(mebibyte, mebibyte + 10).length == 10U);
}

BOOST_AUTO_TEST_CASE(a_hole_at_the_end_goes_to_the_end_of_the_file) {
  auto const path = make_sparse_file();
  std::filesystem::resize_file(path, 5 * mebibyte);
  auto const hole = local_file::open(path).section_at(3 * mebibyte, 5 * mebibyte);
  BOOST_TEST(hole.hole);
  BOOST_TEST(hole.length == 2 * mebibyte);
}

BOOST_AUTO_TEST_CASE(a_file_that_became_shorter_has_no_section_there) {
  auto const file = local_file::open(make_sparse_file());
  std::filesystem::resize_file(folder.file("sparse"), mebibyte);
  BOOST_CHECK_EXCEPTION(static_cast<void>(file.section_at(2 * mebibyte, 3 * mebibyte)), system_error,
                        [](system_error const& error) { return error.code() == client_errc::source_too_short; });
}

BOOST_AUTO_TEST_CASE(a_moved_file_is_the_same_file) {
  auto file = local_file::open(folder.make_file("file", "content"));
  auto moved = std::move(file);
  BOOST_TEST(read(moved, 0, 7) == "content");
  file = std::move(moved);
  BOOST_TEST(read(file, 0, 7) == "content");
}

// As block devices do, of which a test has none.
BOOST_AUTO_TEST_CASE(a_file_that_knows_of_no_holes_is_all_data) {
  auto const file = local_file::open("/proc/self/status");
  auto const section = file.section_at(5, 100);
  BOOST_TEST(!section.hole);
  BOOST_TEST(section.length == 95U);
}

BOOST_AUTO_TEST_SUITE_END()
