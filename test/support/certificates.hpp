#ifndef LIBVIRT_ASIO_TEST_SUPPORT_CERTIFICATES_HPP
#define LIBVIRT_ASIO_TEST_SUPPORT_CERTIFICATES_HPP

#include <filesystem>

namespace test_support {

enum class validity { valid, expired };

/// Makes an authority of our own, certificates for a server and a client on 127.0.0.1 and their keys, in files of a
/// folder, named as libvirt wants them: `cacert.pem`, `servercert.pem`, `serverkey.pem`, `clientcert.pem` and
/// `clientkey.pem`.
void make_certificates(std::filesystem::path const& folder, validity certificates = validity::valid);

}  // namespace test_support

#endif
