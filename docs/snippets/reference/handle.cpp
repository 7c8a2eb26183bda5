// Copyright (c) 2026 The libvirt-asio authors
// Distributed under the Boost Software License, Version 1.0.

#include <libvirt-asio/libvirt-asio.hpp>

#include <boost/asio.hpp>

#include <iostream>

namespace asio = boost::asio;

asio::awaitable<void> own(libvirt_asio::connection& conn) {
  //! [handle]
  auto const look_up = [](virConnectPtr c) { return virDomainLookupByName(c, "vm"); };
  libvirt_asio::domain dom = co_await conn.async_call(look_up);
  std::cout << virDomainGetName(dom.get()) << '\n';
  dom.reset();                              // calls virDomainFree
  //! [handle]
}

void own_another(virDomainPtr raw) {
  libvirt_asio::domain const dom{raw};
  std::cout << virDomainGetName(dom.get()) << '\n';
}
