// What the tests of completion tokens share.

#ifndef LIBVIRT_ASIO_TEST_ASIO_RULES_TOKEN_SESSIONS_HPP
#define LIBVIRT_ASIO_TEST_ASIO_RULES_TOKEN_SESSIONS_HPP

#include "rule.hpp"

#include <tuple>

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

/// What a handler of the signature is called with.
template <class Signature>
struct values_of;
template <class... Values>
struct values_of<void(Values...)> {
  using type = std::tuple<Values...>;
};

}  // namespace asio_rules

#endif
