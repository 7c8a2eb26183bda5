// Copyright (c) 2026 The libvirt-asio authors
// Distributed under the Boost Software License, Version 1.0.

// The real parts that examples.py tries the examples on. Prints the URI; then reads from standard input what
// to do with the guest, and ends when that ends.

#include <support/echo_guest.hpp>
#include <support/libvirt_failure.hpp>
#include <support/private_libvirtd.hpp>
#include <support/real_parts.hpp>
#include <support/storage_pool.hpp>

#include <cstdint>
#include <iostream>
#include <memory>
#include <string>

namespace {

struct closer {
  void operator()(virConnectPtr connection) const { virConnectClose(connection); }
};

void serve(virDomainPtr guest) {
  for (std::string word; std::getline(std::cin, word); std::cout << word << std::endl)
    if (word == "destroy" && virDomainDestroy(guest) < 0)
      test_support::throw_last_error("cannot destroy the guest");
}

}  // namespace

int main() {
  if (int const exit_code = test_support::require_or_skip(); exit_code != 0) return exit_code;
  test_support::private_libvirtd const daemon;
  auto const folder = daemon.make_folder();
  std::unique_ptr<virConnect, closer> const connection(virConnectOpen(daemon.unix_uri().c_str()));
  if (!connection) test_support::throw_last_error("cannot reach the daemon");
  test_support::echo_guest guest(connection.get(), {.paused = true});
  guest.boot();
  test_support::storage_pool pool(connection.get(), folder.path());
  auto const small = pool.create_volume("small", 3 << 20);
  auto const target = pool.create_volume("target", 3 << 20);
  auto const large = pool.create_volume("large", std::uint64_t{4} << 30);
  std::cout << daemon.unix_uri() << std::endl;
  serve(guest.domain());
}
