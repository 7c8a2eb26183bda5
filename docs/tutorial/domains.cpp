// Copyright (c) 2026 The libvirt-asio authors
// Distributed under the Boost Software License, Version 1.0.

#include <libvirt-asio/libvirt-asio.hpp>

#include <boost/asio.hpp>

#include <cstdlib>
#include <exception>
#include <iostream>
#include <string>
#include <vector>

namespace asio = boost::asio;

// Called on a worker thread, where libvirt may block.
std::vector<libvirt_asio::domain> all_domains(virConnectPtr native) {
  virDomainPtr* found = nullptr;
  int const count = virConnectListAllDomains(native, &found, 0);
  if (count < 0) throw libvirt_asio::system_error(libvirt_asio::last_libvirt_error());
  std::vector<libvirt_asio::domain> domains(found, found + count);
  std::free(found);
  return domains;
}

asio::awaitable<void> list_domains(libvirt_asio::connection& connection) {
  std::string const uri = co_await connection.async_call(&virConnectGetURI);
  std::cout << uri << '\n';
  auto const domains = co_await connection.async_call(&all_domains);
  for (auto const& domain : domains) {
    bool const is_running = virDomainGetID(domain.get()) != static_cast<unsigned>(-1);
    std::cout << virDomainGetName(domain.get()) << (is_running ? ": running\n" : ": off\n");
  }
}

asio::awaitable<void> run(std::string uri) {
  libvirt_asio::connection connection{co_await asio::this_coro::executor};
  co_await connection.async_open(uri);
  co_await list_domains(connection);
  co_await connection.async_close();
}

int main(int count, char** words) try {
  std::string const uri = count > 1 ? words[1] : "test:///default";
  asio::io_context context{1};
  libvirt_asio::event_loop loop{context};
  auto done = asio::co_spawn(context, run(uri), asio::use_future);
  context.run();
  done.get();
} catch (std::exception const& error) {
  std::cerr << "domains: " << error.what() << '\n';
  return EXIT_FAILURE;
}
