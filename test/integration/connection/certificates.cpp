// A certificate that keeps a connection over TLS from being opened is told of.

#include "fixture/refused_session.hpp"

#include "support/certificates.hpp"
#include "support/private_libvirtd.hpp"
#include "support/temporary_folder.hpp"

#include <boost/test/unit_test.hpp>

#include <filesystem>
#include <string>

namespace {

using libvirt_asio::errc;
using test_support::make_certificates;

struct certificates_fixture : fixture::refused_session {
  test_support::temporary_folder other;

  /// What is wrong with a server's certificate libvirt tells its log only, which is stderr by default.
  void check_server_refused(std::string const& uri, std::string const& cause) {
    check_refused(uri, errc::auth_failed, "certificate");
    check_contains(printed.text(), cause);
  }
};

BOOST_FIXTURE_TEST_SUITE(certificates, certificates_fixture)

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

BOOST_AUTO_TEST_CASE(a_client_without_a_certificate_is_refused) {
  std::filesystem::copy(host.daemon().folder() / "cacert.pem", other.path());
  check_refused(host.daemon().tls_uri(other.path()), errc::system_error, "Unable to read TLS confirmation");
  check_nothing_printed();
}

BOOST_AUTO_TEST_CASE(an_authority_s_certificate_that_is_missing_is_named) {
  check_refused(host.daemon().tls_uri(other.path()), errc::system_error, (other.path() / "cacert.pem").string());
  check_nothing_printed();
}

BOOST_AUTO_TEST_SUITE_END()

}  // namespace
