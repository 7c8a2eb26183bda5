// Copyright (c) 2026 The libvirt-asio authors
// Distributed under the Boost Software License, Version 1.0.

#ifndef LIBVIRT_ASIO_EXAMPLES_TABLE_SCREEN_HPP
#define LIBVIRT_ASIO_EXAMPLES_TABLE_SCREEN_HPP

#include "domain_table.hpp"

#include <boost/asio/any_io_executor.hpp>
#include <boost/asio/as_tuple.hpp>
#include <boost/asio/awaitable.hpp>
#include <boost/asio/steady_timer.hpp>
#include <boost/asio/use_awaitable.hpp>

#include <unistd.h>

#include <chrono>
#include <iostream>
#include <list>
#include <string>
#include <vector>

namespace example {

/// All tables, printed when something has changed: one over the other on a terminal, one after another elsewhere.
class table_screen {
 public:
  table_screen(boost::asio::any_io_executor executor, std::vector<std::string> const& uris) : timer_(executor) {
    for (auto const& uri : uris) tables_.emplace_back(uri, [this] { change(); });
    if (on_terminal_) std::cout << "\x1b[?1049h\x1b[?25l";
  }

  ~table_screen() {
    if (on_terminal_) std::cout << "\x1b[?25h\x1b[?1049l" << std::flush;
  }

  table_screen(table_screen const&) = delete;
  table_screen& operator=(table_screen const&) = delete;

  [[nodiscard]] std::list<domain_table>& tables() { return tables_; }

  boost::asio::awaitable<void> run() {
    for (;;) {
      print();
      // Not more often: what changes in between is seen then.
      timer_.expires_after(std::chrono::milliseconds(100));
      co_await wait();
      if (is_new_) continue;
      // Events become old also when nothing changes.
      timer_.expires_after(std::chrono::seconds(on_terminal_ ? 1 : 3600));
      is_idle_ = true;
      co_await wait();
      is_idle_ = false;
    }
  }

 private:
  void change() {
    is_new_ = true;
    if (is_idle_) timer_.cancel();
  }

  boost::asio::awaitable<void> wait() { co_await timer_.async_wait(boost::asio::as_tuple(boost::asio::use_awaitable)); }

  void print() {
    is_new_ = false;
    if (on_terminal_) std::cout << "\x1b[H\x1b[J";
    for (auto& table : tables_) table.print(std::cout);
    std::cout << std::flush;
  }

  bool const on_terminal_ = ::isatty(STDOUT_FILENO) == 1;
  boost::asio::steady_timer timer_;
  bool is_new_ = false;
  bool is_idle_ = false;
  std::list<domain_table> tables_;
};

}  // namespace example

#endif
