// Copyright (c) 2026 The libvirt-asio authors
// Distributed under the Boost Software License, Version 1.0.

#include "connection/connection_machine.hpp"

#include "unit/support/print.hpp"

#include <boost/asio/error.hpp>
#include <boost/test/unit_test.hpp>

#include <optional>

namespace {

namespace asio = boost::asio;
using libvirt_asio::client_errc;
using libvirt_asio::close_reason;
using libvirt_asio::errc;
using libvirt_asio::error_code;
using libvirt_asio::detail::connection_machine;
using libvirt_asio::detail::operation_id;

using actions = connection_machine::actions;
using state = connection_machine::state;

constexpr operation_id open_id = 1, wait_id = 2, close_id = 3, other_close_id = 4, finished_id = 5;
constexpr auto aborted = asio::error::operation_aborted;

/// A machine, and what each function wants to be done as its result.
struct fixture {
  template <class Function>
  static actions collected(Function function) {
    actions to_do;
    function(to_do);
    return to_do;
  }

  actions opened(connection_machine::opening_number number, error_code error = {}) {
    return collected([&](actions& to_do) { is_wanted = machine.opened(number, error, to_do); });
  }
  actions lost(connection_machine::opening_number number, close_reason reason = close_reason::eof) {
    return collected([&](actions& to_do) { machine.lost(number, reason, to_do); });
  }
  actions close_callback_registered(connection_machine::opening_number number, error_code error) {
    return collected([&](actions& to_do) { machine.close_callback_registered(number, error, to_do); });
  }
  actions start_close(operation_id id) {
    return collected([&](actions& to_do) { at_once = machine.start_close(id, to_do); });
  }
  actions native_closed(connection_machine::opening_number number) {
    return collected([&](actions& to_do) { machine.native_closed(number, to_do); });
  }
  actions close() {
    return collected([&](actions& to_do) { machine.close(to_do); });
  }
  actions cancel(operation_id id, bool started_too = true) {
    return collected([&](actions& to_do) { machine.cancel(id, started_too, to_do); });
  }
  actions cancel_all() {
    return collected([&](actions& to_do) { machine.cancel_all(to_do); });
  }

  // Brings the machine into a state.
  void be_opening() { BOOST_TEST_REQUIRE(!machine.start_open(open_id)); }
  void be_open() {
    be_opening();
    opened(machine.opening());
    BOOST_TEST_REQUIRE((machine.current() == state::open));
  }
  void be_lost() {
    be_open();
    lost(machine.opening());
    BOOST_TEST_REQUIRE((machine.current() == state::lost));
  }
  void be_closing() {
    be_open();
    start_close(close_id);
    BOOST_TEST_REQUIRE((machine.current() == state::closing));
  }
  void start_wait() { BOOST_TEST_REQUIRE(!machine.start_wait_closed(wait_id)); }

  connection_machine machine;
  /// What `opened` and `start_close` have returned last.
  bool is_wanted = false;
  std::optional<error_code> at_once;
};

bool does_nothing_but_complete(actions const& done) {
  return !done.cut_off_opening && !done.tell_streams && !done.end_streams_and_calls && !done.let_go &&
         !done.cut_off_closing;
}

bool does_nothing(actions const& done) {
  return done.complete.empty() && does_nothing_but_complete(done);
}

bool completes(actions const& done, operation_id id, error_code error,
               close_reason reason = close_reason::client) {
  for (auto const& each : done.complete)
    if (each.id == id) return each.error == error && each.reason == reason;
  return false;
}

bool is(std::optional<connection_machine::ended_operation> const& answer, error_code error,
        close_reason reason = close_reason::client) {
  return answer && answer->id == wait_id && answer->error == error && answer->reason == reason;
}

}  // namespace

BOOST_FIXTURE_TEST_SUITE(connection_machine_test, fixture)

// --- Opening -----------------------------------------------------------------------------------------------

BOOST_AUTO_TEST_CASE(a_new_connection_is_closed) {
  BOOST_TEST((machine.current() == state::closed));
  BOOST_TEST(!machine.has_native());
}

BOOST_AUTO_TEST_CASE(a_connection_that_was_opened_is_open) {
  be_opening();
  BOOST_TEST(!machine.has_native());
  auto const done = opened(machine.opening());
  BOOST_TEST(is_wanted);
  BOOST_TEST(completes(done, open_id, {}));
  BOOST_TEST(does_nothing_but_complete(done));
  BOOST_TEST((machine.current() == state::open));
  BOOST_TEST(machine.has_native());
}

BOOST_AUTO_TEST_CASE(an_opening_that_failed_leaves_the_connection_closed) {
  be_opening();
  auto const done = opened(machine.opening(), errc::rpc);
  BOOST_TEST(!is_wanted);
  BOOST_TEST(completes(done, open_id, errc::rpc));
  BOOST_TEST((machine.current() == state::closed));
  be_open();
}

BOOST_AUTO_TEST_CASE(only_a_closed_connection_is_opened) {
  be_opening();
  BOOST_TEST((machine.start_open(finished_id) == error_code(client_errc::already_open)));
  opened(machine.opening());
  BOOST_TEST((machine.start_open(finished_id) == error_code(client_errc::already_open)));
  lost(machine.opening());
  BOOST_TEST((machine.start_open(finished_id) == error_code(client_errc::already_open)));
  start_close(close_id);
  BOOST_TEST((machine.start_open(finished_id) == error_code(client_errc::already_open)));
  BOOST_TEST((machine.current() == state::closing));
}

BOOST_AUTO_TEST_CASE(an_opening_that_is_refused_leaves_the_one_under_way_alone) {
  be_opening();
  auto const number = machine.opening();
  static_cast<void>(machine.start_open(finished_id));
  BOOST_TEST(machine.opening() == number);
  BOOST_TEST(completes(opened(number), open_id, {}));
}

BOOST_AUTO_TEST_CASE(what_comes_of_an_opening_given_up_is_not_wanted) {
  be_opening();
  auto const given_up = machine.opening();
  close();
  BOOST_TEST(does_nothing(opened(given_up)));
  BOOST_TEST(!is_wanted);
  be_opening();
  BOOST_TEST(does_nothing(opened(given_up)));
  BOOST_TEST(!is_wanted);
  BOOST_TEST((machine.current() == state::opening));
}

BOOST_AUTO_TEST_CASE(a_late_failure_of_an_opening_given_up_does_not_end_the_next) {
  be_opening();
  auto const given_up = machine.opening();
  close();
  be_opening();
  BOOST_TEST(does_nothing(opened(given_up, errc::rpc)));
  BOOST_TEST((machine.current() == state::opening));
}

BOOST_AUTO_TEST_CASE(an_adopted_connection_is_open) {
  machine.adopted();
  BOOST_TEST((machine.current() == state::open));
  BOOST_TEST(machine.has_native());
  start_wait();
  BOOST_TEST(completes(lost(machine.opening()), wait_id, {}, close_reason::eof));
}

// --- Losing ------------------------------------------------------------------------------------------------

BOOST_AUTO_TEST_CASE(a_loss_ends_the_wait_for_it_with_its_reason_and_is_told_to_the_streams) {
  be_open();
  start_wait();
  auto const done = lost(machine.opening(), close_reason::keepalive);
  BOOST_TEST(completes(done, wait_id, {}, close_reason::keepalive));
  BOOST_TEST(done.tell_streams);
  BOOST_TEST(!done.let_go);
  BOOST_TEST((machine.current() == state::lost));
  BOOST_TEST(machine.has_native());
}

BOOST_AUTO_TEST_CASE(a_wait_after_the_loss_completes_at_once_with_its_reason) {
  be_open();
  lost(machine.opening(), close_reason::keepalive);
  BOOST_TEST(is(machine.start_wait_closed(wait_id), {}, close_reason::keepalive));
  BOOST_TEST(is(machine.start_wait_closed(wait_id), {}, close_reason::keepalive));
}

BOOST_AUTO_TEST_CASE(a_second_loss_changes_nothing) {
  be_open();
  lost(machine.opening(), close_reason::keepalive);
  BOOST_TEST(does_nothing(lost(machine.opening(), close_reason::eof)));
  BOOST_TEST(is(machine.start_wait_closed(wait_id), {}, close_reason::keepalive));
}

BOOST_AUTO_TEST_CASE(a_loss_before_the_opening_is_known_makes_the_connection_lost) {
  be_opening();
  BOOST_TEST(does_nothing(lost(machine.opening(), close_reason::eof)));
  BOOST_TEST((machine.current() == state::opening));
  BOOST_TEST(completes(opened(machine.opening()), open_id, {}));
  BOOST_TEST(is_wanted);
  BOOST_TEST((machine.current() == state::lost));
  BOOST_TEST(is(machine.start_wait_closed(wait_id), {}, close_reason::eof));
}

BOOST_AUTO_TEST_CASE(a_loss_before_an_opening_fails_is_forgotten_by_the_next) {
  be_opening();
  lost(machine.opening());
  opened(machine.opening(), errc::rpc);
  BOOST_TEST((machine.current() == state::closed));
  be_open();
  BOOST_TEST(!machine.start_wait_closed(wait_id));
}

BOOST_AUTO_TEST_CASE(a_late_loss_of_a_former_opening_leaves_an_open_connection_alone) {
  be_open();
  auto const former = machine.opening();
  close();
  be_open();
  start_wait();
  BOOST_TEST(does_nothing(lost(former)));
  BOOST_TEST((machine.current() == state::open));
}

BOOST_AUTO_TEST_CASE(a_late_loss_of_a_former_opening_leaves_the_next_opening_alone) {
  be_open();
  auto const former = machine.opening();
  close();
  be_opening();
  BOOST_TEST(does_nothing(lost(former)));
  opened(machine.opening());
  BOOST_TEST((machine.current() == state::open));
}

BOOST_AUTO_TEST_CASE(a_loss_while_or_after_the_connection_closes_changes_nothing) {
  be_closing();
  BOOST_TEST(does_nothing(lost(machine.opening())));
  BOOST_TEST((machine.current() == state::closing));
  native_closed(machine.opening());
  BOOST_TEST(does_nothing(lost(machine.opening())));
  BOOST_TEST((machine.current() == state::closed));
}

BOOST_AUTO_TEST_CASE(a_connection_opened_after_a_loss_is_not_lost) {
  be_lost();
  close();
  be_open();
  BOOST_TEST(!machine.start_wait_closed(wait_id));
}

BOOST_AUTO_TEST_CASE(there_is_no_wait_on_a_connection_that_is_not_open) {
  BOOST_TEST(is(machine.start_wait_closed(wait_id), client_errc::not_open));
  be_opening();
  BOOST_TEST(is(machine.start_wait_closed(wait_id), client_errc::not_open));
  opened(machine.opening());
  start_close(close_id);
  BOOST_TEST(is(machine.start_wait_closed(wait_id), client_errc::not_open));
}

BOOST_AUTO_TEST_CASE(a_second_wait_is_refused_and_leaves_the_first_alone) {
  be_open();
  BOOST_TEST_REQUIRE(!machine.start_wait_closed(finished_id));
  BOOST_TEST(is(machine.start_wait_closed(wait_id), client_errc::operation_in_progress));
  BOOST_TEST(completes(lost(machine.opening()), finished_id, {}, close_reason::eof));
}

// --- The close callback ------------------------------------------------------------------------------------

BOOST_AUTO_TEST_CASE(a_wait_is_outstanding_when_the_close_callback_is_registered) {
  be_open();
  start_wait();
  BOOST_TEST(does_nothing(close_callback_registered(machine.opening(), {})));
  BOOST_TEST(completes(lost(machine.opening()), wait_id, {}, close_reason::eof));
}

BOOST_AUTO_TEST_CASE(a_wait_ends_when_the_close_callback_cannot_be_registered) {
  be_open();
  start_wait();
  auto const done = close_callback_registered(machine.opening(), errc::operation_invalid);
  BOOST_TEST(completes(done, wait_id, errc::operation_invalid, close_reason::error));
  BOOST_TEST(does_nothing_but_complete(done));
  BOOST_TEST((machine.current() == state::open));
}

BOOST_AUTO_TEST_CASE(a_wait_without_a_close_callback_completes_at_once_with_the_reason_for_that) {
  be_open();
  close_callback_registered(machine.opening(), errc::operation_invalid);
  BOOST_TEST(is(machine.start_wait_closed(wait_id), errc::operation_invalid));
}

BOOST_AUTO_TEST_CASE(a_new_opening_forgets_that_the_former_had_no_close_callback) {
  be_open();
  close_callback_registered(machine.opening(), errc::operation_invalid);
  close();
  be_open();
  BOOST_TEST(!machine.start_wait_closed(wait_id));
}

BOOST_AUTO_TEST_CASE(a_close_callback_of_a_former_opening_that_is_refused_late_changes_nothing) {
  be_open();
  auto const former = machine.opening();
  close();
  be_open();
  start_wait();
  BOOST_TEST(does_nothing(close_callback_registered(former, errc::operation_invalid)));
}

// --- Closing -----------------------------------------------------------------------------------------------

BOOST_AUTO_TEST_CASE(a_closed_connection_has_nothing_to_close) {
  BOOST_TEST(does_nothing(start_close(close_id)));
  BOOST_TEST((at_once == error_code()));
  BOOST_TEST(does_nothing(close()));
  BOOST_TEST((machine.current() == state::closed));
}

BOOST_AUTO_TEST_CASE(a_graceful_close_gives_up_an_opening) {
  be_opening();
  auto const done = start_close(close_id);
  BOOST_TEST((at_once == error_code()));
  BOOST_TEST(completes(done, open_id, aborted));
  BOOST_TEST(done.cut_off_opening);
  BOOST_TEST(!done.let_go);
  BOOST_TEST((machine.current() == state::closed));
}

BOOST_AUTO_TEST_CASE(a_graceful_close_ends_what_is_outstanding_and_completes_when_libvirt_has_closed) {
  be_open();
  start_wait();
  auto const done = start_close(close_id);
  BOOST_TEST(!at_once);
  BOOST_TEST(completes(done, wait_id, aborted));
  BOOST_TEST(done.complete.size() == 1U);
  BOOST_TEST(done.end_streams_and_calls);
  BOOST_TEST(done.let_go);
  BOOST_TEST(!done.cut_off_closing);
  BOOST_TEST((machine.current() == state::closing));
  BOOST_TEST(!machine.has_native());
  auto const closed = native_closed(machine.opening());
  BOOST_TEST(completes(closed, close_id, {}));
  BOOST_TEST(does_nothing_but_complete(closed));
  BOOST_TEST((machine.current() == state::closed));
}

BOOST_AUTO_TEST_CASE(a_connection_that_was_lost_is_closed_like_another) {
  be_lost();
  BOOST_TEST(start_close(close_id).let_go);
  BOOST_TEST(completes(native_closed(machine.opening()), close_id, {}));
}

BOOST_AUTO_TEST_CASE(a_second_graceful_close_waits_for_the_same) {
  be_closing();
  BOOST_TEST(does_nothing(start_close(other_close_id)));
  BOOST_TEST(!at_once);
  auto const closed = native_closed(machine.opening());
  BOOST_TEST(closed.complete.size() == 2U);
  BOOST_TEST(completes(closed, close_id, {}));
  BOOST_TEST(completes(closed, other_close_id, {}));
}

BOOST_AUTO_TEST_CASE(that_a_former_connection_is_closed_at_last_does_not_end_a_later_close) {
  be_closing();
  auto const former = machine.opening();
  close();
  be_closing();
  BOOST_TEST(does_nothing(native_closed(former)));
  BOOST_TEST((machine.current() == state::closing));
}

BOOST_AUTO_TEST_CASE(that_libvirt_has_closed_is_nothing_to_a_connection_that_does_not_wait_for_it) {
  be_open();
  BOOST_TEST(does_nothing(native_closed(machine.opening())));
  BOOST_TEST((machine.current() == state::open));
}

BOOST_AUTO_TEST_CASE(close_without_waiting_gives_up_an_opening) {
  be_opening();
  auto const done = close();
  BOOST_TEST(completes(done, open_id, aborted));
  BOOST_TEST(done.cut_off_opening);
  BOOST_TEST((machine.current() == state::closed));
}

BOOST_AUTO_TEST_CASE(close_without_waiting_ends_what_is_outstanding) {
  be_open();
  start_wait();
  auto const done = close();
  BOOST_TEST(completes(done, wait_id, aborted));
  BOOST_TEST(done.end_streams_and_calls);
  BOOST_TEST(done.let_go);
  BOOST_TEST((machine.current() == state::closed));
}

BOOST_AUTO_TEST_CASE(close_without_waiting_lets_go_of_a_lost_connection) {
  be_lost();
  BOOST_TEST(close().let_go);
  BOOST_TEST((machine.current() == state::closed));
}

BOOST_AUTO_TEST_CASE(close_without_waiting_cuts_off_a_graceful_one) {
  be_closing();
  start_close(other_close_id);
  auto const done = close();
  BOOST_TEST(done.cut_off_closing);
  BOOST_TEST(!done.let_go);
  BOOST_TEST(completes(done, close_id, aborted));
  BOOST_TEST(completes(done, other_close_id, aborted));
  BOOST_TEST((machine.current() == state::closed));
}

// --- Cancelling --------------------------------------------------------------------------------------------

BOOST_AUTO_TEST_CASE(an_opening_can_be_cancelled_and_another_be_started) {
  be_opening();
  auto const done = cancel(open_id, false);
  BOOST_TEST(completes(done, open_id, aborted));
  BOOST_TEST(done.cut_off_opening);
  BOOST_TEST((machine.current() == state::closed));
  be_open();
}

BOOST_AUTO_TEST_CASE(a_wait_can_be_cancelled_and_another_be_started) {
  be_open();
  start_wait();
  auto const done = cancel(wait_id, false);
  BOOST_TEST(completes(done, wait_id, aborted));
  BOOST_TEST(does_nothing_but_complete(done));
  BOOST_TEST((machine.current() == state::open));
  start_wait();
}

BOOST_AUTO_TEST_CASE(total_cancellation_leaves_a_close_alone) {
  be_closing();
  BOOST_TEST(does_nothing(cancel(close_id, false)));
  BOOST_TEST(completes(native_closed(machine.opening()), close_id, {}));
}

BOOST_AUTO_TEST_CASE(cancelling_one_of_two_closes_leaves_the_other_alone) {
  be_closing();
  start_close(other_close_id);
  auto const done = cancel(close_id);
  BOOST_TEST(done.complete.size() == 1U);
  BOOST_TEST(completes(done, close_id, aborted));
  BOOST_TEST(!done.cut_off_closing);
  auto const closed = native_closed(machine.opening());
  BOOST_TEST(closed.complete.size() == 1U);
  BOOST_TEST(completes(closed, other_close_id, {}));
}

BOOST_AUTO_TEST_CASE(cancelling_the_last_close_cuts_off_what_it_waits_for) {
  be_closing();
  start_close(other_close_id);
  cancel(close_id);
  auto const done = cancel(other_close_id);
  BOOST_TEST(completes(done, other_close_id, aborted));
  BOOST_TEST(done.cut_off_closing);
  BOOST_TEST((machine.current() == state::closed));
  BOOST_TEST(does_nothing(native_closed(machine.opening())));
}

BOOST_AUTO_TEST_CASE(a_late_cancellation_of_an_opening_reaches_nobody) {
  be_open();
  start_wait();
  BOOST_TEST(does_nothing(cancel(open_id)));
  BOOST_TEST((machine.current() == state::open));
  close();
  BOOST_TEST_REQUIRE(!machine.start_open(finished_id));
  BOOST_TEST(does_nothing(cancel(open_id)));
  BOOST_TEST((machine.current() == state::opening));
}

BOOST_AUTO_TEST_CASE(a_late_cancellation_of_a_wait_does_not_end_the_next) {
  be_open();
  start_wait();
  cancel(wait_id);
  BOOST_TEST_REQUIRE(!machine.start_wait_closed(finished_id));
  BOOST_TEST(does_nothing(cancel(wait_id)));
}

BOOST_AUTO_TEST_CASE(a_late_cancellation_of_a_close_does_not_end_the_next) {
  be_closing();
  native_closed(machine.opening());
  be_open();
  start_close(other_close_id);
  BOOST_TEST(does_nothing(cancel(close_id)));
  BOOST_TEST((machine.current() == state::closing));
}

BOOST_AUTO_TEST_CASE(cancelling_all_ends_an_opening) {
  be_opening();
  auto const done = cancel_all();
  BOOST_TEST(completes(done, open_id, aborted));
  BOOST_TEST(done.cut_off_opening);
  BOOST_TEST((machine.current() == state::closed));
}

BOOST_AUTO_TEST_CASE(cancelling_all_ends_a_wait_and_leaves_the_connection_open) {
  be_open();
  start_wait();
  auto const done = cancel_all();
  BOOST_TEST(completes(done, wait_id, aborted));
  BOOST_TEST(does_nothing_but_complete(done));
  BOOST_TEST((machine.current() == state::open));
}

BOOST_AUTO_TEST_CASE(cancelling_all_ends_every_close_and_cuts_off_what_they_wait_for) {
  be_closing();
  start_close(other_close_id);
  auto const done = cancel_all();
  BOOST_TEST(completes(done, close_id, aborted));
  BOOST_TEST(completes(done, other_close_id, aborted));
  BOOST_TEST(done.cut_off_closing);
  BOOST_TEST((machine.current() == state::closed));
}

BOOST_AUTO_TEST_CASE(cancelling_all_of_nothing_changes_nothing) {
  BOOST_TEST(does_nothing(cancel_all()));
  be_open();
  BOOST_TEST(does_nothing(cancel_all()));
  BOOST_TEST((machine.current() == state::open));
}

BOOST_AUTO_TEST_SUITE_END()
