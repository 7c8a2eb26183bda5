// An operation says how it is started, and which states it can be in. Each session is brought into one state before the
// operation is started:
//   soon      it completes by itself, without an error;
//   refused   it completes at once, with `refusal`;
//   states    it stays outstanding, the first one being the most telling; each with the cancellation types that its
//             documentation says end it there.

#ifndef LIBVIRT_ASIO_TEST_ASIO_RULES_OPERATIONS_OPERATION_HPP
#define LIBVIRT_ASIO_TEST_ASIO_RULES_OPERATIONS_OPERATION_HPP

#include "asio_rules/session.hpp"

#include <boost/asio/cancellation_type.hpp>

#include <string_view>
#include <vector>

namespace asio_rules {

using asio::cancellation_type;
using libvirt_asio::client_errc;
using libvirt_asio::close_reason;
using libvirt_asio::section;
using libvirt_asio::stream_events;
using libvirt_asio::transfer_result;

inline constexpr auto terminal = cancellation_type::terminal;
inline constexpr auto partial = cancellation_type::partial;
inline constexpr auto total = cancellation_type::total;

/// A state in which an operation stays outstanding.
struct outstanding_state {
  std::string_view name;
  /// Before the operation is started.
  void (*enter)(session&) = [](session&) {};
  /// What ends the operation.
  cancellation_type ended_by = cancellation_type::none;
  /// Whether the operation, once started, is in that state.
  bool (*reached)(session const&) = [](session const&) { return true; };
};

using states = std::vector<outstanding_state>;

// What most operations have in common.

struct of_loop {
  /// Whether its documentation says that the object must live until the operation completes.
  static constexpr bool must_outlive = false;
  /// Whether its documentation says that there are immediate completions, of which a refusal is one.
  static constexpr bool completes_immediately = false;
  static void close(session&) {}
  static void destroy(session& s) { s.loop.reset(); }
};

struct of_connection {
  static constexpr bool must_outlive = false;
  static constexpr bool completes_immediately = true;
  static void close(session& s) { s.connection->close(); }
  static void destroy(session& s) { s.connection.reset(); }
  static void refused(session& s) { s.connection->close(); }
  static inline error_code const refusal = client_errc::not_open;
};

struct of_stream {
  static constexpr bool must_outlive = false;
  static constexpr bool completes_immediately = true;
  static void close(session& s) { s.stream->close(); }
  static void destroy(session& s) { s.stream.reset(); }
  static void refused(session&) {}
  static inline error_code const refusal = client_errc::not_open;
};

inline void occupy_workers(session& s) {
  s.occupy_workers();
}

inline void freeze_daemon(session& s) {
  s.freeze_daemon();
}

}  // namespace asio_rules

#endif
