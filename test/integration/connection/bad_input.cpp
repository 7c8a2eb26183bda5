// Each mistake gives a clear error, in libvirt's own words where it has some, and prints nothing.

#include "fixture/outcome_session.hpp"

#include "fixture/errors.hpp"

#include "support/captured_stderr.hpp"

#include <libvirt/virterror.h>

#include <fcntl.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

#include <cstdlib>

namespace {

namespace asio = boost::asio;
using fixture::check_error;
using libvirt_asio::client_errc;
using libvirt_asio::close_reason;
using libvirt_asio::errc;
using libvirt_asio::error_code;
using libvirt_asio::stream;
using libvirt_asio::stream_state;
using operations::outcome;
using operations::plain_outcome;
using operations::transfer_outcome;
using test_support::captured_stderr;

struct bad_input_fixture : operations::outcome_session {
  captured_stderr printed;

  void teardown() {
    close_connection();
    BOOST_TEST(printed.text() == "");
  }

  error_code error_of_opening(std::string const& uri) {
    plain_outcome opened;
    connection.async_open(uri, opened.handler());
    auto const error = wait_for(opened).error();
    BOOST_TEST(!connection.is_open());
    BOOST_TEST(connection.native_handle() == nullptr);
    if (error.category() == libvirt_asio::libvirt_category())
      BOOST_TEST(connection.last_error().message == error.message());
    return error;
  }

  template <class Function>
  error_code error_of_call(Function function) {
    outcome<typename libvirt_asio::detail::call_traits<Function>::value> called;
    connection.async_call(std::move(function), called.handler());
    return wait_for(called).error();
  }

  error_code error_of_read(stream& target) {
    transfer_outcome read;
    target.async_read_some(some, read.handler());
    BOOST_TEST(wait_for(read).value() == 0U);
    return read.error();
  }

  error_code error_of_write(stream& target) {
    transfer_outcome written;
    target.async_write_some(asio::buffer("x", 1), written.handler());
    BOOST_TEST(wait_for(written).value() == 0U);
    return written.error();
  }

  error_code error_of_finish(stream& target) {
    plain_outcome finished;
    target.async_finish(finished.handler());
    return wait_for(finished).error();
  }

  error_code error_of_abort(stream& target) {
    plain_outcome aborted;
    target.async_abort(aborted.handler());
    return wait_for(aborted).error();
  }

  error_code error_of_wait(stream& target) {
    outcome<libvirt_asio::stream_events> waited;
    target.async_wait(libvirt_asio::stream_events::readable, waited.handler());
    return wait_for(waited).error();
  }

  error_code error_of_download(stream& target, virStorageVolPtr source, libvirt_asio::byte_range range = {}) {
    plain_outcome opened;
    libvirt_asio::async_open_download(target, source, range, opened.handler());
    return wait_for(opened).error();
  }

  /// Everything that only an open stream can do.
  void check_refused(stream& target) {
    error_code const refused = client_errc::not_open;
    check_error(error_of_read(target), refused, "Not open");
    check_error(error_of_write(target), refused, "Not open");
    check_error(error_of_wait(target), refused, "Not open");
    check_error(error_of_finish(target), refused, "Not open");
    error_code error;
    BOOST_TEST(target.read_some(some, error) == 0U);
    check_error(error, refused);
    BOOST_TEST(target.write_some(asio::buffer("x", 1), error) == 0U);
    check_error(error, refused);
    BOOST_TEST(!target.is_open());
  }
};

BOOST_FIXTURE_TEST_SUITE(bad_input, bad_input_fixture)

BOOST_AUTO_TEST_CASE(an_unknown_uri) {
  check_error(error_of_opening("bogus+nothing:///nowhere"), errc::invalid_arg,
              "invalid argument: remote_open: transport in URL not recognised "
              "(should be tls|unix|ssh|ext|tcp|libssh2|libssh)");
}

BOOST_AUTO_TEST_CASE(a_malformed_uri) {
  check_error(error_of_opening("::not a uri::"), errc::internal_error,
              "internal error: Unable to parse URI ::not a uri::");
}

BOOST_AUTO_TEST_CASE(a_wrong_socket_path) {
  check_error(error_of_opening("qemu+unix:///session?socket=/nowhere/libvirt-sock"), errc::system_error,
              "Failed to connect socket to '/nowhere/libvirt-sock': No such file or directory");
}

BOOST_AUTO_TEST_CASE(a_daemon_that_is_not_there) {
  auto const path = (file().parent_path() / "dead-sock").string();
  int const socket = ::socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);
  sockaddr_un address{};
  address.sun_family = AF_UNIX;
  path.copy(address.sun_path, sizeof address.sun_path - 1);
  BOOST_REQUIRE(::bind(socket, reinterpret_cast<sockaddr const*>(&address), sizeof address) == 0);
  ::close(socket);
  check_error(error_of_opening("qemu+unix:///session?socket=" + path), errc::system_error,
              "Failed to connect socket to '" + path + "': Connection refused");
}

BOOST_AUTO_TEST_CASE(a_connection_opens_after_a_failure) {
  BOOST_TEST(error_of_opening("bogus:///nowhere").failed());
  open_connection();
  BOOST_TEST(connection.is_open());
}

BOOST_AUTO_TEST_CASE(no_such_domain) {
  open_connection();
  auto const look_up = [](virConnectPtr native) { return virDomainLookupByName(native, "vmm"); };
  check_error(error_of_call(look_up), errc::no_domain,
              "Domain not found: no domain with matching name 'vmm'");
  BOOST_TEST(connection.last_error().message == "Domain not found: no domain with matching name 'vmm'");
  BOOST_TEST(connection.last_error().code == VIR_ERR_NO_DOMAIN);
}

BOOST_AUTO_TEST_CASE(no_such_domain_says_the_exception_too) {
  open_connection();
  std::string words;
  run_only([&]() -> asio::awaitable<void> {
    try {
      co_await connection.async_call([](virConnectPtr native) { return virDomainLookupByName(native, "vmm"); });
    } catch (std::exception const& thrown) {
      words = thrown.what();
    }
  });
  BOOST_TEST(words.find("Domain not found: no domain with matching name 'vmm'") != std::string::npos);
}

BOOST_AUTO_TEST_CASE(no_such_device) {
  open_connection();
  test_support::echo_guest const guest{host.plain_connection(), {.name = "devices", .paused = true}};
  auto const domain = find(guest);
  libvirt_asio::console_options options;
  options.device = "nothing";
  plain_outcome console_opened;
  stream console{connection};
  libvirt_asio::async_open_console(console, domain.get(), options, console_opened.handler());
  check_error(wait_for(console_opened).error(), errc::internal_error,
              "internal error: cannot find character device nothing");
  plain_outcome channel_opened;
  libvirt_asio::async_open_channel(console, domain.get(), options, channel_opened.handler());
  check_error(wait_for(channel_opened).error(), errc::internal_error,
              "internal error: cannot find channel nothing");
  BOOST_TEST((console.state() == stream_state::closed));
}

BOOST_AUTO_TEST_CASE(no_such_volume_while_a_pool_is_freed_on_the_way_out) {
  open_connection();
  auto const look_up = [](virConnectPtr native) {
    libvirt_asio::storage_pool const pool{virStoragePoolLookupByName(native, "pool")};
    return virStorageVolLookupByName(pool.get(), "nothing");
  };
  check_error(error_of_call(look_up), errc::no_storage_vol,
              "Storage volume not found: no storage vol with matching name 'nothing'");
}

BOOST_AUTO_TEST_CASE(a_range_beyond_the_volume) {
  auto const small = volume(1000);
  error_code const expected = client_errc::range_beyond_volume;
  stream download{connection};
  check_error(error_of_download(download, small.get(), {.offset = 1001, .length = 0}), expected);
  check_error(error_of_download(download, small.get(), {.offset = 0, .length = 1001}), expected);
  check_error(error_of_download(download, small.get(), {.offset = 999, .length = 2}), expected,
              "The range goes beyond the end of the volume");
  check_error(error_of_download(download, small.get(), {.offset = UINT64_MAX, .length = 2}), expected);
  BOOST_TEST((download.state() == stream_state::closed));
  BOOST_CHECK_EQUAL(error_of_download(download, small.get(), {.offset = 999, .length = 1}), error_code());
}

BOOST_AUTO_TEST_CASE(null_handles) {
  open_connection();
  stream target{connection};
  plain_outcome console_opened;
  libvirt_asio::async_open_console(target, nullptr, console_opened.handler());
  check_error(wait_for(console_opened).error(), errc::invalid_domain,
              "invalid domain pointer in virDomainOpenConsole");
  plain_outcome channel_opened;
  libvirt_asio::async_open_channel(target, nullptr, channel_opened.handler());
  check_error(wait_for(channel_opened).error(), errc::invalid_domain,
              "invalid domain pointer in virDomainOpenChannel");
  outcome<std::string> screenshot_opened;
  libvirt_asio::async_open_screenshot(target, nullptr, screenshot_opened.handler());
  check_error(wait_for(screenshot_opened).error(), errc::invalid_domain,
              "invalid domain pointer in virDomainScreenshot");
  check_error(error_of_download(target, nullptr), errc::invalid_storage_vol,
              "invalid storage volume pointer in virStorageVolDownload");
  plain_outcome upload_opened;
  libvirt_asio::async_open_upload(target, nullptr, upload_opened.handler());
  check_error(wait_for(upload_opened).error(), errc::invalid_storage_vol,
              "invalid storage volume pointer in virStorageVolUpload");
}

BOOST_AUTO_TEST_CASE(a_null_handle_with_a_range) {
  open_connection();
  stream target{connection};
  check_error(error_of_download(target, nullptr, {.offset = 1, .length = 1}), errc::invalid_storage_vol,
              "invalid storage volume pointer in virStorageVolGetInfoFlags");
}

BOOST_AUTO_TEST_CASE(a_stream_that_was_not_opened) {
  open_connection();
  stream target{connection};
  check_refused(target);
  BOOST_TEST((target.state() == stream_state::closed));
}

BOOST_AUTO_TEST_CASE(a_stream_that_was_finished) {
  auto const source = volume(10);
  stream download{connection};
  BOOST_REQUIRE_EQUAL(error_of_download(download, source.get()), error_code());
  BOOST_CHECK_EQUAL(error_of_finish(download), error_code());
  check_refused(download);
  BOOST_TEST((download.state() == stream_state::finished));
  BOOST_CHECK_EQUAL(error_of_download(download, source.get()), error_code());
}

BOOST_AUTO_TEST_CASE(a_stream_that_was_aborted) {
  auto const source = volume(10);
  stream download{connection};
  BOOST_REQUIRE_EQUAL(error_of_download(download, source.get()), error_code());
  BOOST_CHECK_EQUAL(error_of_abort(download), error_code());
  check_refused(download);
  BOOST_TEST((download.state() == stream_state::aborted));
  BOOST_CHECK_EQUAL(error_of_download(download, source.get()), error_code());
}

BOOST_AUTO_TEST_CASE(a_stream_opened_twice) {
  auto const source = volume(10);
  stream download{connection};
  plain_outcome first;
  libvirt_asio::async_open_download(download, source.get(), first.handler());
  check_error(error_of_download(download, source.get()), client_errc::already_open, "Already open");
  BOOST_CHECK_EQUAL(wait_for(first).error(), error_code());
  check_error(error_of_download(download, source.get()), client_errc::already_open, "Already open");
  BOOST_TEST(download.is_open());
}

BOOST_AUTO_TEST_CASE(two_reads_at_once) {
  open_connection();
  test_support::echo_guest const guest{host.plain_connection(), {.name = "reads", .paused = true}};
  auto const domain = find(guest);
  stream console{connection};
  plain_outcome opened;
  libvirt_asio::async_open_console(console, domain.get(), opened.handler());
  BOOST_REQUIRE_EQUAL(wait_for(opened).error(), error_code());
  transfer_outcome first;
  std::array<char, 10> buffer{};
  console.async_read_some(asio::buffer(buffer), first.handler());
  check_error(error_of_read(console), client_errc::operation_in_progress,
              "An operation of this kind is in progress");
  error_code error;
  console.read_some(some, error);
  check_error(error, client_errc::operation_in_progress);
  BOOST_TEST(!first.ended());
  console.cancel();
  check_error(wait_for(first).error(), asio::error::operation_aborted);
  BOOST_TEST(console.is_open());
}

BOOST_AUTO_TEST_CASE(two_waits_at_once) {
  open_connection();
  test_support::echo_guest const guest{host.plain_connection(), {.name = "waits", .paused = true}};
  auto const domain = find(guest);
  stream console{connection};
  plain_outcome opened;
  libvirt_asio::async_open_console(console, domain.get(), opened.handler());
  BOOST_REQUIRE_EQUAL(wait_for(opened).error(), error_code());
  outcome<libvirt_asio::stream_events> first;
  console.async_wait(libvirt_asio::stream_events::readable, first.handler());
  check_error(error_of_wait(console), client_errc::operation_in_progress);
  outcome<close_reason> first_closed;
  outcome<close_reason> second_closed;
  connection.async_wait_closed(first_closed.handler());
  connection.async_wait_closed(second_closed.handler());
  check_error(wait_for(second_closed).error(), client_errc::operation_in_progress);
  connection.close();
  check_error(wait_for(first).error(), asio::error::operation_aborted);
  check_error(wait_for(first_closed).error(), asio::error::operation_aborted);
}

// A small one is taken over at once: the first must be larger than what a daemon's socket takes.
BOOST_AUTO_TEST_CASE(two_writes_at_once) {
  auto const target = volume(10);
  std::vector<char> const much(std::size_t{8} << 20);
  stream upload{connection};
  plain_outcome opened;
  libvirt_asio::async_open_upload(upload, target.get(), opened.handler());
  BOOST_REQUIRE_EQUAL(wait_for(opened).error(), error_code());
  host.daemon().freeze();
  transfer_outcome first;
  asio::async_write(upload, asio::buffer(much), first.handler());
  context.restart();
  context.run_for(std::chrono::milliseconds{100});
  auto const refused = error_of_write(upload);
  host.daemon().thaw();
  check_error(refused, client_errc::operation_in_progress, "An operation of this kind is in progress");
  BOOST_CHECK_EQUAL(wait_for(first).error(), error_code());
  BOOST_TEST(first.value() == much.size());
  BOOST_CHECK_EQUAL(error_of_finish(upload), error_code());
}

BOOST_AUTO_TEST_CASE(zero_length_buffers) {
  auto const source = volume(10);
  stream download{connection};
  stream upload{connection};
  BOOST_REQUIRE_EQUAL(error_of_download(download, source.get()), error_code());
  plain_outcome opened;
  libvirt_asio::async_open_upload(upload, source.get(), opened.handler());
  BOOST_REQUIRE_EQUAL(wait_for(opened).error(), error_code());
  transfer_outcome read;
  transfer_outcome written;
  download.async_read_some(asio::mutable_buffer(), read.handler());
  upload.async_write_some(std::array<asio::const_buffer, 2>{}, written.handler());
  BOOST_CHECK_EQUAL(wait_for(read).error(), error_code());
  BOOST_CHECK_EQUAL(wait_for(written).error(), error_code());
  BOOST_TEST(read.value() == 0U);
  BOOST_TEST(written.value() == 0U);
  error_code error = client_errc::not_open;
  BOOST_TEST(download.read_some(asio::mutable_buffer(), error) == 0U);
  BOOST_CHECK_EQUAL(error, error_code());
  transfer_outcome all;
  asio::async_read(download, some, all.handler());
  check_error(wait_for(all).error(), asio::error::eof);
  BOOST_TEST(all.value() == 10U);
}

BOOST_AUTO_TEST_CASE(a_connection_that_is_not_open) {
  check_error(error_of_call([](virConnectPtr) { return 0; }), client_errc::not_open, "Not open");
  outcome<close_reason> closed;
  connection.async_wait_closed(closed.handler());
  check_error(wait_for(closed).error(), client_errc::not_open);
  stream target{connection};
  check_error(error_of_download(target, nullptr), client_errc::not_open);
  BOOST_TEST((target.state() == stream_state::closed));
  plain_outcome closing;
  connection.async_close(closing.handler());
  BOOST_CHECK_EQUAL(wait_for(closing).error(), error_code());
}

BOOST_AUTO_TEST_CASE(a_connection_opened_twice) {
  plain_outcome first;
  plain_outcome second;
  plain_outcome third;
  connection.async_open(host.uri(), first.handler());
  connection.async_open(host.uri(), second.handler());
  check_error(wait_for(second).error(), client_errc::already_open, "Already open");
  BOOST_CHECK_EQUAL(wait_for(first).error(), error_code());
  connection.async_open(host.uri(), third.handler());
  check_error(wait_for(third).error(), client_errc::already_open);
  BOOST_TEST(connection.is_open());
}

// libvirt keeps the file open, so that the bytes are still there.
BOOST_AUTO_TEST_CASE(a_volume_removed_under_a_download_still_arrives_whole) {
  constexpr std::size_t size = std::size_t{32} << 20;
  auto const source = volume(size);
  stream download{connection};
  BOOST_REQUIRE_EQUAL(error_of_download(download, source.get()), error_code());
  std::vector<char> content(size + 1);
  transfer_outcome head;
  download.async_read_some(asio::buffer(content), head.handler());
  BOOST_CHECK_EQUAL(wait_for(head).error(), error_code());
  BOOST_CHECK_EQUAL(error_of_call([&](virConnectPtr) { return virStorageVolDelete(source.get(), 0); }),
                    error_code());
  BOOST_TEST(!std::filesystem::exists(file()));
  transfer_outcome rest;
  asio::async_read(download, asio::buffer(content) + head.value(), rest.handler());
  check_error(wait_for(rest).error(), asio::error::eof);
  BOOST_TEST(head.value() + rest.value() == size);
  BOOST_CHECK_EQUAL(error_of_finish(download), error_code());
}

BOOST_AUTO_TEST_CASE(a_volume_removed_before_a_download) {
  auto const source = volume(1000);
  stream download{connection};
  std::filesystem::remove(file());
  auto const error = error_of_download(download, source.get());
  check_error(error, errc::system_error,
              "Unable to open stream for '" + file().string() + "': No such file or directory");
  BOOST_TEST((download.state() == stream_state::closed));
}

struct no_event_loop {};

BOOST_FIXTURE_TEST_CASE(a_connection_without_an_event_loop, no_event_loop) {
  captured_stderr const printed;
  asio::io_context context;
  libvirt_asio::connection connection{context};
  plain_outcome opened;
  connection.async_open("test:///default", opened.handler());
  context.run();
  BOOST_REQUIRE(opened.ended());
  check_error(opened.error(), client_errc::no_event_loop, "No libvirt_asio::event_loop is alive");
  BOOST_TEST(printed.text() == "");
}

BOOST_AUTO_TEST_SUITE_END()

}  // namespace
