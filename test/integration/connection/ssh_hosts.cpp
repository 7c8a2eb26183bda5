// What keeps a connection over SSH from being opened is told, and asked nobody.

#include "fixture/errors.hpp"
#include "fixture/refused_session.hpp"

#include "support/private_sshd.hpp"

#include <boost/asio/bind_cancellation_slot.hpp>
#include <boost/asio/cancellation_signal.hpp>
#include <boost/asio/error.hpp>
#include <boost/asio/steady_timer.hpp>
#include <boost/test/unit_test.hpp>

#include <chrono>

namespace {

using libvirt_asio::errc;
using libvirt_asio::error_code;
using operations::plain_outcome;

BOOST_FIXTURE_TEST_SUITE(ssh_hosts, fixture::refused_session)

BOOST_AUTO_TEST_CASE(an_unknown_key_of_an_ssh_host_is_refused) {
  check_refused(host.sshd().uri("localhost"), errc::system_error, "Host key verification failed");
  check_nothing_printed();
}

// libvirt would ask by `connect_options::authenticate`, of which there is none here.
BOOST_AUTO_TEST_CASE(an_unknown_key_is_refused_by_libssh) {
  check_refused(host.sshd().uri_by_library("libssh", "localhost"), errc::libssh, "Can't verify the session host key");
  check_nothing_printed();
}

BOOST_AUTO_TEST_CASE(an_unknown_key_is_refused_by_libssh2) {
  check_refused(host.sshd().uri_by_library("libssh2", "localhost"), errc::ssh, "Can't verify the session host key");
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
  // The context has nothing to wait for, though ssh has.
  run_out();
  check_nothing_printed();
}

BOOST_AUTO_TEST_SUITE_END()

}  // namespace
