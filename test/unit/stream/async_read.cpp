// Copyright (c) 2026 The libvirt-asio authors
// Distributed under the Boost Software License, Version 1.0.

// asio::async_read and asio::async_write with a completion token, a completion condition, both, or neither.

#include <libvirt-asio/libvirt-asio.hpp>

#include "unit/support/print.hpp"

#include <boost/asio/as_tuple.hpp>
#include <boost/asio/awaitable.hpp>
#include <boost/asio/buffer.hpp>
#include <boost/asio/co_spawn.hpp>
#include <boost/asio/completion_condition.hpp>
#include <boost/asio/deferred.hpp>
#include <boost/asio/detached.hpp>
#include <boost/asio/io_context.hpp>
#include <boost/asio/read.hpp>
#include <boost/asio/streambuf.hpp>
#include <boost/asio/use_awaitable.hpp>
#include <boost/asio/write.hpp>
#include <boost/test/unit_test.hpp>

#include <cstddef>
#include <optional>
#include <string>
#include <type_traits>
#include <utility>

namespace {

namespace asio = boost::asio;
using libvirt_asio::client_errc;
using libvirt_asio::error_code;

/// A stream that was never opened: each operation completes, with `not_open`.
struct async_read_fixture {
  asio::io_context context;
  libvirt_asio::event_loop loop{context};
  libvirt_asio::connection connection{context};
  libvirt_asio::stream stream{connection};
  std::string text = "text";
  asio::mutable_buffer buffer = asio::buffer(text);

  std::optional<error_code> error;

  /// A completion handler that returns something, as Asio allows.
  template <class Result>
  auto handler() {
    return [this](error_code completed_with, std::size_t) {
      error = completed_with;
      return Result();
    };
  }

  void check_completes() {
    context.restart();
    context.run();
    BOOST_REQUIRE(error.has_value());
    BOOST_TEST(*error == client_errc::not_open);
    error.reset();
  }

  /// Checks an operation that was initiated without a completion token.
  template <class Operation>
  void check_is_operation(Operation operation) {
    std::move(operation)(handler<void>());
    check_completes();
  }
};

auto const condition_of_size = [](error_code, std::size_t) { return std::size_t{0}; };
auto const condition_of_bool = [](error_code, std::size_t) { return true; };

}  // namespace

BOOST_FIXTURE_TEST_SUITE(async_read_test, async_read_fixture)

BOOST_AUTO_TEST_CASE(a_handler_that_returns_an_int_is_called) {
  asio::async_read(stream, buffer, handler<int>());
  check_completes();
  asio::async_write(stream, buffer, handler<int>());
  check_completes();
}

BOOST_AUTO_TEST_CASE(a_handler_that_returns_an_int_is_called_for_a_dynamic_buffer) {
  asio::async_read(stream, asio::dynamic_buffer(text), handler<int>());
  check_completes();
  asio::async_write(stream, asio::dynamic_buffer(text), handler<int>());
  check_completes();
}

BOOST_AUTO_TEST_CASE(a_handler_that_returns_an_int_is_called_for_a_streambuf) {
  asio::streambuf streambuf;
  asio::async_read(stream, streambuf, handler<int>());
  check_completes();
  // An empty one would succeed.
  streambuf.commit(1);
  asio::async_write(stream, streambuf, handler<int>());
  check_completes();
}

BOOST_AUTO_TEST_CASE(a_function_that_returns_a_bool_or_size_is_a_condition) {
  check_is_operation(asio::async_read(stream, buffer, condition_of_bool));
  check_is_operation(asio::async_write(stream, buffer, condition_of_bool));
}

BOOST_AUTO_TEST_CASE(a_condition_can_be_given_without_a_token) {
  check_is_operation(asio::async_read(stream, buffer, asio::transfer_at_least(1)));
  check_is_operation(asio::async_write(stream, buffer, asio::transfer_at_least(1)));
}

BOOST_AUTO_TEST_CASE(a_condition_can_be_given_without_a_token_for_a_dynamic_buffer) {
  check_is_operation(asio::async_read(stream, asio::dynamic_buffer(text, 100), asio::transfer_at_least(1)));
  check_is_operation(asio::async_write(stream, asio::dynamic_buffer(text), asio::transfer_at_least(1)));
}

BOOST_AUTO_TEST_CASE(a_condition_can_be_given_without_a_token_for_a_streambuf) {
  asio::streambuf streambuf;
  check_is_operation(asio::async_read(stream, streambuf, asio::transfer_at_least(1)));
  streambuf.commit(1);
  check_is_operation(asio::async_write(stream, streambuf, asio::transfer_at_least(1)));
}

BOOST_AUTO_TEST_CASE(neither_token_nor_condition_is_needed) {
  check_is_operation(asio::async_read(stream, buffer));
  check_is_operation(asio::async_write(stream, buffer));
}

BOOST_AUTO_TEST_CASE(token_and_condition_can_be_given_together) {
  asio::async_read(stream, buffer, asio::transfer_at_least(1), handler<void>());
  check_completes();
  asio::async_write(stream, buffer, asio::transfer_at_least(1), handler<void>());
  check_completes();
}

BOOST_AUTO_TEST_CASE(a_condition_that_wants_nothing_ends_the_operation) {
  asio::async_read(stream, buffer, condition_of_size, [&](error_code completed_with, std::size_t) {
    error = completed_with;
  });
  context.run();
  BOOST_REQUIRE(error.has_value());
  // Reading nothing from a stream that is not open is an error, too.
  BOOST_TEST((*error == libvirt_asio::client_errc::not_open));
}

BOOST_AUTO_TEST_CASE(awaitable_tokens_work) {
  auto const body = [&]() -> asio::awaitable<void> {
    auto const [read, received] = co_await asio::async_read(stream, buffer, asio::as_tuple(asio::use_awaitable));
    BOOST_TEST(read == client_errc::not_open);
    auto const [written, sent] = co_await asio::async_write(stream, buffer, asio::as_tuple(asio::use_awaitable));
    BOOST_TEST(written == client_errc::not_open);
    error = written;
  };
  asio::co_spawn(context, body, asio::detached);
  check_completes();
}

BOOST_AUTO_TEST_SUITE_END()
