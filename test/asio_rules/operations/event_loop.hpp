#ifndef LIBVIRT_ASIO_TEST_ASIO_RULES_OPERATIONS_EVENT_LOOP_HPP
#define LIBVIRT_ASIO_TEST_ASIO_RULES_OPERATIONS_EVENT_LOOP_HPP

#include "operation.hpp"

namespace asio_rules {

struct event_loop_async_drain : of_loop {
  using signature = void(error_code);

  template <class... Token>
  static auto start(session& s, Token&&... token) {
    return s.loop->async_drain(std::forward<Token>(token)...);
  }

  static void soon(session& s) { s.connection->close(); }
  static void refused(session& s) {
    s.close_connection();
    s.run_until([&] { return s.loop->idle(); });
  }
  static inline error_code const refusal{};
  static states outstanding() {
    return {{.name = "something is watched", .ended_by = terminal | partial | total}};
  }
};

}  // namespace asio_rules

#endif
