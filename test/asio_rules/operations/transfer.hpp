#ifndef LIBVIRT_ASIO_TEST_ASIO_RULES_OPERATIONS_TRANSFER_HPP
#define LIBVIRT_ASIO_TEST_ASIO_RULES_OPERATIONS_TRANSFER_HPP

#include "open.hpp"
#include "operation.hpp"
#include "stream.hpp"

#include <fstream>

namespace asio_rules {

/// What the functions for whole streams have in common.
struct of_whole_stream : of_stream {
  static constexpr bool must_outlive = true;
  static constexpr bool completes_immediately = false;
};

/// What reading a stream to its end has in common.
struct of_whole_read : of_whole_stream {
  static states outstanding() { return stream_async_read_some::outstanding(); }
};

/// What writing a whole stream has in common.
struct of_whole_write : of_whole_stream {
  static states outstanding() {
    return {{.name = "the daemon takes no more",
             .enter =
                 [](session& s) {
                   s.open_upload();
                   s.stop_daemon_from_taking();
                   s.source_length = std::uint64_t{1} << 40;
                 },
             .ended_by = terminal | partial | total}};
  }
};

/// A source of a whole stream.
struct endless_source {
  std::shared_ptr<std::uint64_t> left;

  explicit endless_source(session const& s) : left(std::make_shared<std::uint64_t>(s.source_length)) {}

  std::size_t operator()(asio::mutable_buffer buffer) const {
    auto const size = std::min<std::uint64_t>(buffer.size(), *left);
    *left -= size;
    return static_cast<std::size_t>(size);
  }
};

inline constexpr auto take_data = [](asio::const_buffer) {};
inline constexpr auto take_hole = [](std::uint64_t) {};

struct transfer_async_recv_all : of_whole_read {
  using signature = void(error_code, std::uint64_t);

  template <class... Token>
  static auto start(session& s, Token&&... token) {
    return libvirt_asio::async_recv_all(*s.stream, take_data, std::forward<Token>(token)...);
  }

  static void soon(session& s) { s.open_download(); }
};

struct transfer_async_sparse_recv_all : of_whole_read {
  using signature = void(error_code, std::uint64_t);

  template <class... Token>
  static auto start(session& s, Token&&... token) {
    return libvirt_asio::async_sparse_recv_all(*s.stream, take_data, take_hole,
                                               std::forward<Token>(token)...);
  }

  static void soon(session& s) { s.open_download(sections::sparse); }
};

struct transfer_async_send_all : of_whole_write {
  using signature = void(error_code, std::uint64_t);

  template <class... Token>
  static auto start(session& s, Token&&... token) {
    return libvirt_asio::async_send_all(*s.stream, endless_source(s), std::forward<Token>(token)...);
  }

  static void soon(session& s) { s.open_upload(); }
};

struct transfer_async_sparse_send_all : of_whole_write {
  using signature = void(error_code, std::uint64_t);

  template <class... Token>
  static auto start(session& s, Token&&... token) {
    endless_source const source(s);
    auto const sections = [left = source.left] { return section{.hole = false, .length = *left}; };
    return libvirt_asio::async_sparse_send_all(*s.stream, source, sections, take_hole,
                                               std::forward<Token>(token)...);
  }

  static void soon(session& s) { s.open_upload(sections::sparse); }
};

/// What transfers between a volume and a file have in common.
template <void (*find)(session&)>
struct of_transfer : of_connection {
  static constexpr bool must_outlive = true;
  static constexpr bool completes_immediately = false;
  static void soon(session& s) { find(s); }
  static void refused(session& s) {
    find(s);
    s.connection->close();
  }
  static states outstanding() {
    return {{.name = "every worker thread is busy",
             .enter =
                 [](session& s) {
                   find(s);
                   s.occupy_workers();
                 },
             .ended_by = terminal | partial | total},
            {.name = "the daemon does not answer",
             .enter =
                 [](session& s) {
                   find(s);
                   s.freeze_daemon();
                 },
             .ended_by = terminal | partial | total}};
  }
};

inline void make_target_and_file(session& s) {
  s.make_target();
  std::ofstream(s.file("file")) << std::string(1'000, 'x');
}

struct transfer_async_download : of_transfer<&find_source> {
  using signature = void(error_code, transfer_result);

  template <class... Token>
  static auto start(session& s, Token&&... token) {
    return libvirt_asio::async_download(*s.connection, s.source.get(), s.file("copy"),
                                        std::forward<Token>(token)...);
  }
};

struct transfer_async_upload : of_transfer<&make_target_and_file> {
  using signature = void(error_code, transfer_result);

  template <class... Token>
  static auto start(session& s, Token&&... token) {
    return libvirt_asio::async_upload(*s.connection, s.file("file"), s.target.get(),
                                      std::forward<Token>(token)...);
  }
};

struct transfer_async_download_of_sink : of_transfer<&find_source> {
  using signature = void(error_code, transfer_result);

  template <class... Token>
  static auto start(session& s, Token&&... token) {
    auto const sink = [](std::uint64_t, asio::const_buffer) {};
    return libvirt_asio::async_download(*s.connection, s.source.get(), sink, std::forward<Token>(token)...);
  }
};

struct transfer_async_upload_of_source : of_transfer<&make_target> {
  using signature = void(error_code, transfer_result);

  template <class... Token>
  static auto start(session& s, Token&&... token) {
    auto const source = [give = endless_source(s)](std::uint64_t, asio::mutable_buffer buffer) { return give(buffer); };
    return libvirt_asio::async_upload(*s.connection, source, s.target.get(), std::forward<Token>(token)...);
  }
};

inline void find_source_and_make_target(session& s) {
  s.find_source();
  s.make_target();
}

struct transfer_async_copy : of_transfer<&find_source_and_make_target> {
  using signature = void(error_code, transfer_result);

  template <class... Token>
  static auto start(session& s, Token&&... token) {
    return libvirt_asio::async_copy(*s.connection, s.source.get(), *s.connection, s.target.get(),
                                    std::forward<Token>(token)...);
  }
};

}  // namespace asio_rules

#endif
