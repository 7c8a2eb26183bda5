// Copyright (c) 2026 The libvirt-asio authors
// Distributed under the Boost Software License, Version 1.0.

// A private libvirtd for the tests that derive from guests.py. Prints its URI, and the name of the disk of an echo
// guest; then reads from standard input whether to kill it, or to start it again, and ends when that ends.

#include <support/echo_guest.hpp>
#include <support/private_libvirtd.hpp>
#include <support/real_parts.hpp>
#include <support/temporary_folder.hpp>

#include <iostream>
#include <string>

int main() {
  if (int const exit_code = test_support::require_or_skip({}); exit_code != 0) return exit_code;
  test_support::private_libvirtd daemon;
  test_support::temporary_folder const folder;
  std::cout << daemon.unix_uri() << '\n' << test_support::write_echo_guest(folder.path()).string() << std::endl;
  for (std::string word; std::getline(std::cin, word); std::cout << word << std::endl) {
    if (word == "kill") daemon.kill_alone();
    if (word == "start") daemon.start();
  }
}
