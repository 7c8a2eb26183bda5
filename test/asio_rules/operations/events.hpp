#ifndef LIBVIRT_ASIO_TEST_ASIO_RULES_OPERATIONS_EVENTS_HPP
#define LIBVIRT_ASIO_TEST_ASIO_RULES_OPERATIONS_EVENTS_HPP

#include "operation.hpp"

namespace asio_rules {

struct of_events {
  static constexpr bool must_outlive = false;
  static constexpr bool completes_immediately = true;
  static void close(session& s) { s.refreshes->unsubscribe(); }
  static void destroy(session& s) { s.refreshes.reset(); }
  static inline error_code const refusal = client_errc::not_open;
};

struct events_async_subscribe : of_events {
  using signature = void(error_code);

  template <class... Token>
  static auto start(session& s, Token&&... token) {
    return s.refreshes->async_subscribe(std::forward<Token>(token)...);
  }

  static void soon(session&) {}
  static void refused(session& s) { s.connection->close(); }
  static states outstanding() {
    return {{.name = "every worker thread is busy", .enter = &occupy_workers, .ended_by = terminal | partial | total},
            {.name = "the daemon does not answer", .enter = &freeze_daemon, .ended_by = terminal | partial | total}};
  }
};

struct events_async_next : of_events {
  using signature = void(error_code, libvirt_asio::storage_pool_refresh_event);

  template <class... Token>
  static auto start(session& s, Token&&... token) {
    return s.refreshes->async_next(std::forward<Token>(token)...);
  }

  static void soon(session& s) {
    s.subscribe();
    s.cause_events();
  }
  static void refused(session&) {}
  static states outstanding() {
    return {{.name = "nothing happens",
             .enter = [](session& s) { s.subscribe(); },
             .ended_by = terminal | partial | total}};
  }
};

}  // namespace asio_rules

#endif
