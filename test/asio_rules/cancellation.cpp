// Cancellation ends an operation where its documentation says so, and nowhere else.

#include "rule.hpp"

#include <boost/asio/bind_cancellation_slot.hpp>
#include <boost/asio/cancellation_signal.hpp>

#include <array>
#include <memory>
#include <string_view>

namespace {

using namespace asio_rules;

constexpr error_code aborted() {
  return asio::error::operation_aborted;
}

struct named_type {
  cancellation_type type;
  std::string_view name;
};
constexpr std::array cancellation_types{named_type{terminal, "terminal"}, named_type{partial, "partial"},
                                        named_type{total, "total"}};

/// An operation that can be cancelled. Its handler may outlive it.
struct cancellable {
  outcome ended;
  std::shared_ptr<asio::cancellation_signal> signal = std::make_shared<asio::cancellation_signal>();

  auto handler() const {
    return asio::bind_cancellation_slot(signal->slot(),
                                        [signal = signal, inner = ended.handler()](error_code error) { inner(error); });
  }
};

/// Cancels an operation in a state, and checks that that ends it if it should.
void check_cancellation(operation const& tested, outstanding_state const& state, cancellation_type type) {
  session s;
  cancellable started;
  start_outstanding(s, tested, state, started.handler());
  BOOST_TEST_REQUIRE(!started.ended.ended());
  started.signal->emit(type);
  BOOST_TEST(!started.ended.ended());
  if ((state.ended_by & type) == cancellation_type::none) {
    s.poll();
    BOOST_TEST(!started.ended.ended());
    started.signal->emit(terminal);
  }
  check_ends(s, started.ended, aborted());
}

}  // namespace

BOOST_AUTO_TEST_SUITE(cancellation)

ASIO_RULE_OF_TABLE(each_type_ends_it_as_documented_in_each_state) {
  for (auto const& state : tested.outstanding)
    for (auto const [type, name] : cancellation_types)
      BOOST_TEST_CONTEXT(name << " cancellation when " << state.name) check_cancellation(tested, state, type);
}

ASIO_RULE_OF_TABLE(a_cancellation_before_it_has_begun_ends_it) {
  session s;
  cancellable started;
  tested.outstanding.front().enter(s);
  tested.start(s, started.handler());
  started.signal->emit(terminal);
  check_ends(s, started.ended, aborted());
}

ASIO_RULE_OF_TABLE(a_second_cancellation_does_nothing) {
  session s;
  cancellable started;
  start_outstanding(s, tested, started.handler());
  started.signal->emit(terminal);
  started.signal->emit(terminal);
  check_ends(s, started.ended, aborted());
  started.signal->emit(terminal);
  s.poll();
  BOOST_TEST(started.ended.calls() == 1);
}

ASIO_RULE_OF_TABLE(the_signal_of_a_completed_operation_reaches_no_other) {
  session s;
  // Often, as what tells one from another may be alike by chance.
  for (int i = 0; i != 10; ++i) {
    cancellable completed;
    tested.soon(s);
    tested.start(s, completed.handler());
    s.run_until([&] { return completed.ended.ended(); });
    s.renew();
    cancellable next;
    start_outstanding(s, tested, next.handler());
    completed.signal->emit(asio::cancellation_type::all);
    s.poll();
    BOOST_TEST_REQUIRE(!next.ended.ended());
    next.signal->emit(terminal);
    check_ends(s, next.ended, aborted());
    s.renew();
  }
}

ASIO_RULE_OF_TABLE(the_signal_of_a_cancelled_operation_reaches_no_other) {
  session s;
  cancellable first;
  start_outstanding(s, tested, first.handler());
  first.signal->emit(terminal);
  check_ends(s, first.ended, aborted());
  cancellable next;
  tested.start(s, next.handler());
  s.poll();
  // After some operations there can be none of the same kind.
  if (next.ended.ended()) return;
  first.signal->emit(asio::cancellation_type::all);
  s.poll();
  BOOST_TEST(!next.ended.ended());
}

ASIO_RULE_OF_TABLE(of_two_at_a_time_only_the_one_that_is_meant_is_cancelled) {
  session s;
  cancellable first;
  cancellable second;
  start_outstanding(s, tested, first.handler());
  tested.start(s, second.handler());
  s.poll();
  bool const are_two = !second.ended.ended();
  first.signal->emit(terminal);
  check_ends(s, first.ended, aborted());
  if (!are_two) return;
  BOOST_TEST(!second.ended.ended());
  second.signal->emit(terminal);
  check_ends(s, second.ended, aborted());
}

BOOST_AUTO_TEST_SUITE_END()
