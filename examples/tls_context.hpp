// Copyright (c) 2026 The libvirt-asio authors
// Distributed under the Boost Software License, Version 1.0.

#ifndef LIBVIRT_ASIO_EXAMPLES_TLS_CONTEXT_HPP
#define LIBVIRT_ASIO_EXAMPLES_TLS_CONTEXT_HPP

#include <boost/asio/ssl/context.hpp>

#include <string>

namespace example {

/// For a server, with files in PEM.
inline boost::asio::ssl::context make_tls_context(std::string const& certificate, std::string const& key) {
  using boost::asio::ssl::context;
  context made(context::tls_server);
  made.set_options(context::no_tlsv1 | context::no_tlsv1_1);
  made.use_certificate_chain_file(certificate);
  made.use_private_key_file(key, context::pem);
  return made;
}

}  // namespace example

#endif
