#include "fixture/daemon_breaking_session.hpp"
#include "fixture/errors.hpp"
#include "fixture/file_transfer_session.hpp"

#include "support/programs.hpp"
#include "support/temporary_folder.hpp"

#include <boost/test/unit_test.hpp>

#include <sys/mount.h>
#include <unistd.h>

#include <cerrno>
#include <chrono>
#include <cstdint>
#include <string>

namespace {

using namespace std::chrono_literals;
using fixture::data;
using fixture::mebibyte;
using fixture::system_code;

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

/// libvirtd 11.3 dies of it, or its main loop goes round for ever in `virNetMessageQueuePush`, and answers
/// nobody any more. An upload of virsh's then ends by SIGPIPE or never. 12.8 tells of it, as 9.0 does.
bool breaks_of_a_full_disk(virConnectPtr daemon) {
  unsigned long version = 0;
  BOOST_REQUIRE(::virConnectGetLibVersion(daemon, &version) == 0);
  return version >= 11'000'000 && version < 12'008'000;
}

struct full_pool : folder_with_disk, fixture::daemon_breaking_session<fixture::file_transfer_session> {
  full_pool() : daemon_breaking_session{folder.path()} {}

  fixture::ended_transfer upload_to_full_disk(std::uint64_t bytes) {
    auto const path = make_file("file", {data(bytes)});
    auto const volume = make_empty_volume("volume", bytes);
    libvirt_asio::transfer_options options;
    options.stall_timeout = 5s;
    return upload(path, volume, options);
  }

  // Known before: a broken daemon would not tell.
  bool const daemon_may_break = breaks_of_a_full_disk(host.plain_connection());
};

// Only root can mount; others have no disk that they could fill.
boost::test_tools::assertion_result is_root(boost::unit_test::test_unit_id) {
  return ::geteuid() == 0;
}

BOOST_AUTO_TEST_SUITE(full_disk, *boost::unit_test::precondition(is_root))

BOOST_FIXTURE_TEST_CASE(a_download_to_a_full_disk_fails_and_leaves_no_file, fixture::file_transfer_session) {
  std::filesystem::create_directory(file("small"));
  disk const mounted{file("small")};
  auto const volume = make_volume("volume", {data(4 * small_disk)});
  fixture::check_error(download(volume, "small/copy").error, system_code(ENOSPC));
  check_no_file("small/copy");
}

BOOST_FIXTURE_TEST_CASE(an_upload_to_a_full_disk_fails_in_libvirts_words, full_pool) {
  auto const error = upload_to_full_disk(4 * small_disk).error;
  BOOST_TEST(error.failed());
  if (daemon_may_break) return;
  BOOST_TEST((error.category() == libvirt_asio::libvirt_category()));
  BOOST_CHECK_MESSAGE(error.message().find("No space left on device") != std::string::npos, error.message());
}

BOOST_FIXTURE_TEST_CASE(an_upload_that_fills_the_disk_with_its_last_byte_fails, full_pool) {
  BOOST_TEST(upload_to_full_disk(small_disk + 1).error.failed());
}

BOOST_AUTO_TEST_SUITE_END()

}  // namespace
