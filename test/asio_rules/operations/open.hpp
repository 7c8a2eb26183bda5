#ifndef LIBVIRT_ASIO_TEST_ASIO_RULES_OPERATIONS_OPEN_HPP
#define LIBVIRT_ASIO_TEST_ASIO_RULES_OPERATIONS_OPEN_HPP

#include "operation.hpp"

namespace asio_rules {

/// What they are refused with. Not a member of the template: the table is made before `main`, and what
/// templates have may be initialized after that.
struct of_closed_stream : of_stream {
  static inline error_code const refusal = client_errc::already_open;
};

/// What the functions that open a stream have in common, but for the object that they need.
template <void (*find)(session&)>
struct of_opening : of_closed_stream {
  static void soon(session& s) { find(s); }
  static void refused(session& s) {
    s.open_console();
    find(s);
  }
  static states outstanding() {
    return {{.name = "every worker thread is busy",
             .enter =
                 [](session& s) {
                   find(s);
                   s.occupy_workers();
                 },
             .ended_by = terminal | partial},
            {.name = "the daemon does not answer",
             .enter =
                 [](session& s) {
                   find(s);
                   s.freeze_daemon();
                 },
             .ended_by = terminal | partial}};
  }
};

inline void find_domain(session& s) {
  s.find_domain();
}
inline void find_source(session& s) {
  s.find_source();
}
inline void make_target(session& s) {
  s.make_target();
}

struct open_async_open_console : of_opening<&find_domain> {
  using signature = void(error_code);

  template <class... Token>
  static auto start(session& s, Token&&... token) {
    return libvirt_asio::async_open_console(*s.stream, s.domain.get(), s.parts.next_console(),
                                            std::forward<Token>(token)...);
  }
};

struct open_async_open_channel : of_opening<&find_domain> {
  using signature = void(error_code);

  template <class... Token>
  static auto start(session& s, Token&&... token) {
    return libvirt_asio::async_open_channel(*s.stream, s.domain.get(), s.parts.next_channel(),
                                            std::forward<Token>(token)...);
  }
};

struct open_async_open_screenshot : of_opening<&find_domain> {
  using signature = void(error_code, std::string);

  template <class... Token>
  static auto start(session& s, Token&&... token) {
    return libvirt_asio::async_open_screenshot(*s.stream, s.domain.get(), 0U, std::forward<Token>(token)...);
  }
};

struct open_async_open_download : of_opening<&find_source> {
  using signature = void(error_code);

  template <class... Token>
  static auto start(session& s, Token&&... token) {
    return libvirt_asio::async_open_download(*s.stream, s.source.get(), {}, std::forward<Token>(token)...);
  }
};

struct open_async_open_upload : of_opening<&make_target> {
  using signature = void(error_code);

  template <class... Token>
  static auto start(session& s, Token&&... token) {
    return libvirt_asio::async_open_upload(*s.stream, s.target.get(), {}, std::forward<Token>(token)...);
  }
};

}  // namespace asio_rules

#endif
