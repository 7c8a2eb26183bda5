// Copyright (c) 2026 The libvirt-asio authors
// Distributed under the Boost Software License, Version 1.0.

#ifndef LIBVIRT_ASIO_EXAMPLES_IMAGE_SERVER_SESSIONS_HPP
#define LIBVIRT_ASIO_EXAMPLES_IMAGE_SERVER_SESSIONS_HPP

#include "../report.hpp"

#include <boost/asio/any_io_executor.hpp>
#include <boost/asio/as_tuple.hpp>
#include <boost/asio/awaitable.hpp>
#include <boost/asio/bind_cancellation_slot.hpp>
#include <boost/asio/cancellation_signal.hpp>
#include <boost/asio/co_spawn.hpp>
#include <boost/asio/steady_timer.hpp>
#include <boost/asio/use_awaitable.hpp>

#include <cstddef>
#include <exception>
#include <iostream>
#include <list>
#include <memory>
#include <utility>

namespace image_server {

namespace asio = boost::asio;

/// What serves the clients, so many at a time. Ends them all when it is destroyed.
class sessions {
 public:
  sessions(asio::any_io_executor executor, std::size_t limit)
      : all_(std::make_shared<state>(executor)), executor_(std::move(executor)), limit_(limit) {}

  ~sessions() {
    for (auto& each : all_->running) each.emit(asio::cancellation_type::terminal);
  }

  sessions(sessions const&) = delete;
  sessions& operator=(sessions const&) = delete;

  void start(asio::awaitable<void> session) {
    auto const place = all_->running.emplace(all_->running.end());
    auto ended = [all = all_, place](std::exception_ptr const& thrown) {
      all->running.erase(place);
      all->ended.cancel();
      tell(thrown);
    };
    asio::co_spawn(executor_, std::move(session), asio::bind_cancellation_slot(place->slot(), std::move(ended)));
  }

  /// Until another one may be started.
  asio::awaitable<void> wait_for_room() {
    while (all_->running.size() >= limit_) co_await all_->ended.async_wait(asio::as_tuple(asio::use_awaitable));
  }

 private:
  // Shared with those that have been told to end, but have not yet.
  struct state {
    explicit state(asio::any_io_executor executor)
        : ended(std::move(executor), asio::steady_timer::time_point::max()) {}

    std::list<asio::cancellation_signal> running;
    asio::steady_timer ended;
  };

  static void tell(std::exception_ptr const& thrown) try {
    if (thrown) std::rethrow_exception(thrown);
  } catch (std::exception const& error) {
    std::cerr << "image-server: a client: " << example::words_of(error) << '\n';
  }

  std::shared_ptr<state> all_;
  asio::any_io_executor executor_;
  std::size_t limit_;
};

}  // namespace image_server

#endif
