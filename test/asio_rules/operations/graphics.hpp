#ifndef LIBVIRT_ASIO_TEST_ASIO_RULES_OPERATIONS_GRAPHICS_HPP
#define LIBVIRT_ASIO_TEST_ASIO_RULES_OPERATIONS_GRAPHICS_HPP

#include "open.hpp"
#include "operation.hpp"

namespace asio_rules {

struct graphics_async_open_graphics : of_connection {
  using signature = void(error_code, asio::local::stream_protocol::socket);

  template <class... Token>
  static auto start(session& s, Token&&... token) {
    return libvirt_asio::async_open_graphics(*s.connection, s.domain.get(), std::forward<Token>(token)...);
  }

  static void soon(session& s) { s.find_domain(); }
  static states outstanding() {
    return {{.name = "every worker thread is busy",
             .enter =
                 [](session& s) {
                   s.find_domain();
                   s.occupy_workers();
                 },
             .ended_by = terminal | partial | total}};
  }
};

}  // namespace asio_rules

#endif
