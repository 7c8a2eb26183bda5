#include "fixture/errors.hpp"
#include "fixture/file_transfer_session.hpp"

#include "support/programs.hpp"

#include <boost/test/unit_test.hpp>

#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <iterator>
#include <string>

namespace {

using fixture::allocated;
using fixture::data;
using fixture::difference;
using fixture::hole;
using fixture::mebibyte;
using libvirt_asio::storage_vol;

struct image_fixture : fixture::file_transfer_session {
  void run_program(std::string const& command) {
    auto const whole = "PATH='" + test_support::program_path() + "' && " + command + " >" + file("log").string() + " 2>&1";
    int const status = std::system(whole.c_str());
    std::ifstream log{file("log")};
    std::string const printed{std::istreambuf_iterator<char>{log}, {}};
    BOOST_REQUIRE_MESSAGE(status == 0, command << ": " << printed);
  }

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

BOOST_FIXTURE_TEST_SUITE(images, image_fixture)

BOOST_AUTO_TEST_CASE(a_debian_package_as_a_raw_image_survives_the_round_trip) {
  auto const image = pack_tree();
  auto const volume = make_empty_volume("volume", std::filesystem::file_size(image));
  check_image_round_trip(image, volume, "raw");
  run_program("tar -tf " + file("copy").string());
}

BOOST_AUTO_TEST_CASE(a_debian_package_as_a_qcow2_image_survives_the_round_trip) {
  auto const image = convert(pack_tree(), "qcow2");
  auto const volume = make_empty_volume("volume", 96 * mebibyte, "qcow2");
  check_image_round_trip(image, volume, "qcow2");
  run_program("qemu-img check " + file("copy").string());
  run_program("qemu-img check " + volume_file("volume").string());
}

BOOST_AUTO_TEST_CASE(a_qcow2_image_replaces_a_larger_one) {
  auto const image = convert(make_file("raw", {data(mebibyte), hole(7 * mebibyte)}), "qcow2");
  auto const volume = make_empty_volume("volume", 8 * mebibyte, "qcow2");
  run_program("qemu-img convert -O qcow2 " + make_file("larger", {data(8 * mebibyte)}).string() + " " +
              volume_file("volume").string());
  check_image_round_trip(image, volume, "qcow2");
}

BOOST_AUTO_TEST_SUITE_END()

}  // namespace
