// Copyright (c) 2026 The libvirt-asio authors
// Distributed under the Boost Software License, Version 1.0.

#include <libvirt-asio/libvirt-asio.hpp>

#include <boost/asio.hpp>

#include <iostream>

namespace asio = boost::asio;

asio::awaitable<void> look_up(libvirt_asio::connection& conn) {
  //! [errc]
  auto const look_up = [](virConnectPtr c) { return virDomainLookupByName(c, "vm"); };
  auto const [error, dom] = co_await conn.async_call(look_up, asio::as_tuple(asio::use_awaitable));
  if (error == libvirt_asio::errc::no_domain)
    std::cout << "There is no domain of that name.\n";
  else if (error)
    throw libvirt_asio::system_error(error);
  //! [errc]
}

asio::awaitable<void> set_autostart(libvirt_asio::connection& conn) {
  //! [last_libvirt_error]
  auto const is_active = [](virConnectPtr c) {
    libvirt_asio::domain const dom{virDomainLookupByName(c, "vm")};
    int const active = dom ? virDomainIsActive(dom.get()) : -1;
    if (active < 0) throw libvirt_asio::system_error(libvirt_asio::last_libvirt_error());
    return active == 1;
  };
  bool const active = co_await conn.async_call(is_active);
  //! [last_libvirt_error]
  std::cout << active << '\n';
}

void report(libvirt_asio::connection& conn) {
  //! [error_info]
  libvirt_asio::error_info const last = conn.last_error();
  if (last.code != 0) std::cerr << last.message << " (domain " << last.domain << ", code " << last.code << ")\n";
  //! [error_info]
}
