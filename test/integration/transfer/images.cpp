#include "fixture/errors.hpp"
#include "fixture/file_transfer_session.hpp"

#include "support/process.hpp"

#include <boost/test/unit_test.hpp>

#include <filesystem>
#include <string>
#include <vector>

namespace {

using fixture::allocated;
using fixture::data;
using fixture::difference;
using fixture::hole;
using fixture::mebibyte;
using libvirt_asio::storage_vol;

struct image_fixture : fixture::file_transfer_session {
  void run(std::vector<std::string> const& command) const { test_support::run_program(command, file("log")); }

  /// Packs an installed Debian package: the firmware of the emulator, which these tests need anyway, and
  /// Boost's headers.
  std::filesystem::path pack_tree() {
    run({"tar", "-cf", file("tree.raw"), "-C", "/", "usr/share/qemu", "usr/include/boost/asio",
         "usr/include/boost/test", "usr/include/boost/mpl", "usr/include/boost/fusion", "usr/include/boost/geometry"});
    // The rest of a disk.
    std::filesystem::resize_file(file("tree.raw"), 96 * mebibyte);
    return file("tree.raw");
  }

  std::filesystem::path convert(std::filesystem::path const& image, std::string const& format) {
    auto const converted = file("tree." + format);
    run({"qemu-img", "convert", "-O", format, image, converted});
    return converted;
  }

  void check_image_round_trip(std::filesystem::path const& image, storage_vol const& volume,
                              std::string const& format) {
    fixture::check_error(upload(image, volume).error, {});
    fixture::check_error(download(volume, "copy").error, {});
    BOOST_TEST(difference(image, file("copy")) == "");
    BOOST_TEST(static_cast<double>(allocated(file("copy"))) <= 1.01 * static_cast<double>(allocated(image)));
    run({"qemu-img", "compare", "-f", format, "-F", format, image, file("copy")});
  }
};

BOOST_FIXTURE_TEST_SUITE(images, image_fixture)

BOOST_AUTO_TEST_CASE(a_debian_package_as_a_raw_image_survives_the_round_trip) {
  auto const image = pack_tree();
  auto const volume = make_empty_volume("volume", std::filesystem::file_size(image));
  check_image_round_trip(image, volume, "raw");
  run({"tar", "-tf", file("copy")});
}

BOOST_AUTO_TEST_CASE(a_debian_package_as_a_qcow2_image_survives_the_round_trip) {
  auto const image = convert(pack_tree(), "qcow2");
  auto const volume = make_empty_volume("volume", 96 * mebibyte, "qcow2");
  check_image_round_trip(image, volume, "qcow2");
  run({"qemu-img", "check", file("copy")});
  run({"qemu-img", "check", volume_file("volume")});
}

BOOST_AUTO_TEST_CASE(a_qcow2_image_replaces_a_larger_one) {
  auto const image = convert(make_file("raw", {data(mebibyte), hole(7 * mebibyte)}), "qcow2");
  auto const volume = make_empty_volume("volume", 8 * mebibyte, "qcow2");
  run({"qemu-img", "convert", "-O", "qcow2", make_file("larger", {data(8 * mebibyte)}), volume_file("volume")});
  check_image_round_trip(image, volume, "qcow2");
}

BOOST_AUTO_TEST_SUITE_END()

}  // namespace
