// Copyright (c) 2026 The libvirt-asio authors
// Distributed under the Boost Software License, Version 1.0.

#include <boost/test/unit_test.hpp>

#include <boost/test/framework.hpp>
#include <boost/test/tree/observer.hpp>

#include <csignal>
#include <cstdlib>
#include <cstring>
#include <string>

#include <unistd.h>

namespace {

constexpr unsigned patience_seconds = 20;

// What the signal handler may use.
char message[256];

extern "C" void give_up(int) {
  static_cast<void>(!::write(STDERR_FILENO, message, std::strlen(message)));
  ::_exit(EXIT_FAILURE);
}

/// Ends the process when a test hangs: a thread that waits inside libvirt could not be woken up.
class watchdog final : public boost::unit_test::test_observer {
 public:
  watchdog() {
    std::signal(SIGALRM, &give_up);
    boost::unit_test::framework::register_observer(*this);
  }

  ~watchdog() override { boost::unit_test::framework::deregister_observer(*this); }

  void test_unit_start(boost::unit_test::test_unit const& started) override {
    if (started.p_type != boost::unit_test::TUT_CASE) return;
    std::string const text = "watchdog: " + started.full_name() + " hangs\n";
    std::strncpy(message, text.c_str(), sizeof(message) - 1);
    ::alarm(patience_seconds);
  }

  void test_unit_finish(boost::unit_test::test_unit const&, unsigned long) override { ::alarm(0); }
};

}  // namespace

BOOST_TEST_GLOBAL_FIXTURE(watchdog);

int main(int argc, char* argv[]) {
  return boost::unit_test::unit_test_main([] { return true; }, argc, argv);
}
