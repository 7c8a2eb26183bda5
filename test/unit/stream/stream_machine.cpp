// Copyright (c) 2026 The libvirt-asio authors
// Distributed under the Boost Software License, Version 1.0.

#include "stream/stream_machine.hpp"

#include "unit/support/print.hpp"

#include <boost/asio/error.hpp>
#include <boost/test/unit_test.hpp>

#include <cstdint>
#include <optional>
#include <vector>

namespace {

namespace asio = boost::asio;
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
    return base::start_read_at_once(size).value_or(error_code());
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

constexpr auto none = stream_events::none;
constexpr auto readable = stream_events::readable;
constexpr auto writable = stream_events::writable;
constexpr auto hangup = stream_events::hangup;

// Large enough to complete when it is copied.
constexpr std::uint64_t write_size = 10'000;
constexpr std::uint64_t packet_size = 6'000;

stream_machine open_machine(stream_kind kind = stream_kind::daemon) {
  stream_machine machine;
  static_cast<void>(machine.start_open());
  machine.opened(kind);
  return machine;
}

io_result bytes(std::uint64_t size) {
  return {io_status::transferred, size, {}, false};
}

/// After which nothing is left.
io_result last_bytes(std::uint64_t size) {
  return {io_status::transferred, size, {}, false, true};
}

io_result const a_hole{io_status::transferred, 1'000, {}, true};
io_result const end_of_stream{io_status::end, 0, {}, false};
io_result const would_block{};
io_result const failure{io_status::failed, 0, errc::rpc, false};

bool does_nothing(actions const& done) {
  return !done.complete_read && !done.complete_write && !done.complete_wait && !done.complete_end &&
         !done.receive && !done.send && !done.finish && !done.abort && !done.update_events && !done.resume;
}

bool completes(std::optional<stream_machine::transferred> const& done, error_code error,
               std::uint64_t size = 0) {
  return done && done->error == error && done->bytes == size;
}

bool completes(std::optional<stream_machine::waited> const& done, error_code error, stream_events events) {
  return done && done->error == error && done->events == events;
}

bool asks_for(actions const& done, stream_events events) {
  return done.update_events == events;
}

/// A machine in the middle of something.
stream_machine receiving(stream_kind kind = stream_kind::daemon) {
  auto machine = open_machine(kind);
  static_cast<void>(machine.start_read(10));
  return machine;
}

stream_machine waiting_to_read(stream_kind kind = stream_kind::daemon) {
  auto machine = receiving(kind);
  static_cast<void>(machine.received(would_block));
  static_cast<void>(machine.events_updated());
  return machine;
}

/// A read has got all there was, at an event: that is still asked for.
stream_machine emptied() {
  auto machine = waiting_to_read();
  static_cast<void>(machine.event(readable));
  static_cast<void>(machine.received(last_bytes(3)));
  return machine;
}

stream_machine queued_to_write(stream_kind kind = stream_kind::daemon) {
  auto machine = open_machine(kind);
  static_cast<void>(machine.start_write(write_size));
  return machine;
}

stream_machine sending(stream_kind kind = stream_kind::daemon) {
  auto machine = queued_to_write(kind);
  BOOST_TEST_REQUIRE(machine.begin_send());
  return machine;
}

stream_machine sending_little() {
  auto machine = open_machine();
  static_cast<void>(machine.start_write(1));
  BOOST_TEST_REQUIRE(machine.begin_send());
  return machine;
}

stream_machine sending_first_of_two_packets() {
  auto machine = open_machine();
  BOOST_TEST_REQUIRE(machine.start_write(write_size, packet_size).send);
  BOOST_TEST_REQUIRE(machine.begin_send());
  return machine;
}

/// A write is complete, but libvirt still sends its data.
stream_machine with_unfinished_send() {
  auto machine = sending();
  static_cast<void>(machine.data_copied());
  return machine;
}

stream_machine waiting_to_write() {
  auto machine = sending(stream_kind::descriptor);
  static_cast<void>(machine.sent(would_block));
  static_cast<void>(machine.events_updated());
  return machine;
}

stream_machine waiting_for(stream_events events, stream_kind kind = stream_kind::daemon) {
  auto machine = open_machine(kind);
  static_cast<void>(machine.start_wait(events));
  static_cast<void>(machine.events_updated());
  return machine;
}

stream_machine aside() {
  auto machine = open_machine();
  BOOST_TEST_REQUIRE(machine.suspend());
  return machine;
}

/// It is set aside, and a read waits until it is open again.
stream_machine returning() {
  auto machine = aside();
  static_cast<void>(machine.start_read(10));
  return machine;
}

stream_machine failed() {
  auto machine = receiving();
  static_cast<void>(machine.received(failure));
  return machine;
}

error_code const aborted = asio::error::operation_aborted;
error_code const eof = asio::error::eof;

}  // namespace

BOOST_AUTO_TEST_SUITE(stream_machine_test)

// --- Opening

BOOST_AUTO_TEST_CASE(a_new_stream_is_closed_and_refuses_every_operation) {
  stream_machine machine;
  BOOST_TEST(machine.state() == stream_state::closed);
  BOOST_TEST(completes(machine.start_read(1).complete_read, client_errc::not_open));
  BOOST_TEST(completes(machine.start_write(1).complete_write, client_errc::not_open));
  BOOST_TEST(completes(machine.start_wait(readable).complete_wait, client_errc::not_open, none));
  BOOST_TEST(*machine.start_finish().complete_end == client_errc::not_open);
  BOOST_TEST(*machine.start_abort().complete_end == client_errc::not_open);
  BOOST_TEST(machine.start_immediate_read(1) == client_errc::not_open);
  BOOST_TEST(machine.start_immediate_write(1) == client_errc::not_open);
}

BOOST_AUTO_TEST_CASE(a_stream_being_opened_cannot_be_opened_nor_used) {
  stream_machine machine;
  BOOST_TEST(!machine.start_open());
  BOOST_TEST(machine.state() == stream_state::opening);
  BOOST_TEST(machine.start_open() == client_errc::already_open);
  BOOST_TEST(completes(machine.start_read(1).complete_read, client_errc::not_open));
  BOOST_TEST(*machine.start_abort().complete_end == client_errc::not_open);
}

BOOST_AUTO_TEST_CASE(an_open_stream_cannot_be_opened) {
  auto machine = open_machine(stream_kind::file);
  BOOST_TEST(machine.state() == stream_state::open);
  BOOST_TEST((machine.kind() == stream_kind::file));
  BOOST_TEST(machine.start_open() == client_errc::already_open);
}

BOOST_AUTO_TEST_CASE(a_stream_that_failed_to_open_can_be_opened_again) {
  stream_machine machine;
  BOOST_TEST(!machine.start_open());
  machine.open_failed();
  BOOST_TEST(machine.state() == stream_state::closed);
  BOOST_TEST(!machine.start_open());
}

// --- Reading

BOOST_AUTO_TEST_CASE(a_read_receives_before_it_waits) {
  auto machine = open_machine();
  auto const started = machine.start_read(10);
  BOOST_TEST(started.receive);
  BOOST_TEST(!started.complete_read);
  BOOST_TEST(completes(machine.received(bytes(7)).complete_read, {}, 7));
}

BOOST_AUTO_TEST_CASE(a_hole_is_told_from_data) {
  auto machine = receiving();
  auto const hole = machine.received(a_hole);
  BOOST_TEST(completes(hole.complete_read, {}, 1'000));
  BOOST_TEST(hole.complete_read->hole);
  static_cast<void>(machine.start_read(10));
  BOOST_TEST(!machine.received(bytes(1)).complete_read->hole);
}

BOOST_AUTO_TEST_CASE(events_are_asked_for_again_after_a_hole) {
  auto machine = waiting_to_read();
  static_cast<void>(machine.event(readable));
  BOOST_TEST(asks_for(machine.received(a_hole), readable));
  BOOST_TEST(does_nothing(machine.events_updated()));
}

BOOST_AUTO_TEST_CASE(events_that_were_not_asked_for_need_no_asking_again_after_a_hole) {
  auto machine = receiving();
  BOOST_TEST(!machine.received(a_hole).update_events);
}

BOOST_AUTO_TEST_CASE(events_are_asked_for_again_after_a_hole_when_an_update_under_way_is_done) {
  auto machine = receiving();
  BOOST_TEST(asks_for(machine.start_wait(readable), readable));
  BOOST_TEST(!machine.received(a_hole).update_events);
  BOOST_TEST(asks_for(machine.events_updated(), readable));
  BOOST_TEST(does_nothing(machine.events_updated()));
}

BOOST_AUTO_TEST_CASE(a_read_that_would_block_waits_and_receives_at_the_event) {
  auto machine = receiving();
  BOOST_TEST(!machine.waits_for_data());
  auto const blocked = machine.received(would_block);
  BOOST_TEST(asks_for(blocked, readable));
  BOOST_TEST(!blocked.complete_read);
  BOOST_TEST(machine.waits_for_data());
  static_cast<void>(machine.events_updated());
  BOOST_TEST(machine.event(readable).receive);
  BOOST_TEST(!machine.waits_for_data());
  BOOST_TEST(completes(machine.received(bytes(3)).complete_read, {}, 3));
}

BOOST_AUTO_TEST_CASE(a_false_event_makes_a_read_wait_on) {
  auto machine = waiting_to_read();
  BOOST_TEST(machine.event(readable).receive);
  BOOST_TEST(does_nothing(machine.received(would_block)));
  BOOST_TEST(machine.event(readable).receive);
}

BOOST_AUTO_TEST_CASE(a_read_after_one_that_left_nothing_waits_for_the_event_at_once) {
  auto machine = emptied();
  BOOST_TEST(does_nothing(machine.start_read(10)));
  BOOST_TEST(machine.waits_for_data());
  BOOST_TEST(machine.event(readable).receive);
  BOOST_TEST(completes(machine.received(bytes(3)).complete_read, {}, 3));
  BOOST_TEST(machine.start_read(10).receive);
}

BOOST_AUTO_TEST_CASE(a_read_after_an_event_that_nobody_waited_for_receives_at_once) {
  auto machine = emptied();
  BOOST_TEST(asks_for(machine.event(readable), none));
  BOOST_TEST(machine.start_read(10).receive);
  static_cast<void>(machine.received(last_bytes(3)));
  static_cast<void>(machine.events_updated());
  BOOST_TEST(machine.start_read(10).receive);
}

BOOST_AUTO_TEST_CASE(a_read_without_readable_events_receives_at_once) {
  auto machine = receiving();
  static_cast<void>(machine.received(last_bytes(3)));
  BOOST_TEST(machine.start_read(10).receive);
}

BOOST_AUTO_TEST_CASE(a_read_that_does_not_wait_can_leave_nothing_too) {
  auto machine = emptied();
  static_cast<void>(machine.start_immediate_read(10));
  static_cast<void>(machine.immediate_read_done(bytes(3)));
  BOOST_TEST(machine.start_read(10).receive);
  static_cast<void>(machine.received(bytes(3)));
  static_cast<void>(machine.start_immediate_read(10));
  static_cast<void>(machine.immediate_read_done(last_bytes(3)));
  BOOST_TEST(does_nothing(machine.start_read(10)));
}

BOOST_AUTO_TEST_CASE(a_read_after_the_connection_is_lost_receives_at_once) {
  auto machine = emptied();
  static_cast<void>(machine.connection_lost());
  BOOST_TEST(machine.start_read(10).receive);
}

BOOST_AUTO_TEST_CASE(a_waiting_read_receives_at_error_and_hangup_too) {
  for (auto const trouble : {stream_events::error, stream_events::hangup}) {
    auto machine = waiting_to_read(stream_kind::descriptor);
    BOOST_TEST(machine.event(trouble).receive);
  }
}

BOOST_AUTO_TEST_CASE(later_reads_meet_the_end_again_without_receiving) {
  auto machine = receiving();
  BOOST_TEST(completes(machine.received(end_of_stream).complete_read, eof));
  BOOST_TEST(machine.state() == stream_state::open);
  auto const again = machine.start_read(10);
  BOOST_TEST(completes(again.complete_read, eof));
  BOOST_TEST(!again.receive);
  BOOST_TEST(machine.start_immediate_read(1) == eof);
}

BOOST_AUTO_TEST_CASE(an_error_of_a_read_fails_the_stream_for_good) {
  auto machine = receiving();
  BOOST_TEST(completes(machine.received(failure).complete_read, errc::rpc));
  BOOST_TEST(machine.state() == stream_state::failed);
  BOOST_TEST(completes(machine.start_read(1).complete_read, errc::rpc));
  BOOST_TEST(completes(machine.start_write(1).complete_write, errc::rpc));
  BOOST_TEST(*machine.start_finish().complete_end == errc::rpc);
  BOOST_TEST(machine.start_immediate_read(1) == errc::rpc);
  BOOST_TEST(machine.start_immediate_write(1) == errc::rpc);
}

BOOST_AUTO_TEST_CASE(a_second_read_is_refused_and_leaves_the_first_alone) {
  for (auto machine : {receiving(), waiting_to_read()}) {
    auto const second = machine.start_read(10);
    BOOST_TEST(completes(second.complete_read, client_errc::operation_in_progress));
    BOOST_TEST(!second.receive);
    BOOST_TEST(machine.start_immediate_read(1) == client_errc::operation_in_progress);
  }
  auto machine = waiting_to_read();
  static_cast<void>(machine.start_read(10));
  BOOST_TEST(machine.event(readable).receive);
}

BOOST_AUTO_TEST_CASE(a_read_of_nothing_never_reaches_libvirt) {
  auto machine = open_machine();
  auto const done = machine.start_read(0);
  BOOST_TEST(completes(done.complete_read, {}));
  BOOST_TEST(!done.receive);
  BOOST_TEST(machine.start_read(1).receive);
}

BOOST_AUTO_TEST_CASE(a_read_of_nothing_succeeds_at_the_end_too) {
  auto machine = receiving();
  static_cast<void>(machine.received(end_of_stream));
  BOOST_TEST(completes(machine.start_read(0).complete_read, {}));
}

BOOST_AUTO_TEST_CASE(cancelling_a_waiting_read_completes_it_and_the_next_one_reads) {
  auto machine = waiting_to_read();
  BOOST_TEST(completes(machine.cancel_read().complete_read, aborted));
  BOOST_TEST(does_nothing(machine.cancel_read()));
  BOOST_TEST(machine.start_read(10).receive);
}

BOOST_AUTO_TEST_CASE(a_read_cancelled_while_it_receives_gives_the_bytes_it_got) {
  auto machine = receiving();
  BOOST_TEST(does_nothing(machine.cancel_read()));
  BOOST_TEST(completes(machine.received(bytes(5)).complete_read, {}, 5));
}

BOOST_AUTO_TEST_CASE(a_read_cancelled_while_it_receives_nothing_is_aborted) {
  auto machine = receiving();
  static_cast<void>(machine.cancel_read());
  auto const done = machine.received(would_block);
  BOOST_TEST(completes(done.complete_read, aborted));
  BOOST_TEST(!machine.waits_for_data());
}

BOOST_AUTO_TEST_CASE(a_cancelled_read_does_not_cancel_the_next_one) {
  auto machine = receiving();
  static_cast<void>(machine.cancel_read());
  static_cast<void>(machine.received(bytes(5)));
  static_cast<void>(machine.start_read(10));
  BOOST_TEST(!machine.received(would_block).complete_read);
  BOOST_TEST(machine.waits_for_data());
}

BOOST_AUTO_TEST_CASE(a_read_that_does_not_wait_leaves_nothing_behind) {
  auto machine = open_machine();
  BOOST_TEST(!machine.start_immediate_read(1));
  BOOST_TEST(completes(machine.start_read(1).complete_read, client_errc::operation_in_progress));
  BOOST_TEST(does_nothing(machine.immediate_read_done(would_block)));
  BOOST_TEST(!machine.start_immediate_read(1));
  static_cast<void>(machine.immediate_read_done(bytes(1)));
  BOOST_TEST(machine.start_read(1).receive);
}

BOOST_AUTO_TEST_CASE(a_read_that_does_not_wait_remembers_end_and_error) {
  auto ended = open_machine();
  static_cast<void>(ended.start_immediate_read(1));
  static_cast<void>(ended.immediate_read_done(end_of_stream));
  BOOST_TEST(completes(ended.start_read(1).complete_read, eof));

  auto failed = open_machine();
  static_cast<void>(failed.start_immediate_read(1));
  static_cast<void>(failed.immediate_read_done(failure));
  BOOST_TEST(failed.state() == stream_state::failed);
}

// libvirt spins when such a stream has nothing to give.
BOOST_AUTO_TEST_CASE(a_file_is_received_from_once_after_each_event) {
  auto machine = open_machine(stream_kind::file);
  auto const started = machine.start_read(10);
  BOOST_TEST(!started.receive);
  BOOST_TEST(asks_for(started, readable));
  static_cast<void>(machine.events_updated());
  BOOST_TEST(machine.event(readable).receive);
  BOOST_TEST(!machine.event(readable).receive);
  static_cast<void>(machine.events_updated());
  BOOST_TEST(completes(machine.received(bytes(10)).complete_read, {}, 10));
  BOOST_TEST(!machine.start_read(10).receive);
}

BOOST_AUTO_TEST_CASE(a_file_has_no_read_that_does_not_wait) {
  auto machine = open_machine(stream_kind::file);
  BOOST_TEST(machine.start_immediate_read(1) == client_errc::not_supported);
}

BOOST_AUTO_TEST_CASE(an_error_of_a_write_ends_a_waiting_read) {
  auto machine = waiting_to_read();
  static_cast<void>(machine.start_write(1));
  static_cast<void>(machine.begin_send());
  auto const done = machine.sent(failure);
  BOOST_TEST(completes(done.complete_write, errc::rpc));
  BOOST_TEST(completes(done.complete_read, errc::rpc));
}

BOOST_AUTO_TEST_CASE(an_error_of_a_write_ends_a_read_that_receives_nothing) {
  auto machine = receiving();
  static_cast<void>(machine.start_write(1));
  static_cast<void>(machine.begin_send());
  static_cast<void>(machine.sent(failure));
  BOOST_TEST(completes(machine.received(would_block).complete_read, errc::rpc));
}

// --- Writing

BOOST_AUTO_TEST_CASE(a_write_is_sent_and_completes_with_what_was_sent) {
  auto machine = open_machine(stream_kind::descriptor);
  auto const started = machine.start_write(10);
  BOOST_TEST(started.send);
  BOOST_TEST(!started.complete_write);
  BOOST_TEST(machine.begin_send());
  BOOST_TEST(completes(machine.sent(bytes(8)).complete_write, {}, 8));
  BOOST_TEST(machine.start_write(2).send);
}

BOOST_AUTO_TEST_CASE(a_write_completes_when_libvirt_has_copied_its_data) {
  auto machine = sending();
  BOOST_TEST(completes(machine.data_copied().complete_write, {}, write_size));
  BOOST_TEST(does_nothing(machine.data_copied()));
  BOOST_TEST(does_nothing(machine.sent(bytes(10))));
  BOOST_TEST(machine.start_write(2).send);
}

BOOST_AUTO_TEST_CASE(a_small_write_completes_when_it_is_sent) {
  auto machine = sending_little();
  BOOST_TEST(does_nothing(machine.data_copied()));
  BOOST_TEST(completes(machine.start_write(1).complete_write, client_errc::operation_in_progress));
  BOOST_TEST(completes(machine.sent(bytes(1)).complete_write, {}, 1));
  BOOST_TEST(machine.start_write(2).send);
}

BOOST_AUTO_TEST_CASE(a_small_write_reports_that_it_could_not_be_sent) {
  auto machine = sending_little();
  static_cast<void>(machine.data_copied());
  BOOST_TEST(completes(machine.sent(failure).complete_write, errc::rpc));
}

BOOST_AUTO_TEST_CASE(a_small_write_that_libvirt_has_copied_can_be_given_up_at_once) {
  for (auto const& give_up : std::vector<actions (*)(stream_machine&)>{
           [](stream_machine& machine) { return machine.cancel_write(true); },
           [](stream_machine& machine) { return machine.start_abort(); },
           [](stream_machine& machine) { return machine.close(); }}) {
    auto machine = sending_little();
    static_cast<void>(machine.data_copied());
    auto const given_up = give_up(machine);
    BOOST_TEST(completes(given_up.complete_write, aborted, 1));
    BOOST_TEST(!given_up.abort);
    BOOST_TEST(!machine.sent(bytes(1)).complete_write);
  }
}

BOOST_AUTO_TEST_CASE(total_cancellation_leaves_a_small_write_alone) {
  auto machine = sending_little();
  static_cast<void>(machine.data_copied());
  BOOST_TEST(does_nothing(machine.cancel_write(false)));
  BOOST_TEST(completes(machine.sent(bytes(1)).complete_write, {}, 1));
}

BOOST_AUTO_TEST_CASE(a_large_write_is_sent_in_packets_and_completes_when_the_last_is_copied) {
  auto machine = sending_first_of_two_packets();
  BOOST_TEST(does_nothing(machine.data_copied()));
  BOOST_TEST(completes(machine.start_write(1).complete_write, client_errc::operation_in_progress));
  auto const sent = machine.sent(bytes(packet_size));
  BOOST_TEST(sent.send);
  BOOST_TEST(!sent.complete_write);
  BOOST_TEST(machine.written() == packet_size);
  BOOST_TEST(machine.begin_send());
  BOOST_TEST(completes(machine.data_copied().complete_write, {}, write_size));
}

BOOST_AUTO_TEST_CASE(a_packet_that_cannot_be_sent_ends_a_large_write) {
  auto machine = sending_first_of_two_packets();
  static_cast<void>(machine.sent(bytes(packet_size)));
  static_cast<void>(machine.begin_send());
  auto const failed = machine.sent(failure);
  BOOST_TEST(completes(failed.complete_write, errc::rpc, packet_size));
  BOOST_TEST(!failed.send);
}

BOOST_AUTO_TEST_CASE(a_large_write_is_cancelled_at_once_between_two_packets) {
  auto machine = sending_first_of_two_packets();
  static_cast<void>(machine.sent(bytes(packet_size)));
  BOOST_TEST(completes(machine.cancel_write(true).complete_write, aborted, packet_size));
  BOOST_TEST(!machine.begin_send());
}

BOOST_AUTO_TEST_CASE(a_large_write_is_cancelled_at_once_while_a_copied_packet_is_sent) {
  auto machine = sending_first_of_two_packets();
  static_cast<void>(machine.data_copied());
  BOOST_TEST(completes(machine.cancel_write(true).complete_write, aborted, packet_size));
  BOOST_TEST(does_nothing(machine.sent(bytes(packet_size))));
  BOOST_TEST(machine.start_write(1).send);
}

BOOST_AUTO_TEST_CASE(a_large_write_given_up_before_the_copy_ends_with_that_packet) {
  auto machine = sending_first_of_two_packets();
  BOOST_TEST(does_nothing(machine.cancel_write(true)));
  BOOST_TEST(completes(machine.data_copied().complete_write, aborted, packet_size));
  BOOST_TEST(!machine.sent(bytes(packet_size)).send);
}

BOOST_AUTO_TEST_CASE(total_cancellation_leaves_a_large_write_alone_once_a_packet_is_sent) {
  auto machine = sending_first_of_two_packets();
  static_cast<void>(machine.sent(bytes(packet_size)));
  BOOST_TEST(does_nothing(machine.cancel_write(false)));
  BOOST_TEST(machine.begin_send());
}

BOOST_AUTO_TEST_CASE(an_abort_waits_for_the_packet_being_sent_and_no_more_follow) {
  auto machine = sending_first_of_two_packets();
  static_cast<void>(machine.data_copied());
  auto const started = machine.start_abort();
  BOOST_TEST(completes(started.complete_write, aborted, packet_size));
  BOOST_TEST(!started.abort);
  auto const sent = machine.sent(bytes(packet_size));
  BOOST_TEST(sent.abort);
  BOOST_TEST(!sent.send);
}

BOOST_AUTO_TEST_CASE(a_local_stream_takes_what_it_can_of_a_large_write) {
  auto machine = open_machine(stream_kind::descriptor);
  static_cast<void>(machine.start_write(write_size, packet_size));
  static_cast<void>(machine.begin_send());
  auto const sent = machine.sent(bytes(packet_size));
  BOOST_TEST(completes(sent.complete_write, {}, packet_size));
  BOOST_TEST(!sent.send);
}

BOOST_AUTO_TEST_CASE(a_second_write_is_refused) {
  for (auto machine : {queued_to_write(), sending(), waiting_to_write()}) {
    auto const second = machine.start_write(10);
    BOOST_TEST(completes(second.complete_write, client_errc::operation_in_progress));
    BOOST_TEST(!second.send);
    BOOST_TEST(machine.start_immediate_write(1) == client_errc::operation_in_progress);
  }
}

BOOST_AUTO_TEST_CASE(a_read_and_a_write_may_be_outstanding_at_once) {
  auto machine = waiting_to_read();
  BOOST_TEST(machine.start_write(10).send);
  BOOST_TEST(machine.begin_send());
  BOOST_TEST(machine.event(readable).receive);
}

BOOST_AUTO_TEST_CASE(a_write_of_nothing_never_reaches_libvirt) {
  auto machine = open_machine();
  auto const done = machine.start_write(0);
  BOOST_TEST(completes(done.complete_write, {}));
  BOOST_TEST(!done.send);
  BOOST_TEST(!machine.begin_send());
}

BOOST_AUTO_TEST_CASE(an_error_of_a_write_fails_the_stream) {
  auto machine = sending();
  BOOST_TEST(completes(machine.sent(failure).complete_write, errc::rpc));
  BOOST_TEST(machine.state() == stream_state::failed);
}

BOOST_AUTO_TEST_CASE(an_error_of_a_read_ends_a_queued_write) {
  auto machine = queued_to_write();
  static_cast<void>(machine.start_read(1));
  BOOST_TEST(completes(machine.received(failure).complete_write, errc::rpc));
  BOOST_TEST(!machine.begin_send());
}

BOOST_AUTO_TEST_CASE(an_error_of_a_read_leaves_a_write_being_sent_to_libvirt) {
  auto machine = sending();
  static_cast<void>(machine.start_read(1));
  BOOST_TEST(!machine.received(failure).complete_write);
  BOOST_TEST(completes(machine.sent(bytes(10)).complete_write, {}, 10));
}

BOOST_AUTO_TEST_CASE(a_queued_write_is_cancelled_without_being_sent) {
  for (bool const started_too : {false, true}) {
    auto machine = queued_to_write();
    BOOST_TEST(completes(machine.cancel_write(started_too).complete_write, aborted, 0));
    BOOST_TEST(!machine.begin_send());
    BOOST_TEST(machine.start_write(5).send);
  }
}

BOOST_AUTO_TEST_CASE(total_cancellation_leaves_a_write_being_sent_alone) {
  auto machine = sending();
  BOOST_TEST(does_nothing(machine.cancel_write(false)));
  BOOST_TEST(completes(machine.data_copied().complete_write, {}, write_size));
}

BOOST_AUTO_TEST_CASE(a_write_cancelled_before_the_copy_keeps_its_buffer_until_the_copy) {
  auto machine = sending();
  BOOST_TEST(does_nothing(machine.cancel_write(true)));
  BOOST_TEST(completes(machine.data_copied().complete_write, aborted, write_size));
}

BOOST_AUTO_TEST_CASE(a_write_that_libvirt_has_copied_cannot_be_cancelled) {
  auto machine = with_unfinished_send();
  BOOST_TEST(does_nothing(machine.cancel_write(true)));
}

BOOST_AUTO_TEST_CASE(a_cancelled_write_that_is_sent_before_the_copy_is_noticed_completes_as_sent) {
  auto machine = sending();
  static_cast<void>(machine.cancel_write(true));
  BOOST_TEST(completes(machine.sent(bytes(10)).complete_write, {}, 10));
}

BOOST_AUTO_TEST_CASE(a_write_behind_an_unfinished_send_waits_for_it) {
  auto machine = with_unfinished_send();
  auto const next = machine.start_write(20);
  BOOST_TEST(!next.send);
  BOOST_TEST(!machine.begin_send());
  auto const sent = machine.sent(bytes(10));
  BOOST_TEST(sent.send);
  BOOST_TEST(!sent.complete_write);
  BOOST_TEST(machine.begin_send());
  BOOST_TEST(completes(machine.sent(bytes(20)).complete_write, {}, 20));
}

BOOST_AUTO_TEST_CASE(a_write_behind_an_unfinished_send_can_be_cancelled) {
  auto machine = with_unfinished_send();
  static_cast<void>(machine.start_write(20));
  BOOST_TEST(completes(machine.cancel_write(false).complete_write, aborted, 0));
  BOOST_TEST(does_nothing(machine.sent(bytes(10))));
}

BOOST_AUTO_TEST_CASE(an_unfinished_send_that_fails_fails_the_stream_and_the_write_behind_it) {
  auto machine = with_unfinished_send();
  static_cast<void>(machine.start_write(20));
  auto const sent = machine.sent(failure);
  BOOST_TEST(!sent.send);
  BOOST_TEST(completes(sent.complete_write, errc::rpc));
  BOOST_TEST(machine.state() == stream_state::failed);
}

BOOST_AUTO_TEST_CASE(the_copy_of_an_earlier_write_says_nothing_about_the_next) {
  auto machine = with_unfinished_send();
  static_cast<void>(machine.start_write(20));
  static_cast<void>(machine.sent(bytes(10)));
  static_cast<void>(machine.begin_send());
  BOOST_TEST(does_nothing(machine.cancel_write(true)));
  BOOST_TEST(completes(machine.data_copied().complete_write, aborted, 20));
}

BOOST_AUTO_TEST_CASE(an_unfinished_send_that_fails_is_the_error_of_the_next_write) {
  auto machine = with_unfinished_send();
  BOOST_TEST(!machine.sent(failure).complete_write);
  BOOST_TEST(completes(machine.start_write(1).complete_write, errc::rpc));
}

BOOST_AUTO_TEST_CASE(a_write_to_a_full_descriptor_waits_until_it_is_writable) {
  auto machine = sending(stream_kind::descriptor);
  BOOST_TEST(asks_for(machine.sent(would_block), writable));
  static_cast<void>(machine.events_updated());
  BOOST_TEST(!machine.event(readable).send);
  BOOST_TEST(machine.event(writable).send);
  BOOST_TEST(machine.begin_send());
}

BOOST_AUTO_TEST_CASE(a_waiting_write_is_sent_at_error_and_hangup_too) {
  for (auto const trouble : {stream_events::error, stream_events::hangup}) {
    auto machine = waiting_to_write();
    BOOST_TEST(machine.event(trouble).send);
  }
}

BOOST_AUTO_TEST_CASE(a_waiting_write_is_cancelled_with_nothing_sent) {
  auto machine = waiting_to_write();
  BOOST_TEST(completes(machine.cancel_write(false).complete_write, aborted, 0));
  BOOST_TEST(!machine.event(writable).send);
}

BOOST_AUTO_TEST_CASE(only_a_descriptor_has_a_write_that_does_not_wait) {
  auto machine = open_machine(stream_kind::descriptor);
  BOOST_TEST(!machine.start_immediate_write(1));
  BOOST_TEST(completes(machine.start_write(1).complete_write, client_errc::operation_in_progress));
  static_cast<void>(machine.immediate_write_done(bytes(1)));
  BOOST_TEST(machine.start_write(1).send);

  auto daemon = open_machine();
  BOOST_TEST(daemon.start_immediate_write(1) == asio::error::would_block);
}

// --- Waiting

BOOST_AUTO_TEST_CASE(a_wait_completes_with_the_awaited_part_of_an_event) {
  auto machine = open_machine(stream_kind::descriptor);
  auto const started = machine.start_wait(readable | hangup);
  BOOST_TEST(!started.complete_wait);
  BOOST_TEST(asks_for(started, readable | hangup));
  static_cast<void>(machine.events_updated());
  BOOST_TEST(!machine.event(writable).complete_wait);
  BOOST_TEST(completes(machine.event(readable | writable).complete_wait, {}, readable));
}

BOOST_AUTO_TEST_CASE(a_second_wait_is_refused) {
  auto machine = waiting_for(readable);
  BOOST_TEST(completes(machine.start_wait(readable).complete_wait, client_errc::operation_in_progress, none));
  BOOST_TEST(completes(machine.event(readable).complete_wait, {}, readable));
}

BOOST_AUTO_TEST_CASE(a_wait_for_nothing_completes) {
  auto machine = open_machine();
  auto const started = machine.start_wait(none);
  bool const can_end = started.complete_wait || machine.cancel_wait().complete_wait;
  BOOST_TEST(can_end);
}

BOOST_AUTO_TEST_CASE(a_wait_can_be_cancelled) {
  auto machine = waiting_for(readable);
  BOOST_TEST(completes(machine.cancel_wait().complete_wait, aborted, none));
  BOOST_TEST(does_nothing(machine.cancel_wait()));
}

BOOST_AUTO_TEST_CASE(a_wait_for_data_lets_the_connection_take_it_in) {
  auto machine = open_machine();
  BOOST_TEST(!machine.waits_for_data());
  static_cast<void>(machine.start_wait(readable));
  BOOST_TEST(machine.waits_for_data());
  static_cast<void>(machine.cancel_wait());
  BOOST_TEST(!machine.waits_for_data());
}

BOOST_AUTO_TEST_CASE(the_end_counts_as_readable_and_writable) {
  auto machine = waiting_for(readable);
  static_cast<void>(machine.start_read(1));
  BOOST_TEST(completes(machine.received(end_of_stream).complete_wait, {}, readable));
  BOOST_TEST(completes(machine.start_wait(readable).complete_wait, {}, readable));
}

BOOST_AUTO_TEST_CASE(a_failure_completes_a_wait_of_any_kind) {
  auto machine = waiting_for(hangup);
  static_cast<void>(machine.start_read(1));
  BOOST_TEST(completes(machine.received(failure).complete_wait, {}, hangup));
  BOOST_TEST(completes(machine.start_wait(writable).complete_wait, {}, writable));
}

BOOST_AUTO_TEST_CASE(a_stream_of_a_daemon_is_writable_while_it_sends_nothing) {
  auto machine = open_machine();
  BOOST_TEST(completes(machine.start_wait(writable).complete_wait, {}, writable));
}

BOOST_AUTO_TEST_CASE(a_stream_of_a_daemon_is_writable_once_it_has_sent) {
  auto machine = sending();
  BOOST_TEST(does_nothing(machine.start_wait(writable)));
  BOOST_TEST(completes(machine.sent(bytes(write_size)).complete_wait, {}, writable));

  auto unfinished = with_unfinished_send();
  BOOST_TEST(does_nothing(unfinished.start_wait(writable)));
  BOOST_TEST(completes(unfinished.sent(bytes(10)).complete_wait, {}, writable));
}

BOOST_AUTO_TEST_CASE(an_event_completes_a_wait_and_a_read_together) {
  auto machine = waiting_to_read();
  static_cast<void>(machine.start_wait(readable));
  auto const done = machine.event(readable);
  BOOST_TEST(completes(done.complete_wait, {}, readable));
  BOOST_TEST(done.receive);
}

// --- What is asked of libvirt

BOOST_AUTO_TEST_CASE(events_are_asked_for_once_and_stay_on_between_reads) {
  auto machine = waiting_to_read();
  for (int i = 0; i != 3; ++i) {
    BOOST_TEST(!machine.event(readable).update_events);
    BOOST_TEST(!machine.received(bytes(1)).update_events);
    BOOST_TEST(!machine.start_read(10).update_events);
    BOOST_TEST(!machine.received(would_block).update_events);
  }
}

BOOST_AUTO_TEST_CASE(an_event_nobody_needs_turns_the_events_off) {
  auto machine = waiting_to_read();
  static_cast<void>(machine.event(readable));
  static_cast<void>(machine.received(bytes(1)));
  BOOST_TEST(asks_for(machine.event(readable), none));
  BOOST_TEST(does_nothing(machine.events_updated()));
  BOOST_TEST(machine.start_read(10).receive);
  BOOST_TEST(asks_for(machine.received(would_block), readable));
}

// A descriptor whose peer is gone has a hang-up in every round.
BOOST_AUTO_TEST_CASE(a_hangup_nobody_needs_turns_the_events_off) {
  auto machine = waiting_to_read(stream_kind::descriptor);
  static_cast<void>(machine.cancel_read());
  BOOST_TEST(asks_for(machine.event(hangup), none));
}

BOOST_AUTO_TEST_CASE(an_event_needed_again_while_it_is_turned_off_is_asked_for_afterwards) {
  auto machine = waiting_to_read();
  static_cast<void>(machine.cancel_read());
  BOOST_TEST(asks_for(machine.event(readable), none));
  static_cast<void>(machine.start_read(10));
  BOOST_TEST(!machine.received(would_block).update_events);
  BOOST_TEST(asks_for(machine.events_updated(), readable));
}

BOOST_AUTO_TEST_CASE(a_stream_of_a_daemon_is_never_asked_to_be_writable) {
  auto machine = sending();
  BOOST_TEST(!machine.start_wait(writable).update_events);
}

BOOST_AUTO_TEST_CASE(a_stream_of_a_daemon_is_asked_to_be_readable_only_for_who_waits_for_that) {
  auto machine = open_machine();
  for (auto const events : {hangup, stream_events::error, hangup | stream_events::error}) {
    BOOST_TEST(does_nothing(machine.start_wait(events)));
    static_cast<void>(machine.cancel_wait());
  }
  BOOST_TEST(asks_for(machine.start_wait(readable | hangup), readable));
}

BOOST_AUTO_TEST_CASE(a_failure_turns_the_events_off) {
  auto machine = waiting_to_read();
  BOOST_TEST(machine.start_write(1).send);
  BOOST_TEST(machine.begin_send());
  BOOST_TEST(asks_for(machine.sent(failure), none));
  BOOST_TEST(does_nothing(machine.event(readable)));
}

BOOST_AUTO_TEST_CASE(a_failure_while_events_are_being_asked_for_turns_them_off_afterwards) {
  auto machine = open_machine();
  BOOST_TEST(asks_for(machine.start_wait(readable), readable));
  BOOST_TEST(machine.start_read(10).receive);
  BOOST_TEST(!machine.received(failure).update_events);
  BOOST_TEST(asks_for(machine.events_updated(), none));
}

BOOST_AUTO_TEST_CASE(the_end_turns_the_events_off) {
  auto machine = waiting_to_read();
  static_cast<void>(machine.event(readable));
  BOOST_TEST(asks_for(machine.received(end_of_stream), none));

  auto immediate = emptied();
  static_cast<void>(immediate.start_immediate_read(10));
  BOOST_TEST(asks_for(immediate.immediate_read_done(end_of_stream), none));
}

BOOST_AUTO_TEST_CASE(a_stream_that_does_not_wait_asks_for_nothing) {
  auto machine = open_machine(stream_kind::descriptor);
  BOOST_TEST(!machine.start_read(1).update_events);
  BOOST_TEST(!machine.received(bytes(1)).update_events);
  BOOST_TEST(!machine.start_write(1).update_events);
  BOOST_TEST(machine.begin_send());
  BOOST_TEST(!machine.sent(bytes(1)).update_events);
}

BOOST_AUTO_TEST_CASE(events_of_a_stream_that_is_not_open_do_nothing) {
  auto machine = waiting_to_read();
  static_cast<void>(machine.start_abort());
  BOOST_TEST(does_nothing(machine.event(readable | writable | hangup)));
}

// --- Finishing and aborting

BOOST_AUTO_TEST_CASE(finish_succeeds_once_libvirt_says_so) {
  auto machine = open_machine();
  auto const started = machine.start_finish();
  BOOST_TEST(started.finish);
  BOOST_TEST(!started.complete_end);
  BOOST_TEST(machine.state() == stream_state::finishing);
  auto const ended = machine.ended({});
  BOOST_TEST(*ended.complete_end == error_code());
  BOOST_TEST(machine.state() == stream_state::finished);
  BOOST_TEST(completes(machine.start_read(1).complete_read, client_errc::not_open));
}

BOOST_AUTO_TEST_CASE(finish_that_libvirt_refuses_fails_the_stream) {
  auto machine = open_machine();
  static_cast<void>(machine.start_finish());
  BOOST_TEST(*machine.ended(errc::rpc).complete_end == errc::rpc);
  BOOST_TEST(machine.state() == stream_state::failed);
}

BOOST_AUTO_TEST_CASE(finish_is_refused_with_a_write_outstanding) {
  for (auto machine : {queued_to_write(), sending(), waiting_to_write()}) {
    auto const done = machine.start_finish();
    BOOST_TEST(*done.complete_end == client_errc::operation_in_progress);
    BOOST_TEST(!done.finish);
    BOOST_TEST(machine.state() == stream_state::open);
  }
}

BOOST_AUTO_TEST_CASE(finish_waits_for_an_unfinished_send) {
  auto machine = with_unfinished_send();
  auto const started = machine.start_finish();
  BOOST_TEST(!started.finish);
  BOOST_TEST(!started.complete_end);
  BOOST_TEST(machine.sent(bytes(10)).finish);
}

BOOST_AUTO_TEST_CASE(finish_behind_an_unfinished_send_that_fails_gives_its_error) {
  auto machine = with_unfinished_send();
  static_cast<void>(machine.start_finish());
  auto const sent = machine.sent(failure);
  BOOST_TEST(!sent.finish);
  BOOST_TEST(*sent.complete_end == errc::rpc);
  BOOST_TEST(machine.state() == stream_state::failed);
}

BOOST_AUTO_TEST_CASE(finish_ends_a_waiting_read_and_wait) {
  auto machine = waiting_to_read();
  static_cast<void>(machine.start_wait(readable));
  auto const started = machine.start_finish();
  BOOST_TEST(completes(started.complete_read, aborted));
  BOOST_TEST(completes(started.complete_wait, aborted, none));
  BOOST_TEST(machine.events_updated().finish);
}

BOOST_AUTO_TEST_CASE(a_stream_to_be_finished_is_told_of_no_more_events) {
  auto machine = waiting_to_read();
  auto const started = machine.start_finish();
  BOOST_TEST(asks_for(started, none));
  BOOST_TEST(!started.finish);
  BOOST_TEST(does_nothing(machine.event(readable)));
  BOOST_TEST(machine.events_updated().finish);
}

BOOST_AUTO_TEST_CASE(finish_waits_for_a_read_that_receives) {
  auto machine = receiving();
  BOOST_TEST(does_nothing(machine.start_finish()));
  auto const received = machine.received(bytes(4));
  BOOST_TEST(completes(received.complete_read, {}, 4));
  BOOST_TEST(received.finish);
}

BOOST_AUTO_TEST_CASE(the_end_waits_for_libvirt_to_return_from_an_update_of_events) {
  auto machine = receiving();
  BOOST_TEST(machine.received(would_block).update_events.has_value());
  auto const started = machine.start_finish();
  BOOST_TEST(completes(started.complete_read, aborted));
  BOOST_TEST(!started.finish);
  auto const updated = machine.events_updated();
  BOOST_TEST(asks_for(updated, none));
  BOOST_TEST(!updated.finish);
  BOOST_TEST(machine.events_updated().finish);
}

BOOST_AUTO_TEST_CASE(finish_can_be_given_up_and_then_only_be_aborted) {
  auto machine = open_machine();
  static_cast<void>(machine.start_finish());
  BOOST_TEST(*machine.cancel_end().complete_end == aborted);
  BOOST_TEST(machine.state() == stream_state::finishing);
  BOOST_TEST(completes(machine.start_read(1).complete_read, client_errc::not_open));
  BOOST_TEST(*machine.start_finish().complete_end == client_errc::not_open);
  auto const abort = machine.start_abort();
  BOOST_TEST(!abort.complete_end);
  BOOST_TEST(!abort.abort);
  BOOST_TEST(machine.state() == stream_state::aborted);
  BOOST_TEST(machine.ended({}).complete_end.has_value());
  BOOST_TEST(machine.state() == stream_state::aborted);
}

BOOST_AUTO_TEST_CASE(finish_given_up_still_ends_the_stream) {
  auto machine = open_machine();
  static_cast<void>(machine.start_finish());
  static_cast<void>(machine.cancel_end());
  BOOST_TEST(!machine.ended({}).complete_end);
  BOOST_TEST(machine.state() == stream_state::finished);
}

BOOST_AUTO_TEST_CASE(a_second_end_is_refused) {
  auto finishing = open_machine();
  static_cast<void>(finishing.start_finish());
  BOOST_TEST(*finishing.start_finish().complete_end == client_errc::not_open);
  BOOST_TEST(*finishing.start_abort().complete_end == client_errc::operation_in_progress);
  BOOST_TEST(finishing.state() == stream_state::finishing);
}

BOOST_AUTO_TEST_CASE(abort_ends_what_is_outstanding) {
  auto machine = waiting_to_read();
  static_cast<void>(machine.start_write(1));
  static_cast<void>(machine.start_wait(readable));
  auto const started = machine.start_abort();
  BOOST_TEST(completes(started.complete_read, aborted));
  BOOST_TEST(completes(started.complete_write, aborted, 0));
  BOOST_TEST(completes(started.complete_wait, aborted, none));
  BOOST_TEST(started.abort);
  BOOST_TEST(machine.state() == stream_state::aborted);
  BOOST_TEST(*machine.ended({}).complete_end == error_code());
}

BOOST_AUTO_TEST_CASE(abort_waits_for_a_send_that_still_needs_its_buffer) {
  auto machine = sending();
  BOOST_TEST(does_nothing(machine.start_abort()));
  BOOST_TEST(completes(machine.data_copied().complete_write, aborted, write_size));
  BOOST_TEST(machine.sent(bytes(10)).abort);
}

BOOST_AUTO_TEST_CASE(abort_waits_for_a_read_that_receives) {
  auto machine = receiving();
  BOOST_TEST(does_nothing(machine.start_abort()));
  auto const received = machine.received(would_block);
  BOOST_TEST(completes(received.complete_read, aborted));
  BOOST_TEST(received.abort);
}

BOOST_AUTO_TEST_CASE(abort_of_a_finish_that_waits_replaces_it) {
  auto machine = with_unfinished_send();
  static_cast<void>(machine.start_finish());
  static_cast<void>(machine.cancel_end());
  BOOST_TEST(does_nothing(machine.start_abort()));
  auto const sent = machine.sent(bytes(10));
  BOOST_TEST(sent.abort);
  BOOST_TEST(!sent.finish);
}

BOOST_AUTO_TEST_CASE(a_failed_stream_can_be_aborted) {
  auto machine = failed();
  BOOST_TEST(machine.start_abort().abort);
  BOOST_TEST(machine.state() == stream_state::aborted);
}

BOOST_AUTO_TEST_CASE(a_stream_that_has_ended_can_not_be_ended_again) {
  auto finished = open_machine();
  static_cast<void>(finished.start_finish());
  static_cast<void>(finished.ended({}));
  BOOST_TEST(*finished.start_finish().complete_end == client_errc::not_open);
  BOOST_TEST(*finished.start_abort().complete_end == client_errc::not_open);

  auto aborted_stream = open_machine();
  static_cast<void>(aborted_stream.start_abort());
  static_cast<void>(aborted_stream.ended({}));
  BOOST_TEST(*aborted_stream.start_abort().complete_end == client_errc::not_open);
}

BOOST_AUTO_TEST_CASE(a_stream_at_its_end_can_be_finished) {
  auto machine = receiving();
  static_cast<void>(machine.received(end_of_stream));
  BOOST_TEST(machine.start_finish().finish);
}

// --- Losing the connection

BOOST_AUTO_TEST_CASE(what_libvirt_has_queued_can_be_read_after_the_connection_is_lost) {
  auto machine = open_machine();
  BOOST_TEST(does_nothing(machine.connection_lost()));
  BOOST_TEST(machine.start_read(10).receive);
  BOOST_TEST(completes(machine.received(bytes(6)).complete_read, {}, 6));
  BOOST_TEST(machine.start_read(10).receive);
  BOOST_TEST(completes(machine.received(would_block).complete_read, client_errc::connection_lost));
}

BOOST_AUTO_TEST_CASE(losing_the_connection_ends_what_is_outstanding) {
  auto machine = waiting_to_read();
  static_cast<void>(machine.start_write(1));
  static_cast<void>(machine.start_wait(readable));
  auto const lost = machine.connection_lost();
  BOOST_TEST(lost.receive);
  BOOST_TEST(completes(lost.complete_write, client_errc::connection_lost));
  BOOST_TEST(completes(lost.complete_wait, {}, readable));
  BOOST_TEST(completes(machine.received(would_block).complete_read, client_errc::connection_lost));
}

BOOST_AUTO_TEST_CASE(losing_the_connection_leaves_a_write_being_sent_to_libvirt) {
  auto machine = sending();
  BOOST_TEST(!machine.connection_lost().complete_write);
  BOOST_TEST(completes(machine.sent(failure).complete_write, errc::rpc));
}

BOOST_AUTO_TEST_CASE(writes_fail_after_the_connection_is_lost) {
  auto machine = open_machine();
  static_cast<void>(machine.connection_lost());
  BOOST_TEST(completes(machine.start_write(1).complete_write, client_errc::connection_lost));
}

BOOST_AUTO_TEST_CASE(waits_complete_after_the_connection_is_lost) {
  for (auto const events : {readable, writable, hangup, stream_events::error}) {
    auto machine = open_machine();
    static_cast<void>(machine.connection_lost());
    BOOST_TEST(completes(machine.start_wait(events).complete_wait, {}, events));
  }
}

BOOST_AUTO_TEST_CASE(a_stream_whose_connection_was_lost_can_be_aborted) {
  auto machine = open_machine();
  static_cast<void>(machine.connection_lost());
  BOOST_TEST(machine.start_abort().abort);
}

// --- Closing

BOOST_AUTO_TEST_CASE(close_ends_whatever_is_outstanding) {
  auto machine = waiting_to_read();
  static_cast<void>(machine.start_write(1));
  static_cast<void>(machine.start_wait(readable));
  auto const closed = machine.close();
  BOOST_TEST(completes(closed.complete_read, aborted));
  BOOST_TEST(completes(closed.complete_write, aborted, 0));
  BOOST_TEST(completes(closed.complete_wait, aborted, none));
  BOOST_TEST(machine.state() == stream_state::closed);
}

BOOST_AUTO_TEST_CASE(close_leaves_operations_that_libvirt_works_on_their_buffers) {
  auto reading = receiving();
  BOOST_TEST(!reading.close().complete_read);
  BOOST_TEST(completes(reading.received(would_block).complete_read, aborted));

  auto writing = sending();
  BOOST_TEST(!writing.close().complete_write);
  BOOST_TEST(completes(writing.data_copied().complete_write, aborted, write_size));
}

BOOST_AUTO_TEST_CASE(close_leaves_an_unfinished_send_to_libvirt) {
  auto machine = with_unfinished_send();
  BOOST_TEST(does_nothing(machine.close()));
  BOOST_TEST(does_nothing(machine.sent(bytes(10))));
}

BOOST_AUTO_TEST_CASE(close_ends_a_finish_and_an_abort) {
  auto finishing = open_machine();
  static_cast<void>(finishing.start_finish());
  BOOST_TEST(*finishing.close().complete_end == aborted);
  BOOST_TEST(!finishing.ended({}).complete_end);
  BOOST_TEST(finishing.state() == stream_state::closed);

  auto aborting = open_machine();
  static_cast<void>(aborting.start_abort());
  BOOST_TEST(*aborting.close().complete_end == aborted);
}

BOOST_AUTO_TEST_CASE(close_of_an_opening_failed_or_closed_stream_has_nothing_to_end) {
  stream_machine opening;
  static_cast<void>(opening.start_open());
  for (auto machine : {opening, failed(), stream_machine()}) {
    BOOST_TEST(does_nothing(machine.close()));
    BOOST_TEST(machine.state() == stream_state::closed);
    BOOST_TEST(completes(machine.start_read(1).complete_read, client_errc::not_open));
  }
}

// --- Setting aside

BOOST_AUTO_TEST_CASE(a_stream_that_is_used_is_not_suspended) {
  for (auto machine : {receiving(), waiting_to_read(), queued_to_write(), sending(), with_unfinished_send(),
                       waiting_for(readable), failed(), open_machine(stream_kind::file), stream_machine()})
    BOOST_TEST(!machine.suspend());
}

BOOST_AUTO_TEST_CASE(a_stream_that_has_ended_or_lost_its_connection_is_not_suspended) {
  auto ended = receiving();
  static_cast<void>(ended.received(end_of_stream));
  BOOST_TEST(!ended.suspend());
  auto lost = open_machine();
  static_cast<void>(lost.connection_lost());
  BOOST_TEST(!lost.suspend());
  auto aborting = open_machine();
  static_cast<void>(aborting.start_abort());
  BOOST_TEST(!aborting.suspend());
}

BOOST_AUTO_TEST_CASE(a_suspended_stream_is_opened_again_for_a_read) {
  auto machine = aside();
  BOOST_TEST(machine.state() == stream_state::open);
  auto const read = machine.start_read(10);
  BOOST_TEST(read.resume);
  BOOST_TEST(!read.receive);
  BOOST_TEST(machine.waits_for_data());
  BOOST_TEST(machine.resumed({}).receive);
  BOOST_TEST(asks_for(machine.received(would_block), readable));
}

BOOST_AUTO_TEST_CASE(a_suspended_stream_is_opened_again_for_a_wait) {
  auto machine = aside();
  auto const wait = machine.start_wait(readable);
  BOOST_TEST(wait.resume);
  BOOST_TEST(!wait.update_events);
  BOOST_TEST(asks_for(machine.resumed({}), readable));
}

BOOST_AUTO_TEST_CASE(a_stream_is_opened_again_once_for_a_read_and_a_wait) {
  auto machine = returning();
  BOOST_TEST(!machine.start_wait(readable).resume);
}

BOOST_AUTO_TEST_CASE(a_read_that_does_not_wait_finds_nothing_in_a_suspended_stream) {
  auto machine = aside();
  BOOST_TEST(machine.start_immediate_read(1) == asio::error::would_block);
}

BOOST_AUTO_TEST_CASE(a_late_event_of_the_stream_given_up_is_nothing_to_the_next) {
  auto machine = returning();
  BOOST_TEST(does_nothing(machine.event(readable)));
}

BOOST_AUTO_TEST_CASE(a_read_is_cancelled_while_its_stream_is_opened_again_and_the_next_one_reads) {
  auto machine = returning();
  BOOST_TEST(completes(machine.cancel_read().complete_read, aborted));
  BOOST_TEST(!machine.start_read(10).resume);
  BOOST_TEST(machine.resumed({}).receive);
}

BOOST_AUTO_TEST_CASE(a_stream_that_cannot_be_opened_again_has_failed) {
  auto machine = returning();
  BOOST_TEST(completes(machine.resumed(errc::no_storage_vol).complete_read, errc::no_storage_vol));
  BOOST_TEST(machine.state() == stream_state::failed);
  BOOST_TEST(completes(machine.start_read(1).complete_read, errc::no_storage_vol));
  auto const ended = machine.start_abort();
  BOOST_TEST(!ended.abort);
  BOOST_TEST((ended.complete_end == error_code()));
}

BOOST_AUTO_TEST_CASE(a_suspended_stream_ends_without_libvirt) {
  auto finished = aside();
  auto const finish = finished.start_finish();
  BOOST_TEST(!finish.finish);
  BOOST_TEST((finish.complete_end == error_code()));
  BOOST_TEST(finished.state() == stream_state::finished);
  auto given_up = aside();
  auto const abort = given_up.start_abort();
  BOOST_TEST(!abort.abort);
  BOOST_TEST((abort.complete_end == error_code()));
  BOOST_TEST(given_up.state() == stream_state::aborted);
}

BOOST_AUTO_TEST_CASE(an_abort_waits_for_a_stream_that_is_being_opened_again) {
  auto machine = returning();
  auto const started = machine.start_abort();
  BOOST_TEST(completes(started.complete_read, aborted));
  BOOST_TEST(!started.abort);
  BOOST_TEST(!started.complete_end);
  BOOST_TEST(machine.resumed({}).abort);
}

BOOST_AUTO_TEST_CASE(an_abort_of_a_stream_that_could_not_be_opened_again_completes) {
  auto machine = returning();
  static_cast<void>(machine.start_abort());
  auto const resumed = machine.resumed(errc::no_storage_vol);
  BOOST_TEST(!resumed.abort);
  BOOST_TEST((resumed.complete_end == error_code()));
}

BOOST_AUTO_TEST_CASE(the_end_of_a_part_opens_the_next_one_for_the_read_that_met_it) {
  auto machine = receiving();
  BOOST_TEST(does_nothing(machine.part_ended()));
  auto const next = machine.received(would_block);
  BOOST_TEST(next.resume);
  BOOST_TEST(!next.complete_read);
  BOOST_TEST(!next.update_events);
}

BOOST_AUTO_TEST_CASE(the_end_of_a_part_ends_a_write_that_waits_for_its_turn) {
  auto machine = receiving();
  BOOST_TEST(machine.start_write(1).send);
  BOOST_TEST(completes(machine.part_ended().complete_write, client_errc::not_supported));
  BOOST_TEST(!machine.begin_send());
}

BOOST_AUTO_TEST_CASE(the_rest_of_a_write_is_not_sent_to_the_next_part) {
  auto machine = receiving();
  BOOST_TEST(machine.start_write(10, 4).send);
  BOOST_TEST(machine.begin_send());
  BOOST_TEST(does_nothing(machine.part_ended()));
  auto const sent = machine.sent(bytes(4));
  BOOST_TEST(!sent.send);
  BOOST_TEST(completes(sent.complete_write, client_errc::not_supported, 4));
}

BOOST_AUTO_TEST_CASE(a_stream_of_libvirt_s_is_awaited_until_it_is_open_or_given_up) {
  stream_machine machine;
  BOOST_TEST(!machine.awaits_opening());
  BOOST_TEST(!machine.start_open());
  BOOST_TEST(machine.awaits_opening());
  static_cast<void>(machine.opened(stream_kind::daemon));
  BOOST_TEST(!machine.awaits_opening());

  auto another = returning();
  BOOST_TEST(another.awaits_opening());
  static_cast<void>(another.close());
  BOOST_TEST(!another.awaits_opening());
}

BOOST_AUTO_TEST_CASE(a_suspended_stream_cannot_be_read_when_its_connection_is_lost) {
  auto machine = aside();
  static_cast<void>(machine.connection_lost());
  BOOST_TEST(completes(machine.start_read(1).complete_read, client_errc::connection_lost));
}

BOOST_AUTO_TEST_CASE(a_read_of_a_stream_being_opened_again_ends_when_that_fails_for_the_lost_connection) {
  auto machine = returning();
  BOOST_TEST(does_nothing(machine.connection_lost()));
  BOOST_TEST(completes(machine.resumed(errc::rpc).complete_read, errc::rpc));
}

BOOST_AUTO_TEST_CASE(a_suspended_stream_takes_no_write) {
  auto machine = aside();
  auto const write = machine.start_write(1);
  BOOST_TEST(completes(write.complete_write, client_errc::not_supported));
  BOOST_TEST(!write.send);
}

// --- Faults that there once were ---------------------------------------------------------------------------

BOOST_AUTO_TEST_CASE(a_read_that_does_not_wait_tells_that_the_connection_is_lost) {
  auto machine = open_machine();
  static_cast<void>(machine.connection_lost());
  BOOST_TEST(!machine.start_immediate_read(1));
  BOOST_TEST(does_nothing(machine.immediate_read_done(would_block)));
  BOOST_TEST((machine.seen.status == io_status::failed));
  BOOST_TEST(machine.seen.error == client_errc::connection_lost);
  BOOST_TEST(machine.state() == stream_state::open);
}

BOOST_AUTO_TEST_CASE(a_read_that_does_not_wait_tells_that_libvirt_has_aborted_the_stream) {
  auto machine = open_machine(stream_kind::descriptor);
  static_cast<void>(machine.event(stream_events::error));
  BOOST_TEST(!machine.start_immediate_read(1));
  static_cast<void>(machine.immediate_read_done(would_block));
  BOOST_TEST((machine.seen.status == io_status::failed));
  BOOST_TEST(machine.seen.error == client_errc::stream_aborted);
  BOOST_TEST(machine.state() == stream_state::failed);
}

BOOST_AUTO_TEST_CASE(a_read_that_does_not_wait_gives_what_is_queued_before_it_tells_of_the_loss) {
  auto machine = open_machine();
  static_cast<void>(machine.connection_lost());
  BOOST_TEST(!machine.start_immediate_read(10));
  static_cast<void>(machine.immediate_read_done(bytes(4)));
  BOOST_TEST((machine.seen.status == io_status::transferred));
  BOOST_TEST(machine.seen.bytes == 4U);
  BOOST_TEST(!machine.start_immediate_read(10));
  static_cast<void>(machine.immediate_read_done(would_block));
  BOOST_TEST(machine.seen.error == client_errc::connection_lost);
}

BOOST_AUTO_TEST_CASE(a_read_that_does_not_wait_gives_what_is_queued_before_it_tells_of_the_abort) {
  auto machine = open_machine(stream_kind::descriptor);
  static_cast<void>(machine.event(stream_events::error));
  BOOST_TEST(!machine.start_immediate_read(10));
  static_cast<void>(machine.immediate_read_done(bytes(4)));
  BOOST_TEST((machine.seen.status == io_status::transferred));
  BOOST_TEST(machine.state() == stream_state::open);
}

BOOST_AUTO_TEST_CASE(a_write_that_does_not_wait_tells_that_the_connection_is_lost) {
  auto machine = open_machine();
  static_cast<void>(machine.connection_lost());
  BOOST_TEST(machine.start_immediate_write(1) == client_errc::connection_lost);
}

BOOST_AUTO_TEST_CASE(a_read_that_does_not_wait_would_block_while_the_stream_is_well) {
  auto machine = open_machine();
  BOOST_TEST(!machine.start_immediate_read(1));
  static_cast<void>(machine.immediate_read_done(would_block));
  BOOST_TEST((machine.seen.status == io_status::would_block));
}

BOOST_AUTO_TEST_CASE(cancelling_all_ends_an_opening) {
  stream_machine machine;
  BOOST_TEST(!machine.start_open());
  BOOST_TEST((machine.cancel_all().complete_open == error_code(aborted)));
  BOOST_TEST(machine.state() == stream_state::closed);
  BOOST_TEST(!machine.opened(stream_kind::daemon).complete_open);
  BOOST_TEST(machine.state() == stream_state::closed);
}

BOOST_AUTO_TEST_CASE(cancelling_all_ends_what_is_outstanding_and_leaves_the_stream_open) {
  auto machine = waiting_to_read();
  static_cast<void>(machine.start_write(write_size));
  static_cast<void>(machine.start_wait(readable));
  auto const done = machine.cancel_all();
  BOOST_TEST(completes(done.complete_read, aborted));
  BOOST_TEST(completes(done.complete_write, aborted));
  BOOST_TEST(completes(done.complete_wait, aborted, none));
  BOOST_TEST(machine.state() == stream_state::open);
}

BOOST_AUTO_TEST_CASE(a_late_cancellation_of_an_opening_leaves_the_open_stream_alone) {
  auto machine = open_machine();
  auto const done = machine.cancel_open();
  BOOST_TEST(does_nothing(done));
  BOOST_TEST(!done.complete_open);
  BOOST_TEST(machine.state() == stream_state::open);
}

BOOST_AUTO_TEST_CASE(a_late_cancellation_reaches_no_operation_that_is_outstanding) {
  constexpr libvirt_asio::detail::operation_id finished = 99;
  auto machine = waiting_to_read();
  static_cast<void>(machine.start_write(write_size));
  static_cast<void>(machine.start_wait(readable));
  BOOST_TEST(does_nothing(machine.cancel(finished, true)));
  auto finishing = open_machine();
  static_cast<void>(finishing.start_finish());
  BOOST_TEST(does_nothing(finishing.cancel(finished, true)));
}

BOOST_AUTO_TEST_CASE(a_cancellation_of_what_has_finished_does_nothing) {
  auto machine = receiving();
  static_cast<void>(machine.received(bytes(1)));
  BOOST_TEST(does_nothing(machine.cancel_read()));
  BOOST_TEST(does_nothing(machine.cancel_write(true)));
  BOOST_TEST(does_nothing(machine.cancel_wait()));
  BOOST_TEST(does_nothing(machine.cancel_end()));
}

BOOST_AUTO_TEST_SUITE_END()
