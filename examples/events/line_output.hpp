// Copyright (c) 2026 The libvirt-asio authors
// Distributed under the Boost Software License, Version 1.0.

#ifndef LIBVIRT_ASIO_EXAMPLES_EVENTS_LINE_OUTPUT_HPP
#define LIBVIRT_ASIO_EXAMPLES_EVENTS_LINE_OUTPUT_HPP

#include "../standard_descriptor.hpp"

#include <boost/asio/as_tuple.hpp>
#include <boost/asio/awaitable.hpp>
#include <boost/asio/co_spawn.hpp>
#include <boost/asio/detached.hpp>
#include <boost/asio/experimental/channel.hpp>
#include <boost/asio/steady_timer.hpp>
#include <boost/asio/use_awaitable.hpp>
#include <boost/asio/write.hpp>

#include <unistd.h>

#include <string>
#include <utility>

namespace events {

/// Lines to standard output, and remarks between them to standard error, from several who print. Each of them waits
/// until what comes before is written, so that the events that a slow reader does not take stay where they are bounded.
class line_output {
 public:
  explicit line_output(boost::asio::any_io_executor executor)
      : lines_(executor),
        output_(executor, STDOUT_FILENO),
        errors_(executor, STDERR_FILENO),
        never_(executor, boost::asio::steady_timer::time_point::max()) {}

  boost::asio::awaitable<void> print(std::string text) { return send({std::move(text), false}); }
  boost::asio::awaitable<void> remark(std::string text) { return send({std::move(text), true}); }

  /// For who cannot wait.
  void remark_soon(std::string text) {
    boost::asio::co_spawn(lines_.get_executor(), remark(std::move(text)), boost::asio::detached);
  }

  /// How many lines were printed.
  [[nodiscard]] unsigned long count() const { return count_; }

  /// Writes what the others print: one line, or without end.
  boost::asio::awaitable<void> write(bool for_ever) {
    do {
      auto const next = co_await lines_.async_receive(boost::asio::use_awaitable);
      co_await write_line(next);
      if (!next.is_remark) ++count_;
    } while (for_ever || count_ == 0);
  }

  /// Until nobody can read what is written.
  boost::asio::awaitable<void> closed() {
    auto const wait = boost::asio::posix::stream_descriptor::wait_error;
    auto const [error] = co_await (*output_).async_wait(wait, as_result);
    // A file cannot be waited for, and has no reader that could go.
    if (error == boost::asio::error::operation_not_supported) co_await never_.async_wait(boost::asio::use_awaitable);
    if (error) throw boost::system::system_error(error);
  }

 private:
  struct line {
    std::string text;
    bool is_remark = false;
  };

  static constexpr auto as_result = boost::asio::as_tuple(boost::asio::use_awaitable);

  boost::asio::awaitable<void> send(line next) {
    next.text += '\n';
    co_await lines_.async_send(boost::system::error_code(), std::move(next), boost::asio::use_awaitable);
  }

  // Not by std::cerr, which gives up when both are one pipe that is full.
  boost::asio::awaitable<void> write_line(line const& next) {
    auto& descriptor = next.is_remark ? *errors_ : *output_;
    auto const [error, size] = co_await boost::asio::async_write(descriptor, boost::asio::buffer(next.text), as_result);
    // That it is closed is waited for.
    if (error && error != boost::asio::error::broken_pipe) throw boost::system::system_error(error);
  }

  boost::asio::experimental::channel<void(boost::system::error_code, line)> lines_;
  example::standard_descriptor output_;
  example::standard_descriptor errors_;
  boost::asio::steady_timer never_;
  unsigned long count_ = 0;
};

}  // namespace events

#endif
