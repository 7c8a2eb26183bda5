#ifndef LIBVIRT_ASIO_TEST_ASIO_RULES_OPERATIONS_STREAM_HPP
#define LIBVIRT_ASIO_TEST_ASIO_RULES_OPERATIONS_STREAM_HPP

#include "operation.hpp"

namespace asio_rules {

struct stream_async_open : of_stream {
  using signature = void(error_code);

  template <class... Token>
  static auto start(session& s, Token&&... token) {
    auto const volume = s.share_source();
    return s.stream->async_open(
        [held = s.held, volume](virStreamPtr native) {
          held();
          return virStorageVolDownload(volume->get(), native, 0, 0, 0);
        },
        std::forward<Token>(token)...);
  }

  static void soon(session& s) {
    s.find_source();
    s.held.let_go();
  }
  static void refused(session& s) {
    s.open_console();
    s.held.let_go();
  }
  static inline error_code const refusal = client_errc::already_open;
  static states outstanding() {
    return {{.name = "the function runs",
             .enter = [](session& s) { s.find_source(); },
             .ended_by = terminal | partial,
             .reached = [](session const& s) { return s.held.entered() == 1; }},
            {.name = "every worker thread is busy",
             .enter =
                 [](session& s) {
                   s.find_source();
                   s.occupy_workers();
                 },
             .ended_by = terminal | partial}};
  }
};

struct stream_async_read_some : of_stream {
  using signature = void(error_code, std::size_t);

  template <class... Token>
  static auto start(session& s, Token&&... token) {
    return s.stream->async_read_some(asio::buffer(s.bytes.data(), 100), std::forward<Token>(token)...);
  }

  static void soon(session& s) { s.open_download(); }
  static states outstanding() {
    return {{.name = "nothing comes",
             .enter = [](session& s) { s.open_console(); },
             .ended_by = terminal | partial | total}};
  }
};

/// What writes have in common.
struct of_writer : of_stream {
  static states outstanding() {
    return {{.name = "another stream of the connection is blocked",
             .enter =
                 [](session& s) {
                   s.open_upload();
                   s.block_sending();
                 },
             .ended_by = terminal | partial | total}};
  }
};

struct stream_async_write_some : of_writer {
  using signature = void(error_code, std::size_t);

  template <class... Token>
  static auto start(session& s, Token&&... token) {
    return s.stream->async_write_some(asio::buffer(s.bytes), std::forward<Token>(token)...);
  }

  static void soon(session& s) { s.open_upload(); }
  static states outstanding() {
    auto all = of_writer::outstanding();
    all.push_back({.name = "libvirt sends the first of several packets",
                   .enter =
                       [](session& s) {
                         s.bytes.resize(1'000'000);
                         s.open_upload();
                         s.stop_daemon_from_taking();
                       },
                   .ended_by = terminal | partial,
                   .reached = [](session const& s) { return s.waits_for_daemon_to_take(); }});
    return all;
  }
};

struct stream_async_receive : of_stream {
  using signature = void(error_code, section);

  template <class... Token>
  static auto start(session& s, Token&&... token) {
    return s.stream->async_receive(asio::buffer(s.bytes.data(), 100), std::forward<Token>(token)...);
  }

  static void soon(session& s) { s.open_download(sections::sparse); }
  static states outstanding() { return stream_async_read_some::outstanding(); }
};

struct stream_async_send_hole : of_writer {
  using signature = void(error_code);

  template <class... Token>
  static auto start(session& s, Token&&... token) {
    return s.stream->async_send_hole(s.hole_length, std::forward<Token>(token)...);
  }

  static void soon(session& s) { s.open_upload(sections::sparse); }
};

struct stream_async_wait : of_stream {
  using signature = void(error_code, stream_events);

  template <class... Token>
  static auto start(session& s, Token&&... token) {
    return s.stream->async_wait(stream_events::readable, std::forward<Token>(token)...);
  }

  static void soon(session& s) { s.open_download(); }
  static states outstanding() { return stream_async_read_some::outstanding(); }
};

/// What finish and abort have in common.
struct of_ending : of_stream {
  static void soon(session& s) { s.open_upload(); }
  static states outstanding() {
    return {{.name = "every worker thread is busy",
             .enter =
                 [](session& s) {
                   s.open_download();
                   s.occupy_workers();
                 },
             .ended_by = terminal | partial},
            {.name = "the daemon does not answer",
             .enter =
                 [](session& s) {
                   s.open_download();
                   s.freeze_daemon();
                 },
             .ended_by = terminal | partial}};
  }
};

struct stream_async_finish : of_ending {
  using signature = void(error_code);

  template <class... Token>
  static auto start(session& s, Token&&... token) {
    return s.stream->async_finish(std::forward<Token>(token)...);
  }
};

struct stream_async_abort : of_ending {
  using signature = void(error_code);

  template <class... Token>
  static auto start(session& s, Token&&... token) {
    return s.stream->async_abort(std::forward<Token>(token)...);
  }
};

}  // namespace asio_rules

#endif
