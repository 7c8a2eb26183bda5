// When and where a handler is called, and what it may do then.

#include "inline_executor.hpp"
#include "rule.hpp"

#include <boost/asio/bind_cancellation_slot.hpp>
#include <boost/asio/bind_executor.hpp>
#include <boost/asio/buffer.hpp>
#include <boost/asio/cancellation_signal.hpp>
#include <boost/asio/io_context.hpp>
#include <boost/asio/ip/tcp.hpp>
#include <boost/asio/post.hpp>
#include <boost/asio/strand.hpp>
#include <boost/asio/version.hpp>

#if BOOST_ASIO_VERSION >= 102801
#include <boost/asio/bind_immediate_executor.hpp>
#endif

#include <array>
#include <exception>
#include <functional>

namespace {

using namespace asio_rules;

/// Starts an operation on a thread that runs the context, and checks that its handler is called once, and later.
void check_completes_later(session& s, operation const& tested) {
  outcome ended;
  bool starting = false;
  asio::post(*s.context, [&] {
    starting = true;
    tested.start(s, [&, handler = ended.handler()](error_code error) {
      BOOST_TEST(!starting);
      handler(error);
    });
    starting = false;
  });
  s.run_until([&] { return ended.ended(); });
  s.poll();
  BOOST_TEST(ended.calls() == 1);
}

#if BOOST_ASIO_VERSION >= 102801
/// How often Asio itself submits to the immediate executor what a closed socket's read is refused with. That
/// depends on the handler: a type-erased one may have an associated executor, so it is submitted to that as
/// well.
int executions_by_a_socket(session& s) {
  asio::ip::tcp::socket socket{*s.context};
  std::array<char, 1> memory{};
  inline_executor const executor;
  outcome ended;
  socket.async_read_some(asio::buffer(memory),
                         any_handler(asio::bind_immediate_executor(executor, ended.handler())));
  BOOST_TEST(ended.ended());
  return executor.executed();
}
#endif

/// A handler that belongs to an executor, and checks that it is called there.
template <class Executor>
auto handler_on(Executor const& executor, outcome const& ended) {
  return asio::bind_executor(executor, [executor, inner = ended.handler()](error_code error) {
    BOOST_TEST(executor.running_in_this_thread());
    inner(error);
  });
}

/// A handler that destroys the object that its operation is one of.
auto destroying_handler(session& s, operation const& tested, outcome const& ended) {
  return [&s, &tested, inner = ended.handler()](error_code error) {
    tested.destroy(s);
    inner(error);
  };
}

/// What a handler throws.
struct thrown_by_handler : std::exception {};

}  // namespace

BOOST_AUTO_TEST_SUITE(handler_calls)

// --- When --------------------------------------------------------------------------------------------------

ASIO_RULE_OF_TABLE(it_does_not_complete_inside_the_initiating_function) {
  session s;
  tested.soon(s);
  check_completes_later(s, tested);
}

ASIO_RULE_OF_TABLE(a_refusal_does_not_come_inside_the_initiating_function) {
  session s;
  tested.refused(s);
  check_completes_later(s, tested);
}

ASIO_RULE_OF_TABLE(a_refusal_comes_later_by_an_inline_executor_too) {
  session s;
  tested.refused(s);
  inline_executor const executor;
  outcome ended;
  tested.start(s, asio::bind_executor(executor, ended.handler()));
  BOOST_TEST(!ended.ended());
  check_ends(s, ended, tested.refusal);
}

#if BOOST_ASIO_VERSION >= 102801
ASIO_RULE_OF_TABLE(a_refusal_comes_by_the_immediate_executor_as_documented) {
  session s;
  tested.refused(s);
  inline_executor const executor;
  outcome ended;
  bool on_executor = false;
  auto const handler = [&, inner = ended.handler()](error_code error) {
    on_executor = executor.running();
    inner(error);
  };
  tested.start(s, asio::bind_immediate_executor(executor, handler));
  BOOST_TEST(ended.ended() == tested.completes_immediately);
  check_ends(s, ended, tested.refusal);
  BOOST_TEST(on_executor == tested.completes_immediately);
  BOOST_TEST(executor.executed() == (tested.completes_immediately ? executions_by_a_socket(s) : 0));
}
#endif

// --- Where -------------------------------------------------------------------------------------------------

ASIO_RULE_OF_TABLE(it_is_called_on_the_objects_executor) {
  session s;
  tested.soon(s);
  outcome ended;
  tested.start(s, [&, inner = ended.handler()](error_code error) {
    BOOST_TEST(s.context->get_executor().running_in_this_thread());
    inner(error);
  });
  check_ends(s, ended);
}

ASIO_RULE_OF_TABLE(it_is_called_on_its_strand) {
  session s;
  tested.soon(s);
  auto const strand = asio::make_strand(*s.context);
  outcome ended;
  tested.start(s, handler_on(strand, ended));
  check_ends(s, ended);
}

ASIO_RULE_OF_TABLE(it_is_called_on_another_context) {
  session s;
  tested.soon(s);
  asio::io_context other;
  outcome ended;
  tested.start(s, asio::bind_executor(other, [&, inner = ended.handler()](error_code error) {
                 BOOST_TEST(other.get_executor().running_in_this_thread());
                 BOOST_TEST(!s.context->get_executor().running_in_this_thread());
                 inner(error);
               }));
  s.run_until([&] { return other.poll() != 0 || ended.ended(); });
  check_ends(s, ended);
}

ASIO_RULE_OF_TABLE(a_refusal_is_called_on_another_context) {
  session s;
  tested.refused(s);
  asio::io_context other;
  outcome ended;
  tested.start(s, handler_on(other.get_executor(), ended));
  s.run_until([&] { return other.poll() != 0 || ended.ended(); });
  check_ends(s, ended, tested.refusal);
}

ASIO_RULE_OF_TABLE(a_refusal_is_called_on_its_strand) {
  session s;
  tested.refused(s);
  auto const strand = asio::make_strand(*s.context);
  outcome ended;
  tested.start(s, handler_on(strand, ended));
  check_ends(s, ended, tested.refusal);
}

ASIO_RULE_OF_TABLE(a_cancelled_one_is_called_on_its_strand) {
  session s;
  auto const strand = asio::make_strand(*s.context);
  asio::cancellation_signal signal;
  outcome ended;
  start_outstanding(s, tested, asio::bind_cancellation_slot(signal.slot(), handler_on(strand, ended)));
  signal.emit(terminal);
  check_ends(s, ended, asio::error::operation_aborted);
}

ASIO_RULE_OF_TABLE(it_is_called_inside_an_inline_executor) {
  session s;
  tested.soon(s);
  inline_executor const executor;
  outcome ended;
  tested.start(s, asio::bind_executor(executor, [&, inner = ended.handler()](error_code error) {
                 BOOST_TEST(executor.running());
                 inner(error);
               }));
  check_ends(s, ended);
}

// --- What it may do ----------------------------------------------------------------------------------------

ASIO_RULE_OF_TABLE(its_handler_may_destroy_the_object) {
  session s;
  tested.soon(s);
  outcome ended;
  tested.start(s, destroying_handler(s, tested, ended));
  check_ends(s, ended);
}

ASIO_RULE_OF_TABLE(its_handler_may_destroy_the_object_after_a_refusal) {
  session s;
  tested.refused(s);
  outcome ended;
  tested.start(s, destroying_handler(s, tested, ended));
  check_ends(s, ended, tested.refusal);
}

ASIO_RULE_OF_TABLE(its_handler_may_destroy_the_object_after_a_cancellation) {
  session s;
  asio::cancellation_signal signal;
  outcome ended;
  start_outstanding(s, tested,
                    asio::bind_cancellation_slot(signal.slot(), destroying_handler(s, tested, ended)));
  signal.emit(terminal);
  check_ends(s, ended, asio::error::operation_aborted);
}

ASIO_RULE_OF_TABLE(its_handler_may_start_the_next_one) {
  session s;
  tested.soon(s);
  int calls = 0;
  std::function<void()> const start = [&] {
    tested.start(s, [&](error_code) {
      if (++calls < 3) start();
    });
  };
  start();
  s.run_until([&] { return calls == 3; });
}

ASIO_RULE_OF_TABLE(what_its_handler_throws_leaves_run_and_the_object_stays_usable) {
  session s;
  tested.soon(s);
  outcome thrown;
  tested.start(s, [inner = thrown.handler()](error_code error) {
    inner(error);
    throw thrown_by_handler();
  });
  bool never = false;
  BOOST_CHECK_THROW(s.run_until([&] { return never; }), thrown_by_handler);
  BOOST_TEST(thrown.calls() == 1);
  s.renew();
  tested.soon(s);
  outcome ended;
  tested.start(s, ended.handler());
  check_ends(s, ended);
}

BOOST_AUTO_TEST_SUITE_END()
