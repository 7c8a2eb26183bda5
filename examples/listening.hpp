// Copyright (c) 2026 The libvirt-asio authors
// Distributed under the Boost Software License, Version 1.0.

#ifndef LIBVIRT_ASIO_EXAMPLES_LISTENING_HPP
#define LIBVIRT_ASIO_EXAMPLES_LISTENING_HPP

#include "command_line.hpp"

#include <boost/asio/ip/address.hpp>
#include <boost/asio/ip/tcp.hpp>
#include <boost/asio/ssl/context.hpp>

#include <memory>
#include <stdexcept>
#include <string>

namespace example {

/// Where a server listens, and whether it speaks TLS there: it does if it has a certificate.
struct listening {
  std::string address = "127.0.0.1";
  unsigned short port = 0;
  /// Files in PEM.
  std::string certificate{};
  std::string key{};

  void add_to(command_line& line) {
    line.add("address", "ADDRESS", address, "where to listen; otherwise 127.0.0.1");
    line.add("port", "PORT", port, "where to listen, 0 for any that is free; otherwise " + std::to_string(port));
    line.add("certificate", "FILE", certificate, "serve by TLS, with this certificate and those it depends on, in PEM");
    line.add("key", "FILE", key, "its key, in PEM; otherwise it is in the same file");
  }

  [[nodiscard]] bool has_tls() const { return !certificate.empty(); }

  [[nodiscard]] boost::asio::ip::tcp::endpoint endpoint() const {
    return {boost::asio::ip::make_address(address), port};
  }

  /// Null without TLS.
  [[nodiscard]] std::shared_ptr<boost::asio::ssl::context> make_context() const {
    using boost::asio::ssl::context;
    if (!has_tls() && !key.empty()) throw std::runtime_error("--key is of no use without --certificate");
    if (!has_tls()) return nullptr;
    auto made = std::make_shared<context>(context::tls_server);
    made->set_options(context::no_tlsv1 | context::no_tlsv1_1);
    made->use_certificate_chain_file(certificate);
    made->use_private_key_file(key.empty() ? certificate : key, context::pem);
    return made;
  }
};

}  // namespace example

#endif
