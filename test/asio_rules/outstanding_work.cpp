// An operation that is outstanding keeps run() alive, on both executors, and no longer than that.

#include "rule.hpp"

#include <boost/asio/bind_cancellation_slot.hpp>
#include <boost/asio/bind_executor.hpp>
#include <boost/asio/cancellation_signal.hpp>
#include <boost/asio/io_context.hpp>

namespace {

using namespace asio_rules;

/// The state in which no other operation keeps the context alive, if there is one.
outstanding_state const& quietest_state(operation const& tested) {
  auto const& last = tested.outstanding.back();
  return last.name == "the daemon does not answer" ? last : tested.outstanding.front();
}

bool is_alive(asio::io_context& context) {
  context.restart();
  context.poll();
  return !context.stopped();
}

}  // namespace

BOOST_AUTO_TEST_SUITE(outstanding_work)

ASIO_RULE_OF_TABLE(it_keeps_the_objects_context_alive_as_long_as_it_is_outstanding) {
  session s(loop_runs::apart);
  auto const& state = quietest_state(tested);
  state.enter(s);
  s.poll();
  // Operations that wait for another one are not alone.
  bool const is_alone = !is_alive(*s.context);
  auto& context = tested.name == "event_loop_async_drain" ? *s.loop_context : *s.context;
  asio::cancellation_signal signal;
  outcome ended;
  tested.start(s, asio::bind_cancellation_slot(signal.slot(), ended.handler()));
  reach(s, state);
  BOOST_TEST(is_alive(context));
  signal.emit(terminal);
  check_ends(s, ended, asio::error::operation_aborted);
  // What a whole stream leaves behind is the abort, for which the daemon must answer.
  if (tested.must_outlive) s.release();
  if (is_alone) BOOST_TEST(s.run_returns());
}

ASIO_RULE_OF_TABLE(it_keeps_the_handlers_context_alive_as_long_as_it_is_outstanding) {
  session s;
  asio::io_context other;
  asio::cancellation_signal signal;
  outcome ended;
  start_outstanding(s, tested,
                    asio::bind_executor(other, asio::bind_cancellation_slot(signal.slot(), ended.handler())));
  BOOST_TEST(is_alive(other));
  signal.emit(terminal);
  s.run_until([&] { return !is_alive(other); });
  BOOST_TEST(ended.calls() == 1);
}

ASIO_RULE_OF_TABLE(run_returns_when_it_has_completed) {
  session s(loop_runs::apart);
  tested.soon(s);
  outcome ended;
  tested.start(s, ended.handler());
  check_ends(s, ended);
  BOOST_TEST(s.run_returns());
}

BOOST_AUTO_TEST_SUITE_END()
