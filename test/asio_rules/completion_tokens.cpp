// Every operation is started with every kind of callback, and with futures.

#include "token_sessions.hpp"

#include <boost/asio/append.hpp>
#include <boost/asio/consign.hpp>
#include <boost/asio/deferred.hpp>
#include <boost/asio/detached.hpp>
#include <boost/asio/prepend.hpp>
#include <boost/asio/use_future.hpp>

#include <chrono>
#include <future>
#include <memory>
#include <tuple>
#include <type_traits>

namespace {

using namespace asio_rules;

template <class Function>
error_code thrown_by(Function function) {
  try {
    function();
  } catch (boost::system::system_error const& error) {
    return error.code();
  }
  return {};
}

/// A handler that is called once, and says so.
struct once {
  outcome ended;

  template <class... Values>
  void operator()(error_code error, Values const&... values) && {
    ended.handler()(error, values...);
  }
};

}  // namespace

BOOST_AUTO_TEST_SUITE(completion_tokens)

ASIO_RULE(a_callback_gets_what_the_signature_says) {
  soon_session<Operation> s;
  outcome ended;
  bool exact = false;
  Operation::start(s, [handler = ended.handler(), &exact](auto&&... values) mutable {
    using expected = typename values_of<typename Operation::signature>::type;
    exact = std::is_same_v<std::tuple<std::decay_t<decltype(values)>...>, expected>;
    handler(values...);
  });
  check_ends(s, ended);
  BOOST_TEST(exact);
}

ASIO_RULE(a_callback_may_be_moved_only) {
  soon_session<Operation> s;
  outcome ended;
  Operation::start(s, [handler = ended.handler(), only = std::make_unique<int>(7)](auto const&... values) {
    BOOST_TEST(*only == 7);
    handler(values...);
  });
  check_ends(s, ended);
}

ASIO_RULE(a_callback_may_be_called_as_an_rvalue_only) {
  soon_session<Operation> s;
  outcome ended;
  Operation::start(s, once{ended});
  check_ends(s, ended);
}

ASIO_RULE(a_future_is_ready_when_the_operation_has_completed) {
  soon_session<Operation> s;
  auto future = Operation::start(s, asio::use_future);
  s.run_until([&] { return future.wait_for(std::chrono::seconds{0}) == std::future_status::ready; });
  BOOST_CHECK_NO_THROW(future.get());
}

ASIO_RULE(a_future_throws_the_error) {
  refusing_session<Operation> s;
  auto future = Operation::start(s, asio::use_future);
  s.run_until([&] { return future.wait_for(std::chrono::seconds{0}) == std::future_status::ready; });
  check_refusal<Operation>(thrown_by([&] { future.get(); }));
}

ASIO_RULE(a_deferred_operation_starts_when_it_is_launched) {
  soon_session<Operation> s;
  auto deferred = Operation::start(s, asio::deferred);
  s.poll();
  outcome ended;
  std::move(deferred)(ended.handler());
  BOOST_TEST(!ended.ended());
  check_ends(s, ended);
}

ASIO_RULE(a_deferred_operation_may_be_dropped) {
  soon_session<Operation> s;
  { [[maybe_unused]] auto const dropped = Operation::start(s, asio::deferred); }
  outcome ended;
  Operation::start(s, ended.handler());
  check_ends(s, ended);
}

ASIO_RULE(a_detached_operation_completes_all_the_same) {
  soon_session<Operation> s;
  auto const held = std::make_shared<int>();
  Operation::start(s, asio::consign(asio::detached, held));
  BOOST_TEST(held.use_count() > 1);
  s.run_until([&] { return held.use_count() == 1; });
}

ASIO_RULE(append_adds_a_value_behind) {
  soon_session<Operation> s;
  outcome ended;
  int added = 0;
  auto const handler = [&](auto const&... values) {
    auto const all = std::tie(values...);
    added = std::get<sizeof...(values) - 1>(all);
    ended.handler()(std::get<0>(all));
  };
  Operation::start(s, asio::append(handler, 7));
  check_ends(s, ended);
  BOOST_TEST(added == 7);
}

ASIO_RULE(prepend_adds_a_value_before) {
  soon_session<Operation> s;
  outcome ended;
  int added = 0;
  auto const handler = [&](int value, error_code error, auto const&...) {
    added = value;
    ended.handler()(error);
  };
  Operation::start(s, asio::prepend(handler, 7));
  check_ends(s, ended);
  BOOST_TEST(added == 7);
}

ASIO_RULE(consign_keeps_a_value_until_it_has_completed) {
  soon_session<Operation> s;
  outcome ended;
  auto const held = std::make_shared<int>();
  Operation::start(s, asio::consign(ended.handler(), held));
  BOOST_TEST(held.use_count() > 1);
  check_ends(s, ended);
  BOOST_TEST(held.use_count() == 1);
}

BOOST_AUTO_TEST_SUITE_END()
