// Copyright (c) 2026 The libvirt-asio authors
// Distributed under the Boost Software License, Version 1.0.

#include <libvirt-asio/libvirt-asio.hpp>

#include <boost/asio/awaitable.hpp>
#include <boost/asio/co_spawn.hpp>
#include <boost/asio/io_context.hpp>

#include <cstdlib>
#include <exception>
#include <iostream>
#include <string>
#include <vector>

namespace asio = boost::asio;

std::vector<std::string> domain_names(virConnectPtr connection) {
  virDomainPtr* found = nullptr;
  int const count = virConnectListAllDomains(connection, &found, 0);
  if (count < 0) throw libvirt_asio::system_error(libvirt_asio::last_libvirt_error());
  std::vector<std::string> names;
  for (int index = 0; index < count; ++index) {
    libvirt_asio::domain const owner(found[index]);
    names.emplace_back(virDomainGetName(owner.get()));
  }
  std::free(found);
  return names;
}

asio::awaitable<void> print_domain_names() {
  libvirt_asio::connection connection{co_await asio::this_coro::executor};
  co_await connection.async_open("test:///default");
  for (auto const& name : co_await connection.async_call(domain_names)) std::cout << name << '\n';
  co_await connection.async_close();
}

int main() {
  asio::io_context context;
  libvirt_asio::event_loop loop{context};
  asio::co_spawn(context, print_domain_names(), [](std::exception_ptr failure) {
    if (failure) std::rethrow_exception(failure);
  });
  context.run();
}
