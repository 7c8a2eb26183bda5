// Copyright (c) 2026 The libvirt-asio authors
// Distributed under the Boost Software License, Version 1.0.

#include <libvirt-asio/connection.hpp>
#include <libvirt-asio/open.hpp>
#include <libvirt-asio/transfer.hpp>

#include "unit/support/print.hpp"

#include <boost/asio/io_context.hpp>
#include <boost/asio/version.hpp>
#if BOOST_ASIO_VERSION >= 103100
#include <boost/asio/cancel_after.hpp>
#endif
#include <boost/test/unit_test.hpp>

#include <chrono>
#include <concepts>
#include <optional>

namespace unit {

/// A completion token that starts nothing, and tells the executor of the initiation.
struct initiation_executor_t {};
constexpr initiation_executor_t initiation_executor;

}  // namespace unit

template <class Signature>
struct boost::asio::async_result<unit::initiation_executor_t, Signature> {
  template <class Initiation, class... Args>
  static auto initiate(Initiation const& initiation, unit::initiation_executor_t, Args&&...) {
    static_assert(std::same_as<typename Initiation::executor_type, std::decay_t<decltype(initiation.get_executor())>>);
    return initiation.get_executor();
  }
};

namespace {

namespace asio = boost::asio;
using libvirt_asio::byte_range;
using libvirt_asio::client_errc;
using libvirt_asio::download_options;
using libvirt_asio::error_code;
using libvirt_asio::upload_options;
using unit::initiation_executor;

/// A connection and a stream that are not open: what is started on them completes, with that error.
struct closed_objects {
  /// A completion handler.
  auto handler() {
    return [this](error_code error, auto const&...) { completed = error; };
  }

  void check_completed() {
    context.restart();
    context.run();
    BOOST_REQUIRE(completed.has_value());
    BOOST_TEST(*completed == client_errc::not_open);
    completed.reset();
  }

  /// Runs a deferred operation.
  template <class Operation>
  void run(Operation operation) {
    std::move(operation)(handler());
    check_completed();
  }

  asio::io_context context{1};
  libvirt_asio::connection connection{context};
  libvirt_asio::stream stream{connection};
  std::optional<error_code> completed;
};

byte_range constexpr some{.offset = 1, .length = 2};

auto const sink = [](asio::const_buffer) {};
auto const hole_sink = [](std::uint64_t) {};
auto const source = [](asio::mutable_buffer) { return std::size_t{1}; };
auto const sections = [] { return libvirt_asio::section{.hole = false, .length = 1}; };
auto const skip = [](std::uint64_t) {};

BOOST_FIXTURE_TEST_SUITE(volume_operations_test, closed_objects)

BOOST_AUTO_TEST_CASE(a_download_is_opened_with_a_range_options_or_neither) {
  libvirt_asio::async_open_download(stream, nullptr, handler());
  check_completed();
  libvirt_asio::async_open_download(stream, nullptr, some, handler());
  check_completed();
  libvirt_asio::async_open_download(stream, nullptr, byte_range{.offset = 1}, handler());
  check_completed();
  libvirt_asio::async_open_download(stream, nullptr, download_options{.range = some, .sparse = true}, handler());
  check_completed();
  libvirt_asio::async_open_download(stream, nullptr, {.sparse = true, .flags = 0}, handler());
  check_completed();
  libvirt_asio::async_open_download(stream, nullptr, {}, handler());
  check_completed();
}

BOOST_AUTO_TEST_CASE(a_download_is_opened_without_a_token) {
  run(libvirt_asio::async_open_download(stream, nullptr));
  run(libvirt_asio::async_open_download(stream, nullptr, some));
  download_options const options{.sparse = true};
  run(libvirt_asio::async_open_download(stream, nullptr, options));
}

BOOST_AUTO_TEST_CASE(an_upload_is_opened_with_a_range_options_or_neither) {
  libvirt_asio::async_open_upload(stream, nullptr, handler());
  check_completed();
  libvirt_asio::async_open_upload(stream, nullptr, some, handler());
  check_completed();
  libvirt_asio::async_open_upload(stream, nullptr, upload_options{.range = some, .sparse = true}, handler());
  check_completed();
  libvirt_asio::async_open_upload(stream, nullptr, {.sparse = true, .flags = 0}, handler());
  check_completed();
  libvirt_asio::async_open_upload(stream, nullptr, {}, handler());
  check_completed();
}

BOOST_AUTO_TEST_CASE(an_upload_is_opened_without_a_token) {
  run(libvirt_asio::async_open_upload(stream, nullptr));
  run(libvirt_asio::async_open_upload(stream, nullptr, some));
  upload_options const options{.sparse = true};
  run(libvirt_asio::async_open_upload(stream, nullptr, options));
}

BOOST_AUTO_TEST_CASE(initiations_have_the_executor_of_their_object) {
  using namespace libvirt_asio;
  auto const check = [this](auto const& executor) { BOOST_CHECK(executor == context.get_executor()); };
  check(async_open_screenshot(stream, nullptr, initiation_executor));
  check(async_recv_all(stream, sink, initiation_executor));
  check(async_sparse_recv_all(stream, sink, hole_sink, initiation_executor));
  check(async_send_all(stream, source, initiation_executor));
  check(async_sparse_send_all(stream, source, sections, skip, initiation_executor));
  check(async_download(connection, nullptr, "file", initiation_executor));
  check(async_upload(connection, "file", nullptr, initiation_executor));
}

#if BOOST_ASIO_VERSION >= 103100
BOOST_AUTO_TEST_CASE(every_operation_can_be_given_a_time_limit) {
  using namespace libvirt_asio;
  auto const limited = [this] { return asio::cancel_after(std::chrono::hours(1), handler()); };
  async_open_screenshot(stream, nullptr, limited());
  check_completed();
  async_recv_all(stream, sink, limited());
  check_completed();
  async_sparse_recv_all(stream, sink, hole_sink, limited());
  check_completed();
  async_send_all(stream, source, limited());
  check_completed();
  async_sparse_send_all(stream, source, sections, skip, limited());
  check_completed();
  async_download(connection, nullptr, "file", limited());
  check_completed();
}
#endif

BOOST_AUTO_TEST_SUITE_END()

}  // namespace
