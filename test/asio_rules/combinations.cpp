// Operations beside others: by the operators of awaitables, and in parallel groups.

#include "token_sessions.hpp"

#include <boost/asio/deferred.hpp>
#include <boost/asio/experimental/awaitable_operators.hpp>
#include <boost/asio/steady_timer.hpp>
#include <boost/asio/use_awaitable.hpp>

#include <chrono>

namespace {

using namespace asio_rules;
using namespace asio::experimental::awaitable_operators;

constexpr std::chrono::milliseconds soon{5};

}  // namespace

BOOST_AUTO_TEST_SUITE(combinations)

ASIO_RULE(a_coroutine_awaits_it_and_another) {
  soon_session<Operation> s;
  asio::steady_timer timer{*s.context, std::chrono::seconds{0}};
  run(s, [&]() -> asio::awaitable<void> {
    co_await (Operation::start(s, asio::use_awaitable) && timer.async_wait(asio::use_awaitable));
  });
}

ASIO_RULE(a_timer_beats_it_in_a_coroutine) {
  session s;
  Operation::outstanding().front().enter(s);
  asio::steady_timer timer{*s.context, soon};
  run(s, [&]() -> asio::awaitable<void> {
    auto const first = co_await (Operation::start(s, asio::use_awaitable) || timer.async_wait(asio::use_awaitable));
    BOOST_TEST(first.index() == 1U);
  });
}

ASIO_RULE(a_timer_beats_it_in_a_parallel_group) {
  session s;
  Operation::outstanding().front().enter(s);
  asio::steady_timer timer{*s.context, soon};
  check_is_beaten<Operation>(s, timer.async_wait(asio::deferred));
}

BOOST_AUTO_TEST_SUITE_END()
