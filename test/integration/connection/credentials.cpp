// What keeps a connection over TLS or SSH from being opened is told, and asked nobody.

#include "fixture/captured_stderr.hpp"
#include "fixture/errors.hpp"
#include "fixture/outcome_session.hpp"

#include "support/certificates.hpp"
#include "support/private_libvirtd.hpp"
#include "support/private_sshd.hpp"
#include "support/temporary_folder.hpp"

#include <libvirt-asio/libvirt-asio.hpp>

#include <boost/asio/bind_cancellation_slot.hpp>
#include <boost/asio/cancellation_signal.hpp>
#include <boost/asio/error.hpp>
#include <boost/asio/steady_timer.hpp>
#include <boost/test/unit_test.hpp>

#include <chrono>
#include <string>

namespace {

using libvirt_asio::errc;
using libvirt_asio::error_code;
using operations::plain_outcome;
using test_support::make_certificates;

struct credentials_fixture : operations::outcome_session {
  test_support::temporary_folder other;
  fixture::captured_stderr printed;

  error_code error_of_opening(std::string const& uri) {
    plain_outcome opened;
    connection.async_open(uri, opened.handler());
    return wait_for(opened).error();
  }

  void check_refused(std::string const& uri, error_code const& expected, std::string const& cause) {
    auto const error = error_of_opening(uri);
    BOOST_CHECK_EQUAL(error, expected);
    check_contains(error.message(), cause);
    BOOST_TEST(!connection.is_open());
  }

  /// What is wrong with a server's certificate libvirt tells its log only, which is stderr by default.
  void check_server_refused(std::string const& uri, std::string const& cause) {
    check_refused(uri, errc::auth_failed, "certificate");
    check_contains(printed.text(), cause);
  }

  void check_nothing_printed() { BOOST_TEST(printed.text() == ""); }

 private:
  static void check_contains(std::string const& text, std::string const& part) {
    BOOST_TEST(text.find(part) != std::string::npos, '"' << text << "\" does not contain \"" << part << '"');
  }
};

BOOST_FIXTURE_TEST_SUITE(credentials, credentials_fixture)

BOOST_AUTO_TEST_CASE(a_server_s_certificate_of_an_unknown_authority_is_refused) {
  make_certificates(other.path());
  check_server_refused(host.daemon().tls_uri(other.path()), "is not trusted");
}

BOOST_AUTO_TEST_CASE(a_server_s_certificate_for_another_host_is_refused) {
  auto uri = host.daemon().tls_uri();
  uri.replace(uri.find("127.0.0.1"), std::string("127.0.0.1").size(), "localhost");
  check_server_refused(uri, "does not match the hostname localhost");
}

BOOST_AUTO_TEST_CASE(a_client_s_certificate_that_has_expired_is_refused) {
  make_certificates(other.path(), test_support::validity::expired);
  check_refused(host.daemon().tls_uri(other.path()), errc::system_error, "expired");
  check_nothing_printed();
}

BOOST_AUTO_TEST_CASE(a_certificate_that_is_missing_is_named) {
  check_refused(host.daemon().tls_uri(other.path()), errc::system_error, (other.path() / "cacert.pem").string());
  check_nothing_printed();
}

BOOST_AUTO_TEST_CASE(an_unknown_key_of_an_ssh_host_is_refused) {
  test_support::private_sshd const sshd(host.daemon());
  check_refused(sshd.uri("localhost"), errc::system_error, "Host key verification failed");
  check_nothing_printed();
}

BOOST_AUTO_TEST_CASE(opening_through_an_ssh_host_that_does_not_answer_can_be_cancelled) {
  test_support::private_sshd sshd(host.daemon());
  sshd.freeze();
  plain_outcome opened;
  boost::asio::cancellation_signal cancel;
  connection.async_open(sshd.uri(), boost::asio::bind_cancellation_slot(cancel.slot(), opened.handler()));
  // By then ssh waits for the host.
  boost::asio::steady_timer timer(context, std::chrono::milliseconds(200));
  timer.async_wait([&](error_code) { cancel.emit(boost::asio::cancellation_type::terminal); });
  fixture::check_error(wait_for(opened).error(), boost::asio::error::operation_aborted);
  // Nothing of it is left to wait for.
  run_out();
  check_nothing_printed();
}

BOOST_AUTO_TEST_SUITE_END()

}  // namespace
