// The completion tokens that Boost 1.86 and newer have.

#include "inline_executor.hpp"
#include "token_sessions.hpp"

#include <boost/asio/version.hpp>

#if BOOST_ASIO_VERSION >= 103100

#include <boost/asio/as_tuple.hpp>
#include <boost/asio/bind_immediate_executor.hpp>
#include <boost/asio/cancel_after.hpp>
#include <boost/asio/cancel_at.hpp>
#include <boost/asio/co_composed.hpp>
#include <boost/asio/deferred.hpp>
#include <boost/asio/experimental/promise.hpp>
#include <boost/asio/experimental/use_promise.hpp>
#include <boost/asio/immediate.hpp>
#include <boost/asio/redirect_error.hpp>
#include <boost/asio/steady_timer.hpp>
#include <boost/mp11/algorithm.hpp>

#include <chrono>
#include <functional>
#include <tuple>
#include <type_traits>
#include <utility>

using namespace asio_rules;

// GCC 14 takes the memory of a coroutine of `co_composed`, which Boost aligns by itself, for that of a plain new.
#pragma GCC diagnostic ignored "-Wmismatched-new-delete"

namespace {

constexpr std::chrono::milliseconds soon{5};

/// An operation composed of one, by a coroutine.
template <class Operation, class Token>
auto async_composed(session& s, Token&& token) {
  return asio::async_initiate<Token, void(error_code)>(
      asio::co_composed<void(error_code)>(
          [](auto state, session& started_on) -> void {
            state.throw_if_cancelled(false);
            auto const values = co_await Operation::start(started_on, asio::as_tuple(asio::deferred));
            co_return {std::get<0>(values)};
          },
          s.context->get_executor()),
      token, std::ref(s));
}

// A promise that is cancelled makes the results by itself.
template <class Operation>
using has_default_results = std::is_default_constructible<typename values_of<typename Operation::signature>::type>;
using operations_for_promises = boost::mp11::mp_copy_if<operations, has_default_results>;

}  // namespace

BOOST_AUTO_TEST_SUITE(newer_tokens)

ASIO_RULE(cancel_after_ends_it) {
  session s;
  Operation::outstanding().front().enter(s);
  outcome ended;
  Operation::start(s, asio::cancel_after(soon, ended.handler()));
  check_ends(s, ended, asio::error::operation_aborted);
}

ASIO_RULE(cancel_after_by_a_timer_ends_it) {
  session s;
  Operation::outstanding().front().enter(s);
  outcome ended;
  asio::steady_timer timer{*s.context};
  Operation::start(s, asio::cancel_after(timer, soon, ended.handler()));
  check_ends(s, ended, asio::error::operation_aborted);
}

ASIO_RULE(cancel_after_lets_it_complete) {
  soon_session<Operation> s;
  outcome ended;
  Operation::start(s, asio::cancel_after(std::chrono::hours{1}, ended.handler()));
  check_ends(s, ended);
}

ASIO_RULE(cancel_at_ends_it) {
  session s;
  Operation::outstanding().front().enter(s);
  outcome ended;
  Operation::start(s, asio::cancel_at(std::chrono::steady_clock::now() + soon, ended.handler()));
  check_ends(s, ended, asio::error::operation_aborted);
}

ASIO_RULE(cancel_after_needs_no_token) {
  session s;
  Operation::outstanding().front().enter(s);
  error_code given;
  run(s, [&]() -> asio::awaitable<void> {
    try {
      co_await Operation::start(s, asio::cancel_after(soon));
    } catch (boost::system::system_error const& thrown) {
      given = thrown.code();
    }
  });
  BOOST_TEST(given == error_code(asio::error::operation_aborted));
}

ASIO_RULE(an_immediate_operation_beats_it_in_a_parallel_group) {
  session s;
  Operation::outstanding().front().enter(s);
  check_is_beaten<Operation>(s, asio::async_immediate(s.context->get_executor(), asio::deferred));
}

ASIO_RULE(as_tuple_needs_no_token) {
  refusing_session<Operation> s;
  error_code given;
  run(s, [&]() -> asio::awaitable<void> { given = std::get<0>(co_await Operation::start(s, asio::as_tuple)); });
  check_refusal<Operation>(given);
}

ASIO_RULE(redirect_error_needs_no_token) {
  refusing_session<Operation> s;
  error_code given;
  run(s, [&]() -> asio::awaitable<void> { co_await Operation::start(s, asio::redirect_error(given)); });
  check_refusal<Operation>(given);
}

ASIO_RULE(a_refusal_is_submitted_once_to_the_immediate_executor_or_never_as_documented) {
  refusing_session<Operation> s;
  inline_executor const executor;
  outcome ended;
  bool on_executor = false;
  Operation::start(s, asio::bind_immediate_executor(
                          executor, [&, inner = ended.handler()](error_code error, auto const&...) {
                            on_executor = executor.running();
                            inner(error);
                          }));
  BOOST_TEST(ended.ended() == Operation::completes_immediately);
  check_ends(s, ended, Operation::refusal);
  BOOST_TEST(on_executor == Operation::completes_immediately);
  BOOST_TEST(executor.executed() == (Operation::completes_immediately ? 1 : 0));
}

BOOST_AUTO_TEST_CASE_TEMPLATE(a_promise_is_waited_for_later, Operation, operations_for_promises) {
  soon_session<Operation> s;
  auto promise = Operation::start(s, asio::experimental::use_promise);
  outcome ended;
  std::move(promise)(ended.handler());
  check_ends(s, ended);
}

ASIO_RULE(co_composed_awaits_it) {
  soon_session<Operation> s;
  outcome ended;
  async_composed<Operation>(s, ended.handler());
  check_ends(s, ended);
}

BOOST_AUTO_TEST_SUITE_END()

#endif
