// Every operation is awaited by coroutines, stackless and stackful ones.

#include "token_sessions.hpp"

#include <boost/asio/as_tuple.hpp>
#include <boost/asio/redirect_error.hpp>
#include <boost/asio/spawn.hpp>
#include <boost/asio/use_awaitable.hpp>

#include <exception>
#include <functional>
#include <tuple>
#include <type_traits>

namespace {

using namespace asio_rules;

/// Runs a function that can wait by its yield context.
void run_stackful(session& s, std::function<void(asio::yield_context)> const& body) {
  bool ended = false;
  std::exception_ptr failure;
  asio::spawn(*s.context, body, [&](std::exception_ptr thrown) {
    failure = thrown;
    ended = true;
  });
  s.run_until([&] { return ended; });
  if (failure) std::rethrow_exception(failure);
}

}  // namespace

BOOST_AUTO_TEST_SUITE(coroutine_tokens)

ASIO_RULE(a_coroutine_awaits_it) {
  soon_session<Operation> s;
  run(s, [&]() -> asio::awaitable<void> { co_await Operation::start(s, asio::use_awaitable); });
}

ASIO_RULE(a_coroutine_throws_the_error) {
  refusing_session<Operation> s;
  error_code thrown;
  run(s, [&]() -> asio::awaitable<void> {
    try {
      co_await Operation::start(s, asio::use_awaitable);
    } catch (boost::system::system_error const& error) {
      thrown = error.code();
    }
  });
  check_refusal<Operation>(thrown);
}

ASIO_RULE(without_a_token_it_is_deferred) {
  soon_session<Operation> s;
  run(s, [&]() -> asio::awaitable<void> { co_await Operation::start(s); });
}

ASIO_RULE(a_yield_context_waits_for_it) {
  soon_session<Operation> s;
  run_stackful(s, [&](asio::yield_context yield) { Operation::start(s, yield); });
}

ASIO_RULE(a_yield_context_throws_or_gives_the_error) {
  refusing_session<Operation> s;
  error_code given;
  run_stackful(s, [&](asio::yield_context yield) { Operation::start(s, yield[given]); });
  check_refusal<Operation>(given);
}

ASIO_RULE(as_tuple_gives_the_error_as_a_value) {
  refusing_session<Operation> s;
  error_code given;
  run(s, [&]() -> asio::awaitable<void> {
    auto const values = co_await Operation::start(s, asio::as_tuple(asio::use_awaitable));
    using given_type = std::remove_const_t<decltype(values)>;
    static_assert(std::is_same_v<given_type, typename values_of<typename Operation::signature>::type>);
    given = std::get<0>(values);
  });
  check_refusal<Operation>(given);
}

ASIO_RULE(redirect_error_stores_the_error) {
  refusing_session<Operation> s;
  error_code given;
  run(s, [&]() -> asio::awaitable<void> {
    co_await Operation::start(s, asio::redirect_error(asio::use_awaitable, given));
  });
  check_refusal<Operation>(given);
}

BOOST_AUTO_TEST_SUITE_END()
