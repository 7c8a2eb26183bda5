#ifndef LIBVIRT_ASIO_TEST_ASIO_RULES_OPERATIONS_CONNECTION_HPP
#define LIBVIRT_ASIO_TEST_ASIO_RULES_OPERATIONS_CONNECTION_HPP

#include "operation.hpp"

namespace asio_rules {

struct connection_async_open {
  using signature = void(error_code);

  template <class... Token>
  static auto start(session& s, Token&&... token) {
    return s.other_connection->async_open(s.uri, std::forward<Token>(token)...);
  }

  static constexpr bool must_outlive = false;
  static constexpr bool completes_immediately = true;
  static void close(session& s) { s.other_connection->close(); }
  static void destroy(session& s) { s.other_connection.reset(); }
  static void soon(session&) {}
  static void refused(session& s) { std::swap(s.connection, s.other_connection); }
  static inline error_code const refusal = client_errc::already_open;
  static states outstanding() {
    return {{.name = "nobody answers",
             .enter = [](session& s) { s.uri = s.parts.uri_of_nobody(); },
             .ended_by = terminal | partial | total}};
  }
};

/// The calls differ in what they return.
template <class Result>
struct connection_async_call : of_connection {
  template <class... Token>
  static auto start(session& s, Token&&... token) {
    return s.connection->async_call(
        [held = s.held](virConnectPtr native) {
          held();
          return Result::of(native);
        },
        std::forward<Token>(token)...);
  }

  static void soon(session& s) { s.held.let_go(); }
  static states outstanding() {
    return {{.name = "it runs",
             .ended_by = terminal | partial,
             .reached = [](session const& s) { return s.held.entered() == 1; }},
            {.name = "every worker thread is busy",
             .enter = &occupy_workers,
             .ended_by = terminal | partial | total}};
  }
};

struct value_result {
  static int of(virConnectPtr) { return 7; }
};
struct handle_result {
  static virStoragePoolPtr of(virConnectPtr native) {
    return virStoragePoolLookupByName(native, shared_parts::pool_name);
  }
};
struct no_result {
  static void of(virConnectPtr) {}
};

struct connection_async_call_of_value : connection_async_call<value_result> {
  using signature = void(error_code, int);
};
struct connection_async_call_of_handle : connection_async_call<handle_result> {
  using signature = void(error_code, libvirt_asio::storage_pool);
};
struct connection_async_call_of_void : connection_async_call<no_result> {
  using signature = void(error_code);
};

struct connection_async_wait_closed : of_connection {
  using signature = void(error_code, close_reason);

  template <class... Token>
  static auto start(session& s, Token&&... token) {
    return s.connection->async_wait_closed(std::forward<Token>(token)...);
  }

  static void soon(session& s) { s.lose_connection(); }
  static states outstanding() {
    return {{.name = "the connection is there", .ended_by = terminal | partial | total}};
  }
};

struct connection_async_close : of_connection {
  using signature = void(error_code);

  template <class... Token>
  static auto start(session& s, Token&&... token) {
    return s.connection->async_close(std::forward<Token>(token)...);
  }

  static void soon(session&) {}
  static inline error_code const refusal{};
  static states outstanding() {
    return {{.name = "a call runs",
             .enter = [](session& s) { s.start_held_call(); },
             .ended_by = terminal | partial}};
  }
};

}  // namespace asio_rules

#endif
