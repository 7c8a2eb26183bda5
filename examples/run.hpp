// Copyright (c) 2026 The libvirt-asio authors
// Distributed under the Boost Software License, Version 1.0.

#ifndef LIBVIRT_ASIO_EXAMPLES_RUN_HPP
#define LIBVIRT_ASIO_EXAMPLES_RUN_HPP

#include "report.hpp"

#include <boost/asio/awaitable.hpp>
#include <boost/asio/bind_cancellation_slot.hpp>
#include <boost/asio/cancellation_signal.hpp>
#include <boost/asio/co_spawn.hpp>
#include <boost/asio/io_context.hpp>
#include <boost/asio/signal_set.hpp>

#include <csignal>
#include <cstdlib>
#include <exception>
#include <initializer_list>
#include <string>
#include <utility>

namespace example {

/// Runs the context until the work is done, and returns the exit code of the program. A signal that asks the
/// program to end cancels the work, whose destructors then clean up.
inline int run(std::string const& program, boost::asio::io_context& context, boost::asio::awaitable<void> work,
               std::initializer_list<int> ending = {SIGHUP, SIGINT, SIGTERM}) {
  std::exception_ptr failure;
  int received = 0;
  boost::asio::cancellation_signal cancel;
  boost::asio::signal_set signals(context);
  for (int const each : ending) signals.add(each);
  signals.async_wait([&](boost::system::error_code error, int number) {
    if (error) return;
    received = number;
    cancel.emit(boost::asio::cancellation_type::terminal);
  });

  boost::asio::co_spawn(context, std::move(work),
                        boost::asio::bind_cancellation_slot(cancel.slot(), [&](std::exception_ptr thrown) {
                          failure = thrown;
                          signals.cancel();
                        }));
  context.run();

  if (!failure) return EXIT_SUCCESS;
  if (received != 0) return 128 + received;
  return report(program, failure);
}

}  // namespace example

#endif
