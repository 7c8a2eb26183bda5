// Copyright (c) 2026 The libvirt-asio authors
// Distributed under the Boost Software License, Version 1.0.

#include <libvirt-asio/libvirt-asio.hpp>

#include <boost/asio.hpp>

#include <chrono>
#include <cstdlib>
#include <cstring>
#include <iostream>
#include <memory>
#include <span>
#include <string>
#include <utility>

namespace asio = boost::asio;

asio::awaitable<void> connect(asio::any_io_executor executor) {
  //! [connection]
  libvirt_asio::connection conn{executor};
  co_await conn.async_open("qemu:///system");
  auto const name = co_await conn.async_call([](virConnectPtr c) { return virConnectGetHostname(c); });
  std::cout << name << '\n';                // a std::string, made of libvirt's char*
  co_await conn.async_close();
  //! [connection]
}

asio::awaitable<void> connect_with_options(libvirt_asio::connection& conn) {
  //! [async_open]
  libvirt_asio::connect_options options;
  options.read_only = true;
  options.keepalive_interval = std::chrono::seconds(2);
  co_await conn.async_open("qemu+ssh://user@host/system", std::move(options));
  //! [async_open]
}

asio::awaitable<void> authenticate(libvirt_asio::connection& conn, std::string user, std::string password) {
  //! [authenticate]
  libvirt_asio::connect_options options;
  options.credential_types = {VIR_CRED_AUTHNAME, VIR_CRED_PASSPHRASE};
  options.authenticate = [user, password](std::span<virConnectCredential> wanted) {
    for (auto& each : wanted) {
      auto const& answer = each.type == VIR_CRED_AUTHNAME ? user : password;
      each.result = ::strdup(answer.c_str());
      if (each.result == nullptr) return false;
      each.resultlen = static_cast<unsigned>(answer.size());
    }
    return true;
  };
  co_await conn.async_open("qemu+tls://host/system", std::move(options));
  //! [authenticate]
}

asio::awaitable<void> look_up(libvirt_asio::connection& conn, std::string name) {
  //! [async_call]
  auto look_up = [name](virConnectPtr c) { return virDomainLookupByName(c, name.c_str()); };
  std::shared_ptr<virDomain> const dom = co_await conn.async_call(std::move(look_up));

  // The function has a reference of its own: it may run for longer than a coroutine that is cancelled.
  auto start = [dom](virConnectPtr) { return virDomainCreate(dom.get()); };
  co_await conn.async_call(std::move(start));
  //! [async_call]
}

asio::awaitable<void> watch(libvirt_asio::connection& conn) {
  //! [async_wait_closed]
  libvirt_asio::close_reason const reason = co_await conn.async_wait_closed();
  if (reason == libvirt_asio::close_reason::keepalive) std::cerr << "The daemon does not answer.\n";
  conn.close();                             // a connection that was lost is closed, too
  //! [async_wait_closed]
}

asio::awaitable<void> close(libvirt_asio::connection& conn, libvirt_asio::domain& dom) {
  //! [async_close]
  dom.reset();                              // handles go before the connection
  co_await conn.async_close();
  //! [async_close]
}

libvirt_asio::connection adopt(asio::io_context& context) {
  //! [adopt]
  virConnectPtr const opened = virConnectOpen("qemu:///system");
  if (opened == nullptr) throw libvirt_asio::system_error(libvirt_asio::last_libvirt_error());
  libvirt_asio::connection conn{context, opened};
  //! [adopt]
  return conn;
}
