#include "rule.hpp"

#include <boost/asio/co_spawn.hpp>

#include <exception>

namespace asio_rules {

void check_ends(session& s, outcome const& ended, error_code expected) {
  s.run_until([&] { return ended.ended(); });
  s.poll();
  BOOST_TEST(ended.error() == expected);
  BOOST_TEST(ended.calls() == 1);
}

void reach(session& s, outstanding_state const& state) {
  s.run_until([&] { return state.reached(s); });
  s.poll();
}

void start_outstanding(session& s, operation const& started, outstanding_state const& state, any_handler handler) {
  state.enter(s);
  started.start(s, std::move(handler));
  reach(s, state);
}

void start_outstanding(session& s, operation const& started, any_handler handler) {
  start_outstanding(s, started, started.outstanding.front(), std::move(handler));
}

void run(session& s, std::function<asio::awaitable<void>()> const& coroutine) {
  // Not on the stack: a coroutine that hangs ends with the context.
  auto const ended = std::make_shared<bool>(false);
  auto const failure = std::make_shared<std::exception_ptr>();
  asio::co_spawn(*s.context, coroutine, [ended, failure](std::exception_ptr thrown) {
    *failure = thrown;
    *ended = true;
  });
  s.run_until([&] { return *ended; });
  if (*failure) std::rethrow_exception(*failure);
}

}  // namespace asio_rules
