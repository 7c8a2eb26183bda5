// Passwords, asked for by a daemon over TLS.

#include "fixture/errors.hpp"
#include "fixture/outcome_session.hpp"

#include "support/sasl_account.hpp"

#include <libvirt-asio/libvirt-asio.hpp>

#include <boost/asio/bind_cancellation_slot.hpp>
#include <boost/asio/cancellation_signal.hpp>
#include <boost/asio/error.hpp>
#include <boost/asio/post.hpp>
#include <boost/test/unit_test.hpp>

#include <cstring>
#include <functional>
#include <future>
#include <memory>
#include <span>
#include <string>
#include <utility>

namespace {

namespace asio = boost::asio;
using libvirt_asio::connect_options;
using libvirt_asio::errc;
using libvirt_asio::error_code;
using operations::plain_outcome;
using test_support::sasl_account;

struct authentication_fixture : operations::outcome_session {
  plain_outcome opened;

  ~authentication_fixture() { close_connection(); }

  static connect_options answering(std::function<bool(std::span<virConnectCredential>)> authenticate) {
    connect_options options;
    options.credential_types = {VIR_CRED_AUTHNAME, VIR_CRED_PASSPHRASE};
    options.authenticate = std::move(authenticate);
    return options;
  }

  static connect_options answering_by(sasl_account const& account) {
    return answering([account](std::span<virConnectCredential> credentials) {
      for (auto& each : credentials) {
        auto const& answer = each.type == VIR_CRED_AUTHNAME ? account.name : account.password;
        each.result = ::strdup(answer.c_str());
        each.resultlen = static_cast<unsigned>(answer.size());
      }
      return true;
    });
  }

  error_code error_of_opening(connect_options options) {
    connection.async_open(host.uri(), std::move(options), opened.handler());
    return wait_for(opened).error();
  }
};

BOOST_FIXTURE_TEST_SUITE(authentication, authentication_fixture)

BOOST_AUTO_TEST_CASE(the_right_password_opens_the_connection) {
  BOOST_CHECK_EQUAL(error_of_opening(answering_by({})), error_code());
  BOOST_TEST(connection.is_open());
}

BOOST_AUTO_TEST_CASE(a_wrong_password_fails_in_libvirt_s_words) {
  auto const error = error_of_opening(answering_by({.password = "guess"}));
  BOOST_TEST((error == errc::auth_failed), error.message());
  BOOST_TEST(error.message().starts_with("authentication failed"), error.message());
  BOOST_TEST(!connection.is_open());
}

BOOST_AUTO_TEST_CASE(who_gives_up_has_cancelled) {
  auto const error = error_of_opening(answering([](std::span<virConnectCredential>) { return false; }));
  BOOST_TEST((error == errc::auth_cancelled), error.message());
  BOOST_TEST(!connection.is_open());
}

BOOST_AUTO_TEST_CASE(opening_is_cancelled_while_the_user_is_asked) {
  std::promise<void> answers, ended;
  asio::cancellation_signal cancel;
  // Goes with the call that opens the connection, when nobody waits for it any more.
  std::shared_ptr<void> call(nullptr, [&](void*) { ended.set_value(); });
  auto options = answering([&, answer = answers.get_future().share(), call](std::span<virConnectCredential>) {
    asio::post(context, [&] { cancel.emit(asio::cancellation_type::terminal); });
    answer.wait();
    return false;
  });
  call.reset();
  connection.async_open(host.uri(), std::move(options),
                        asio::bind_cancellation_slot(cancel.slot(), opened.handler()));
  fixture::check_error(wait_for(opened).error(), asio::error::operation_aborted);
  BOOST_TEST(!connection.is_open());
  answers.set_value();
  ended.get_future().wait();
}

BOOST_AUTO_TEST_SUITE_END()

}  // namespace
