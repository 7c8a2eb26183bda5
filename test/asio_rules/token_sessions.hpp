// What the tests of completion tokens share.

#ifndef LIBVIRT_ASIO_TEST_ASIO_RULES_TOKEN_SESSIONS_HPP
#define LIBVIRT_ASIO_TEST_ASIO_RULES_TOKEN_SESSIONS_HPP

#include "rule.hpp"

#include <boost/asio/deferred.hpp>
#include <boost/asio/experimental/parallel_group.hpp>

#include <array>
#include <cstddef>
#include <tuple>
#include <utility>

namespace asio_rules {

/// A session in which an operation completes soon, without an error.
template <class Operation>
struct soon_session : session {
  soon_session() { Operation::soon(*this); }
};

/// A session in which an operation is refused.
template <class Operation>
struct refusing_session : session {
  refusing_session() { Operation::refused(*this); }
};

/// Checks that an operation throws what it is refused with, if that is an error.
template <class Operation>
void check_refusal(error_code thrown) {
  BOOST_TEST(thrown == Operation::refusal);
}

/// Checks that another operation, given as a deferred one, ends before it and cancels it in a parallel group.
template <class Operation, class Other>
void check_is_beaten(session& s, Other other) {
  outcome ended;
  std::size_t first = 0;
  auto const handler = [&](std::array<std::size_t, 2> order, error_code error, auto const&...) {
    first = order[0];
    ended.handler()(error);
  };
  asio::experimental::make_parallel_group(Operation::start(s, asio::deferred), std::move(other))
      .async_wait(asio::experimental::wait_for_one(), handler);
  check_ends(s, ended, asio::error::operation_aborted);
  BOOST_TEST(first == 1U);
}

/// What a handler of the signature is called with.
template <class Signature>
struct values_of;
template <class... Values>
struct values_of<void(Values...)> {
  using type = std::tuple<Values...>;
};

}  // namespace asio_rules

#endif
