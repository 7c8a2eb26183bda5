// Copyright (c) 2026 The libvirt-asio authors
// Distributed under the Boost Software License, Version 1.0.

#include "connector/backoff.hpp"

#include <libvirt-asio/connector.hpp>
#include <libvirt-asio/detail/spawned_operation.hpp>

#include <boost/asio/as_tuple.hpp>
#include <boost/asio/experimental/awaitable_operators.hpp>
#include <boost/asio/steady_timer.hpp>
#include <boost/asio/use_awaitable.hpp>

#include <chrono>
#include <exception>
#include <optional>
#include <random>
#include <tuple>
#include <variant>

namespace libvirt_asio::detail {
namespace {

using namespace asio::experimental::awaitable_operators;

using clock = std::chrono::steady_clock;
using none = std::monostate;

class connector_core final : public connector_service, public std::enable_shared_from_this<connector_core> {
 public:
  connector_core(asio::any_io_executor executor, std::shared_ptr<connection_service> connection, std::string uri,
                 connector_options options)
      : executor_(std::move(executor)),
        connection_(std::move(connection)),
        uri_(std::move(uri)),
        options_(std::move(options)),
        backoff_(options_.shortest_delay, options_.longest_delay) {}

  void next_connection(handler_type handler) override {
    // Which may be closed before it runs.
    auto start = [self = shared_from_this(), number = closings_] { return self->run(number); };
    spawn<none>(executor_, std::move(start), std::move(handler));
  }

  void close() noexcept override {
    ++closings_;
    // The timer is that of a coroutine, which an execution context destroys with itself.
    if (delay_timer_) delay_timer_->cancel();
    connection_->close();
  }

 private:
  // Whatever is thrown is the outcome, unless it is an exception of the user's own.
  asio::awaitable<outcome<none>> run(unsigned closings_before) {
    outcome<none> ended;
    if (is_running_) {
      ended.error = client_errc::operation_in_progress;
      co_return ended;
    }
    // Also when the coroutine is destroyed.
    temporary_value const running(is_running_, true);
    closings_before_ = closings_before;
    try {
      co_await asio::this_coro::throw_if_cancelled(true);
      co_await check_not_ended();
      co_await wait_until_lost();
      co_await keep_or_close(open());
    } catch (system_error const& error) {
      ended.error = error.code();
    }
    co_return ended;
  }

  asio::awaitable<void> wait_until_lost() {
    auto const [error, reason] =
        co_await initiate<&connection_service::wait_closed>(as_result, executor_, connection_);
    co_await check_not_ended();
    // One that is closed gracefully is let come to its end. If it is open all the same, its operations were cancelled.
    bool const was_closed = error == asio::error::operation_aborted && connection_->native_handle() == nullptr;
    if (was_closed)
      co_await initiate<&connection_service::start_close>(as_result, executor_, connection_);
    else if (!error)
      connection_->close();
    else if (error != client_errc::not_open)
      throw system_error(error);
    co_await check_not_ended();
    if (opened_) backoff_.ended_after(clock::now() - *opened_);
    opened_.reset();
  }

  // One that was opened in the moment of its cancellation must not stay open, either.
  asio::awaitable<void> keep_or_close(asio::awaitable<void> opening) {
    try {
      co_await std::move(opening);
    } catch (...) {
      connection_->close();
      throw;
    }
  }

  asio::awaitable<void> open() {
    auto delay = next_delay();
    for (;;) {
      co_await wait(delay);
      auto const error = co_await attempt();
      co_await check_not_ended();
      if (!error) break;
      if (error == client_errc::no_event_loop) throw system_error(error);
      backoff_.failed();
      delay = next_delay();
      if (options_.failed) options_.failed(error, delay);
      co_await check_not_ended();
    }
    opened_ = clock::now();
  }

  asio::awaitable<error_code> attempt() {
    if (options_.open_timeout == options_.open_timeout.zero()) co_return co_await open_once();
    asio::steady_timer limit(executor_, options_.open_timeout);
    auto first = co_await (open_once() || limit.async_wait(as_result));
    if (first.index() == 0) co_return std::get<0>(first);
    // It may have been opened in the same moment.
    connection_->close();
    co_return asio::error::timed_out;
  }

  asio::awaitable<error_code> open_once() {
    auto const [error] =
        co_await initiate<&connection_service::open>(as_result, executor_, connection_, uri_, options_.connect);
    co_return error;
  }

  asio::awaitable<void> wait(clock::duration delay) {
    if (delay == delay.zero()) co_return;
    asio::steady_timer timer(executor_, delay);
    temporary_value const waiting(delay_timer_, &timer);
    co_await timer.async_wait(as_result);
    co_await check_not_ended();
  }

  // Cancelled, or closed.
  asio::awaitable<void> check_not_ended() {
    auto const state = co_await asio::this_coro::cancellation_state;
    if (closings_ == closings_before_ && state.cancelled() == asio::cancellation_type::none) co_return;
    throw system_error(asio::error::operation_aborted);
  }

  [[nodiscard]] clock::duration next_delay() {
    return backoff_.delay(std::uniform_real_distribution<>()(random_));
  }

  /// Gives a variable a value for as long as this lives, and none after that.
  template <class Value>
  class temporary_value {
   public:
    temporary_value(Value& variable, Value value) : variable_(variable) { variable_ = value; }
    ~temporary_value() { variable_ = Value(); }
    temporary_value(temporary_value const&) = delete;
    temporary_value& operator=(temporary_value const&) = delete;

   private:
    Value& variable_;
  };

  static constexpr auto as_result = asio::as_tuple(asio::use_awaitable);

  asio::any_io_executor const executor_;
  std::shared_ptr<connection_service> const connection_;
  std::string const uri_;
  connector_options const options_;
  backoff backoff_;
  std::minstd_rand random_{std::random_device()()};
  std::optional<clock::time_point> opened_;
  asio::steady_timer* delay_timer_ = nullptr;
  bool is_running_ = false;
  // How often it has been closed, and how often it had been when the operation was started.
  unsigned closings_ = 0;
  unsigned closings_before_ = 0;
};

}  // namespace

std::shared_ptr<connector_service> make_connector(asio::any_io_executor executor,
                                                  std::shared_ptr<connection_service> connection, std::string uri,
                                                  connector_options options) {
  return std::make_shared<connector_core>(std::move(executor), std::move(connection), std::move(uri),
                                          std::move(options));
}

}  // namespace libvirt_asio::detail
