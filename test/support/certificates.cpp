#include "certificates.hpp"

#include <openssl/evp.h>
#include <openssl/pem.h>
#include <openssl/x509v3.h>

#include <memory>
#include <stdexcept>
#include <string>

namespace test_support {
namespace {

template <auto Free>
struct freed_by {
  template <class Object>
  void operator()(Object* object) const noexcept {
    Free(object);
  }
};
using key_handle = std::unique_ptr<EVP_PKEY, freed_by<&::EVP_PKEY_free>>;
using certificate_handle = std::unique_ptr<X509, freed_by<&::X509_free>>;
using extension_handle = std::unique_ptr<X509_EXTENSION, freed_by<&::X509_EXTENSION_free>>;
using file_handle = std::unique_ptr<BIO, freed_by<&::BIO_free_all>>;

template <class Result>
Result checked(Result result) {
  if (!result) throw std::runtime_error("libcrypto failed to make a certificate");
  return result;
}

struct signed_key {
  key_handle key;
  certificate_handle certificate;
};

void add_extension(X509* certificate, int kind, std::string const& value) {
  extension_handle const added(checked(::X509V3_EXT_conf_nid(nullptr, nullptr, kind, value.c_str())));
  checked(::X509_add_ext(certificate, added.get(), -1));
}

signed_key make_unsigned(std::string const& name, validity wanted) {
  static long serial = 0;
  constexpr long day = 24 * 60 * 60;
  long const end = wanted == validity::valid ? day : -day;
  signed_key made{key_handle(checked(::EVP_EC_gen("P-256"))), certificate_handle(checked(::X509_new()))};
  X509* const certificate = made.certificate.get();
  checked(::X509_set_version(certificate, 2));
  checked(::ASN1_INTEGER_set(::X509_get_serialNumber(certificate), ++serial));
  checked(::X509_gmtime_adj(::X509_getm_notBefore(certificate), end - 10 * day));
  checked(::X509_gmtime_adj(::X509_getm_notAfter(certificate), end));
  checked(::X509_set_pubkey(certificate, made.key.get()));
  checked(::X509_NAME_add_entry_by_txt(::X509_get_subject_name(certificate), "CN", MBSTRING_UTF8,
                                       reinterpret_cast<unsigned char const*>(name.c_str()), -1, -1, 0));
  return made;
}

void sign(signed_key const& made, signed_key const& by) {
  checked(::X509_set_issuer_name(made.certificate.get(), ::X509_get_subject_name(by.certificate.get())));
  checked(::X509_sign(made.certificate.get(), by.key.get(), ::EVP_sha256()));
}

signed_key make_authority() {
  auto made = make_unsigned("authority", validity::valid);
  add_extension(made.certificate.get(), NID_basic_constraints, "critical,CA:TRUE");
  add_extension(made.certificate.get(), NID_key_usage, "critical,keyCertSign");
  sign(made, made);
  return made;
}

signed_key make_certificate(signed_key const& authority, std::string const& usage, validity wanted) {
  auto made = make_unsigned("127.0.0.1", wanted);
  add_extension(made.certificate.get(), NID_basic_constraints, "critical,CA:FALSE");
  add_extension(made.certificate.get(), NID_key_usage, "critical,digitalSignature,keyEncipherment");
  add_extension(made.certificate.get(), NID_ext_key_usage, usage);
  add_extension(made.certificate.get(), NID_subject_alt_name, "IP:127.0.0.1");
  sign(made, authority);
  return made;
}

file_handle open_file(std::filesystem::path const& path) {
  return file_handle(checked(::BIO_new_file(path.c_str(), "w")));
}

void write_certificate(signed_key const& made, std::filesystem::path const& path) {
  checked(::PEM_write_bio_X509(open_file(path).get(), made.certificate.get()));
}

void write_key(signed_key const& made, std::filesystem::path const& path) {
  checked(::PEM_write_bio_PrivateKey(open_file(path).get(), made.key.get(), nullptr, nullptr, 0, nullptr, nullptr));
}

}  // namespace

void make_certificates(std::filesystem::path const& folder, validity certificates) {
  auto const authority = make_authority();
  auto const server = make_certificate(authority, "serverAuth", certificates);
  auto const client = make_certificate(authority, "clientAuth", certificates);
  write_certificate(authority, folder / "cacert.pem");
  write_certificate(server, folder / "servercert.pem");
  write_key(server, folder / "serverkey.pem");
  write_certificate(client, folder / "clientcert.pem");
  write_key(client, folder / "clientkey.pem");
}

}  // namespace test_support
