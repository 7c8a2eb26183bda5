// What becomes of a handler when something is destroyed while its operation is outstanding.

#include "rule.hpp"

#include <algorithm>
#include <string>

namespace {

using namespace asio_rules;

void destroy(session& s, char which) {
  if (which == 's') {
    s.stream.reset();
    s.blocker.reset();
    s.refreshes.reset();
  } else if (which == 'c') {
    s.connection.reset();
    s.other_connection.reset();
    s.connector.reset();
  } else if (which == 'l') {
    s.loop.reset();
  } else {
    s.context.reset();
  }
}

void check_order(operation const& tested, outstanding_state const& state, std::string const& order,
                 executor_is executor) {
  BOOST_TEST_CONTEXT("order " << order << " when " << state.name) {
    session s{loop_runs::with_operations, executor};
    outcome ended;
    start_outstanding(s, tested, state, ended.handler());
    BOOST_TEST(ended.handlers() == 1);
    for (char const which : order) {
      destroy(s, which);
      // Nothing that is left holds on to the handler.
      if (which == 'x') BOOST_TEST(ended.handlers() == 0);
    }
    BOOST_TEST(ended.calls() == 0);
  }
}

}  // namespace

BOOST_AUTO_TEST_SUITE(destruction)

ASIO_RULE_OF_TABLE(its_handler_is_destroyed_uncalled_in_every_order_of_destruction) {
  std::string order = "clsx";
  do {
    check_order(tested, tested.outstanding.front(), order, executor_is::context);
  } while (std::next_permutation(order.begin(), order.end()));
}

// But for those in which the daemon has something to answer: libvirtd 9.0 may crash when a client hangs up on it then.
ASIO_RULE_OF_TABLE(its_handler_is_destroyed_uncalled_in_each_state) {
  for (auto const& state : tested.outstanding)
    if (state.name != "the daemon does not answer")
      for (auto const* const order : {"sclx", "xlcs"}) check_order(tested, state, order, executor_is::context);
}

// A strand looks for its context when the last copy of it goes: AddressSanitizer sees whether that is still
// there. So no object with a strand may outlive the context; but the library still works for it on worker
// threads.
ASIO_RULE_OF_TABLE(its_handler_is_destroyed_uncalled_on_a_strand_when_the_context_goes_last) {
  std::string order = "cls";
  do {
    check_order(tested, tested.outstanding.front(), order + 'x', executor_is::strand);
  } while (std::next_permutation(order.begin(), order.end()));
}

ASIO_RULE_OF_TABLE(it_ends_with_an_error_when_its_object_is_destroyed_or_closed) {
  session s;
  outcome ended;
  start_outstanding(s, tested, ended.handler());
  if (tested.must_outlive)
    tested.close(s);
  else
    tested.destroy(s);
  BOOST_TEST(!ended.ended());
  s.run_until([&] { return ended.ended(); });
  s.poll();
  BOOST_TEST(ended.error().failed());
  BOOST_TEST(ended.calls() == 1);
  s.run_until([&] { return ended.handlers() == 0; });
}

ASIO_RULE_OF_TABLE(its_handler_is_destroyed_uncalled_when_it_has_completed_but_was_not_called) {
  session s;
  tested.refused(s);
  outcome ended;
  tested.start(s, ended.handler());
  s.loop.reset();
  s.context.reset();
  BOOST_TEST(ended.calls() == 0);
  BOOST_TEST(ended.handlers() == 0);
}

BOOST_AUTO_TEST_SUITE_END()
