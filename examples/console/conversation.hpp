// Copyright (c) 2026 The libvirt-asio authors
// Distributed under the Boost Software License, Version 1.0.

#ifndef LIBVIRT_ASIO_EXAMPLES_CONSOLE_CONVERSATION_HPP
#define LIBVIRT_ASIO_EXAMPLES_CONSOLE_CONVERSATION_HPP

#include "../local_file.hpp"
#include "../standard_descriptor.hpp"
#include "expectation.hpp"

#include <libvirt-asio/libvirt-asio.hpp>

#include <boost/asio/as_tuple.hpp>
#include <boost/asio/awaitable.hpp>
#include <boost/asio/experimental/awaitable_operators.hpp>
#include <boost/asio/steady_timer.hpp>
#include <boost/asio/use_awaitable.hpp>
#include <boost/asio/write.hpp>

#include <unistd.h>

#include <array>
#include <exception>
#include <fstream>
#include <string>
#include <string_view>
#include <utility>
#include <variant>
#include <vector>

namespace console {

namespace asio = boost::asio;

constexpr char escape = 0x1d;  // Ctrl+]
constexpr auto as_result = asio::as_tuple(asio::use_awaitable);

struct settings {
  std::string uri;
  std::string domain;
  libvirt_asio::console_options console;
  std::string log;
  std::string send;
  std::string expect;
  unsigned timeout = 0;
  bool follow = false;
};

/// What a conversation, or a part of it, ended with.
enum class ending { user_left, console_ended, console_opened, file_sent, text_seen, time_over };

/// How a part of a conversation has ended.
struct part_ending {
  ending how = ending::console_ended;
  std::exception_ptr failure;
};

/// With its exception as a result: `||` would otherwise wait for the other part.
inline asio::awaitable<part_ending> caught(asio::awaitable<ending> part) {
  part_ending ended;
  try {
    ended.how = co_await std::move(part);
  } catch (...) {
    ended.failure = std::current_exception();
  }
  co_return ended;
}

/// The result of the part that has ended first.
template <class Variant>
ending first_of(Variant const& parts) {
  auto const first = std::visit([](part_ending const& each) { return each; }, parts);
  if (first.failure) std::rethrow_exception(first.failure);
  return first.how;
}

/// Standard input to a console, and what that says to standard output. Errors are thrown.
class conversation {
 public:
  conversation(asio::any_io_executor executor, settings const& wanted, bool is_terminal)
      : wanted_(wanted),
        is_terminal_(is_terminal),
        input_(executor, STDIN_FILENO),
        output_(executor, STDOUT_FILENO),
        expected_(wanted.expect) {
    if (wanted.log.empty()) return;
    log_.open(wanted.log, std::ios::binary | std::ios::app);
    if (!log_) example::throw_file_error(wanted.log);
  }

  asio::awaitable<ending> hold(libvirt_asio::stream& with) {
    using namespace asio::experimental::awaitable_operators;
    auto const ended = co_await (caught(send_all(with)) || caught(show_output(with)));
    co_return first_of(ended);
  }

  /// What is typed meanwhile goes nowhere; what is piped waits.
  asio::awaitable<ending> wait_for_user() {
    if (!is_terminal_) co_await wait_for_ever();
    std::array<char, 4'096> buffer{};
    for (;;) {
      std::string_view const typed(buffer.data(), co_await read_input(buffer));
      if (typed.find(escape) != typed.npos) co_return ending::user_left;
    }
  }

 private:
  asio::awaitable<ending> send_all(libvirt_asio::stream& to) {
    using namespace asio::experimental::awaitable_operators;
    if (!wanted_.send.empty()) {
      auto const sent = co_await (caught(send_file(to)) || caught(wait_for_user()));
      if (first_of(sent) == ending::user_left) co_return ending::user_left;
    }
    co_return co_await send_input(to);
  }

  // Not again when the guest has started again.
  asio::awaitable<ending> send_file(libvirt_asio::stream& to) {
    example::source_file file(std::exchange(wanted_.send, {}));
    std::vector<std::byte> buffer(65'536);
    while (auto const size = file.read(buffer)) co_await write(to, asio::buffer(buffer, size));
    co_return ending::file_sent;
  }

  /// Until the user types Ctrl+].
  asio::awaitable<ending> send_input(libvirt_asio::stream& to) {
    std::array<char, 4'096> buffer{};
    for (;;) {
      std::string_view const typed(buffer.data(), co_await read_input(buffer));
      auto const end = is_terminal_ ? typed.find(escape) : typed.npos;
      co_await write(to, asio::buffer(typed.substr(0, end)));
      if (end != typed.npos) co_return ending::user_left;
    }
  }

  /// When the console has ended it does not return: reading tells of that, after what the guest has said last.
  static asio::awaitable<void> write(libvirt_asio::stream& to, asio::const_buffer data) {
    auto const [error, size] = co_await asio::async_write(to, data, as_result);
    if (error) co_await wait_for_ever();
  }

  static asio::awaitable<void> wait_for_ever() {
    asio::steady_timer never(co_await asio::this_coro::executor, asio::steady_timer::time_point::max());
    co_await never.async_wait(asio::use_awaitable);
  }

  /// When a pipe or a file has ended, the guest may still have something to say: it waits for ever.
  asio::awaitable<std::size_t> read_input(std::array<char, 4'096>& buffer) {
    auto const [error, size] = co_await (*input_).async_read_some(asio::buffer(buffer), as_result);
    if (error == asio::error::eof && !is_terminal_) co_await wait_for_ever();
    if (error) throw libvirt_asio::system_error(error);
    co_return size;
  }

  asio::awaitable<ending> show_output(libvirt_asio::stream& from) {
    std::array<char, 16'384> buffer{};
    for (;;) {
      auto const [error, size] = co_await from.async_read_some(asio::buffer(buffer), as_result);
      if (error == asio::error::eof) co_return ending::console_ended;
      if (error) throw libvirt_asio::system_error(error);
      std::string_view const said(buffer.data(), size);
      if (!wanted_.log.empty() && !(log_ << said << std::flush)) example::throw_file_error(wanted_.log);
      co_await asio::async_write(*output_, asio::buffer(said), asio::use_awaitable);
      if (expected_.comes_with(said)) co_return ending::text_seen;
    }
  }

  settings wanted_;
  bool const is_terminal_;
  example::standard_descriptor input_;
  example::standard_descriptor output_;
  std::ofstream log_;
  expectation expected_;
};

}  // namespace console

#endif
