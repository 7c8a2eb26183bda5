#ifndef LIBVIRT_ASIO_TEST_ASIO_RULES_OPERATIONS_CONNECTOR_HPP
#define LIBVIRT_ASIO_TEST_ASIO_RULES_OPERATIONS_CONNECTOR_HPP

#include "operation.hpp"

namespace asio_rules {

struct connector_async_next_connection {
  using signature = void(error_code);

  template <class... Token>
  static auto start(session& s, Token&&... token) {
    if (s.asks_for_another_connection) s.connector->connection().close();
    return s.connector->async_next_connection(std::forward<Token>(token)...);
  }

  static constexpr bool must_outlive = false;
  static constexpr bool completes_immediately = false;
  static void close(session& s) { s.connector->close(); }
  static void destroy(session& s) { s.connector.reset(); }
  static void soon(session& s) {
    s.make_connector(s.uri, std::chrono::milliseconds(1));
    s.asks_for_another_connection = true;
  }
  static void refused(session& s) { s.loop.reset(); }
  static inline error_code const refusal = client_errc::no_event_loop;
  static states outstanding() {
    return {{.name = "the connection is there",
             .enter = [](session& s) { s.open_by_connector(); },
             .ended_by = terminal | partial | total},
            {.name = "nobody answers",
             .enter = [](session& s) { s.make_connector(s.parts.uri_of_nobody()); },
             .ended_by = terminal | partial | total},
            {.name = "the next attempt is far away",
             .enter = [](session& s) { s.make_connector("test+unix:///default?socket=/nowhere"); },
             .ended_by = terminal | partial | total,
             .reached = [](session const& s) { return s.failed_attempts != 0; }}};
  }
};

}  // namespace asio_rules

#endif
