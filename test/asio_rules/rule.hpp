// What the rules share: ways to start an operation and to see how it ended.

#ifndef LIBVIRT_ASIO_TEST_ASIO_RULES_RULE_HPP
#define LIBVIRT_ASIO_TEST_ASIO_RULES_RULE_HPP

#include "table.hpp"

#include <boost/asio/awaitable.hpp>
#include <boost/asio/error.hpp>
#include <boost/test/unit_test.hpp>

#include <functional>
#include <memory>
#include <tuple>
#include <utility>

/// A rule, as a test of each operation.
#define ASIO_RULE(name) BOOST_AUTO_TEST_CASE_TEMPLATE(name, Operation, asio_rules::operations)

namespace asio_rules {

/// How an operation ended, or that it has not yet. Its handlers may outlive it.
class outcome {
 public:
  auto handler() const {
    return [state = state_](error_code error, auto const&...) {
      ++state->calls;
      state->error = error;
    };
  }

  [[nodiscard]] int calls() const { return state_->calls; }
  [[nodiscard]] bool ended() const { return calls() != 0; }
  [[nodiscard]] error_code error() const { return state_->error; }
  /// Handlers that are not destroyed yet.
  [[nodiscard]] long handlers() const { return state_.use_count() - 1; }

 private:
  struct state {
    int calls = 0;
    error_code error;
  };
  std::shared_ptr<state> state_ = std::make_shared<state>();
};

/// Checks that an operation ends with this error, and its handler is called no more than once.
void check_ends(session& s, outcome const& ended, error_code expected = {});

/// Waits until an operation that was started is where its state says.
void reach(session& s, outstanding_state const& state);

/// Starts an operation that stays outstanding, in its first state.
template <class Operation, class Token>
void start_outstanding(session& s, Token&& token) {
  auto const state = Operation::outstanding().front();
  state.enter(s);
  Operation::start(s, std::forward<Token>(token));
  reach(s, state);
}

void start_outstanding(session& s, operation const& started, any_handler handler);
void start_outstanding(session& s, operation const& started, outstanding_state const& state, any_handler handler);

/// Runs a coroutine on the session's context.
void run(session& s, std::function<asio::awaitable<void>()> const& coroutine);

}  // namespace asio_rules

#endif
