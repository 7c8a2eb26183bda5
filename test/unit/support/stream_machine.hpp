// Copyright (c) 2026 The libvirt-asio authors
// Distributed under the Boost Software License, Version 1.0.

#ifndef LIBVIRT_ASIO_TEST_UNIT_STREAM_MACHINE_HPP
#define LIBVIRT_ASIO_TEST_UNIT_STREAM_MACHINE_HPP

#include "stream/stream_machine.hpp"

#include <boost/asio/error.hpp>
#include <boost/test/unit_test.hpp>

#include <cstdint>
#include <optional>

// A machine in each of its states, and what it wants to be done.

namespace unit::stream_machines {

using libvirt_asio::client_errc;
using libvirt_asio::errc;
using libvirt_asio::error_code;
using libvirt_asio::stream_events;
using libvirt_asio::stream_state;
using libvirt_asio::detail::io_result;
using libvirt_asio::detail::io_status;
using libvirt_asio::detail::stream_kind;

using actions = libvirt_asio::detail::stream_actions;

/// The machine with one operation of a kind, and what each function wants to be done as its result.
class stream_machine : private libvirt_asio::detail::stream_machine {
  using base = libvirt_asio::detail::stream_machine;
  static constexpr libvirt_asio::detail::operation_id open = 1, read = 2, write = 3, wait = 4, end = 5;

  template <class Function>
  static actions collected(Function function) {
    actions to_do;
    function(to_do);
    return to_do;
  }

 public:
  static constexpr auto small_write = libvirt_asio::detail::write_machine::small_write;
  using transferred = actions::transferred;
  using waited = actions::waited;

  using base::awaits_opening;
  using base::begin_send;
  using base::has_ended;
  using base::kind;
  using base::state;
  using base::suspend;
  using base::waits_for_data;
  using base::written;

  error_code start_open() { return base::start_open(open).value_or(error_code()); }
  actions opened(stream_kind kind) {
    return collected([&](actions& to_do) { static_cast<void>(base::opened(kind, to_do)); });
  }
  actions open_failed() {
    return collected([&](actions& to_do) { base::open_failed(errc::rpc, to_do); });
  }
  actions part_ended() {
    return collected([&](actions& to_do) { base::part_ended(to_do); });
  }
  actions start_read(std::uint64_t size) {
    return collected([&](actions& to_do) {
      if (auto const refused = base::start_read(read, size, to_do))
        to_do.complete_read = transferred{*refused};
    });
  }
  actions received(io_result const& result) {
    return collected([&](actions& to_do) { base::received(result, to_do); });
  }
  actions cancel_read() { return cancel(read, true); }
  error_code start_immediate_read(std::uint64_t size) {
    actions ignored;
    return start_immediate_read(size, ignored);
  }
  error_code start_immediate_read(std::uint64_t size, actions& to_do) {
    return base::start_read_at_once(size, to_do).value_or(error_code());
  }
  actions immediate_read_done(io_result const& result) {
    return collected([&](actions& to_do) { seen = base::received_at_once(result, to_do); });
  }
  actions start_write(std::uint64_t size, std::uint64_t packet = UINT64_MAX) {
    return collected([&](actions& to_do) {
      if (auto const refused = base::start_write(write, size, packet, to_do))
        to_do.complete_write = transferred{*refused};
    });
  }
  actions data_copied() {
    return collected([&](actions& to_do) { base::data_copied(to_do); });
  }
  actions sent(io_result const& result) {
    return collected([&](actions& to_do) { base::sent(result, to_do); });
  }
  actions cancel_write(bool started_too) { return cancel(write, started_too); }
  error_code start_immediate_write(std::uint64_t size) {
    return base::start_write_at_once(size).value_or(error_code());
  }
  actions immediate_write_done(io_result const& result) {
    return collected([&](actions& to_do) { base::sent_at_once(result, to_do); });
  }
  actions start_wait(stream_events events) {
    return collected([&](actions& to_do) {
      if (auto const refused = base::start_wait(wait, events, to_do)) to_do.complete_wait = *refused;
    });
  }
  actions cancel_wait() { return cancel(wait, true); }
  actions event(stream_events events) {
    return collected([&](actions& to_do) { base::event(events, to_do); });
  }
  actions events_updated() {
    return collected([&](actions& to_do) { base::events_updated(to_do); });
  }
  actions start_finish() {
    return collected([&](actions& to_do) {
      if (auto const refused = base::start_finish(end, to_do)) to_do.complete_end = *refused;
    });
  }
  actions start_abort() {
    return collected([&](actions& to_do) {
      if (auto const refused = base::start_abort(end, to_do)) to_do.complete_end = *refused;
    });
  }
  actions ended(error_code error) {
    return collected([&](actions& to_do) { base::ended(error, to_do); });
  }
  actions cancel_end() { return cancel(end, true); }
  actions cancel_open() { return cancel(open, true); }
  actions cancel(libvirt_asio::detail::operation_id id, bool started_too) {
    return collected([&](actions& to_do) { base::cancel(id, started_too, to_do); });
  }
  actions cancel_all() {
    return collected([&](actions& to_do) { base::cancel_all(to_do); });
  }
  actions resumed(error_code error) {
    return collected([&](actions& to_do) { base::resumed(error, to_do); });
  }
  actions connection_lost() {
    return collected([&](actions& to_do) { base::connection_lost(to_do); });
  }
  actions close() {
    return collected([&](actions& to_do) { base::close(to_do); });
  }

  /// What the caller of a read that does not wait is told.
  io_result seen;
};

inline constexpr auto none = stream_events::none;
inline constexpr auto readable = stream_events::readable;
inline constexpr auto writable = stream_events::writable;
inline constexpr auto hangup = stream_events::hangup;

// Large enough to complete when it is copied.
inline constexpr std::uint64_t write_size = 10'000;
inline constexpr std::uint64_t packet_size = 6'000;

inline stream_machine open_machine(stream_kind kind = stream_kind::daemon) {
  stream_machine machine;
  static_cast<void>(machine.start_open());
  machine.opened(kind);
  return machine;
}

inline io_result bytes(std::uint64_t size) {
  return {io_status::transferred, size, {}, false};
}

/// After which nothing is left.
inline io_result last_bytes(std::uint64_t size) {
  return {io_status::transferred, size, {}, false, true};
}

inline io_result const a_hole{io_status::transferred, 1'000, {}, true};
inline io_result const end_of_stream{io_status::end, 0, {}, false};
inline io_result const would_block{};
inline io_result const failure{io_status::failed, 0, errc::rpc, false};

inline bool does_nothing(actions const& done) {
  return !done.complete_read && !done.complete_write && !done.complete_wait && !done.complete_end &&
         !done.receive && !done.send && !done.finish && !done.abort && !done.update_events && !done.resume;
}

inline bool completes(std::optional<stream_machine::transferred> const& done, error_code error,
               std::uint64_t size = 0) {
  return done && done->error == error && done->bytes == size;
}

inline bool completes(std::optional<stream_machine::waited> const& done, error_code error, stream_events events) {
  return done && done->error == error && done->events == events;
}

inline bool asks_for(actions const& done, stream_events events) {
  return done.update_events == events;
}

/// A machine in the middle of something.
inline stream_machine receiving(stream_kind kind = stream_kind::daemon) {
  auto machine = open_machine(kind);
  static_cast<void>(machine.start_read(10));
  return machine;
}

inline stream_machine waiting_to_read(stream_kind kind = stream_kind::daemon) {
  auto machine = receiving(kind);
  static_cast<void>(machine.received(would_block));
  static_cast<void>(machine.events_updated());
  return machine;
}

/// A read has got all there was, at an event: that is still asked for.
inline stream_machine emptied() {
  auto machine = waiting_to_read();
  static_cast<void>(machine.event(readable));
  static_cast<void>(machine.received(last_bytes(3)));
  return machine;
}

inline stream_machine queued_to_write(stream_kind kind = stream_kind::daemon) {
  auto machine = open_machine(kind);
  static_cast<void>(machine.start_write(write_size));
  return machine;
}

inline stream_machine sending(stream_kind kind = stream_kind::daemon) {
  auto machine = queued_to_write(kind);
  BOOST_TEST_REQUIRE(machine.begin_send());
  return machine;
}

inline stream_machine sending_little() {
  auto machine = open_machine();
  static_cast<void>(machine.start_write(1));
  BOOST_TEST_REQUIRE(machine.begin_send());
  return machine;
}

inline stream_machine sending_first_of_two_packets() {
  auto machine = open_machine();
  BOOST_TEST_REQUIRE(machine.start_write(write_size, packet_size).send);
  BOOST_TEST_REQUIRE(machine.begin_send());
  return machine;
}

/// A write is complete, but libvirt still sends its data.
inline stream_machine with_unfinished_send() {
  auto machine = sending();
  static_cast<void>(machine.data_copied());
  return machine;
}

inline stream_machine waiting_to_write() {
  auto machine = sending(stream_kind::descriptor);
  static_cast<void>(machine.sent(would_block));
  static_cast<void>(machine.events_updated());
  return machine;
}

inline stream_machine waiting_for(stream_events events, stream_kind kind = stream_kind::daemon) {
  auto machine = open_machine(kind);
  static_cast<void>(machine.start_wait(events));
  static_cast<void>(machine.events_updated());
  return machine;
}

inline stream_machine aside() {
  auto machine = open_machine();
  BOOST_TEST_REQUIRE(machine.suspend());
  return machine;
}

/// It is set aside, and a read waits until it is open again.
inline stream_machine returning() {
  auto machine = aside();
  static_cast<void>(machine.start_read(10));
  return machine;
}

inline stream_machine failed() {
  auto machine = receiving();
  static_cast<void>(machine.received(failure));
  return machine;
}

inline error_code const aborted = boost::asio::error::operation_aborted;
inline error_code const eof = boost::asio::error::eof;

}  // namespace unit::stream_machines

#endif
