// The one list of operations that every rule is applied to.
//
// An operation says how it is started, and which states it can be in. Each session is brought into one state
// before the operation is started:
//   soon      it completes by itself, without an error;
//   refused   it completes at once, with `refusal`;
//   states    it stays outstanding, the first one being the most telling; each with the cancellation types
//   that its
//             documentation says end it there.

#ifndef LIBVIRT_ASIO_TEST_ASIO_RULES_OPERATIONS_HPP
#define LIBVIRT_ASIO_TEST_ASIO_RULES_OPERATIONS_HPP

#include "session.hpp"

#include <boost/asio/cancellation_type.hpp>
#include <boost/mp11/list.hpp>

#include <fstream>
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

// --- event_loop.hpp ----------------------------------------------------------------------------------------

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

// --- connection.hpp ----------------------------------------------------------------------------------------

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

// --- stream.hpp --------------------------------------------------------------------------------------------

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

// --- events.hpp --------------------------------------------------------------------------------------------

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

// --- open.hpp ----------------------------------------------------------------------------------------------

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

// --- transfer.hpp ------------------------------------------------------------------------------------------

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

// --- The list ----------------------------------------------------------------------------------------------

/// Named after the header or class and the function: `list_is_complete.py` compares them with the headers.
using operations = boost::mp11::mp_list<  //
    event_loop_async_drain,               //
    connection_async_open, connection_async_call_of_value, connection_async_call_of_handle,
    connection_async_call_of_void, connection_async_wait_closed, connection_async_close,  //
    stream_async_open, stream_async_read_some, stream_async_write_some, stream_async_receive,
    stream_async_send_hole, stream_async_wait, stream_async_finish, stream_async_abort,  //
    events_async_subscribe, events_async_next,                                           //
    open_async_open_console, open_async_open_channel, open_async_open_screenshot, open_async_open_download,
    open_async_open_upload,  //
    transfer_async_recv_all, transfer_async_sparse_recv_all, transfer_async_send_all,
    transfer_async_sparse_send_all, transfer_async_download, transfer_async_upload>;

}  // namespace asio_rules

#endif
