// Copyright (c) 2026 The libvirt-asio authors
// Distributed under the Boost Software License, Version 1.0.

#include "event_loop/readiness.hpp"

#include "unit/support/no_more_descriptors.hpp"
#include "unit/support/socket_pair.hpp"
#include "unit/support/temporary_file.hpp"

#include <boost/test/unit_test.hpp>

#include <poll.h>
#include <unistd.h>

#include <cstdio>

namespace {

using libvirt_asio::detail::readiness;
using libvirt_asio::detail::watch_table;
using libvirt_asio::detail::watched_descriptor;
using unit::socket_pair;

constexpr int readable = VIR_EVENT_HANDLE_READABLE;
constexpr int writable = VIR_EVENT_HANDLE_WRITABLE;

struct fixture {
  watched_descriptor& add(int fd, int events) {
    auto& added = watches.add(fd, {++last_watch, events, nullptr, nullptr, nullptr});
    ready.changed(added);
    return added;
  }

  void update(watched_descriptor& descriptor, int events) {
    descriptor.watches.front().events = events;
    ready.changed(descriptor);
  }

  /// What a round finds; nobody reads it.
  int round() {
    ready.look();
    int found = 0;
    while (auto* const descriptor = ready.next_ready()) {
      found |= descriptor->found;
      ready.called_back(*descriptor);
    }
    return found;
  }

  /// A round after which the loop waits, if it has something to wait for.
  int last_round() {
    int const found = round();
    waits = ready.leave_to_epoll();
    return found;
  }

  /// Whether the descriptor to wait for tells of something.
  [[nodiscard]] bool is_reported() const {
    pollfd polled{ready.descriptor(), POLLIN, 0};
    return ::poll(&polled, 1, 0) == 1;
  }

  socket_pair socket, other_socket;
  watch_table watches;
  readiness ready{watches};
  int last_watch = 0;
  bool waits = false;
};

}  // namespace

BOOST_FIXTURE_TEST_SUITE(readiness_test, fixture)

BOOST_AUTO_TEST_CASE(what_is_ready_at_once_is_found_without_the_epoll_set) {
  socket.write_from_peer();
  add(socket.fd(), readable);
  BOOST_TEST(ready.has_work());
  BOOST_TEST(round() == readable);
  BOOST_TEST(ready.nothing_to_wait_for());
}

BOOST_AUTO_TEST_CASE(what_is_not_ready_is_waited_for) {
  add(socket.fd(), readable);
  BOOST_TEST(last_round() == 0);
  BOOST_TEST(waits);
  BOOST_TEST(!ready.has_work());
  BOOST_TEST(!is_reported());
  socket.write_from_peer();
  BOOST_TEST(is_reported());
  ready.reported();
  BOOST_TEST(round() == readable);
}

BOOST_AUTO_TEST_CASE(what_was_ready_and_waited_for_is_looked_at_again_in_the_next_round) {
  add(socket.fd(), readable);
  last_round();
  socket.write_from_peer();
  ready.reported();
  round();
  BOOST_TEST(ready.may_find_more());
  socket.read_all();
  BOOST_TEST(round() == 0);
  BOOST_TEST(!ready.may_find_more());
}

BOOST_AUTO_TEST_CASE(a_watch_that_is_switched_off_and_on_stays_in_the_set) {
  auto& descriptor = add(socket.fd(), readable);
  last_round();
  update(descriptor, 0);
  BOOST_TEST(descriptor.in_epoll_set);
  update(descriptor, readable);
  BOOST_TEST(!ready.has_work());
  socket.write_from_peer();
  BOOST_TEST(is_reported());
}

BOOST_AUTO_TEST_CASE(a_watch_that_wants_more_is_polled_first) {
  auto& descriptor = add(socket.fd(), readable);
  last_round();
  update(descriptor, readable | writable);
  BOOST_TEST(ready.has_work());
  BOOST_TEST(round() == writable);
}

BOOST_AUTO_TEST_CASE(what_is_reported_and_not_wanted_is_not_waited_for) {
  auto& descriptor = add(socket.fd(), readable);
  last_round();
  update(descriptor, 0);
  socket.write_from_peer();
  ready.reported();
  BOOST_TEST(last_round() == 0);
  BOOST_TEST(!waits);
  update(descriptor, readable);
  BOOST_TEST(!ready.has_work());
  BOOST_TEST(ready.leave_to_epoll());
  BOOST_TEST(is_reported());
}

BOOST_AUTO_TEST_CASE(what_is_reported_and_not_wanted_leaves_the_set_when_there_is_another_to_wait_for) {
  auto& descriptor = add(socket.fd(), readable);
  add(other_socket.fd(), readable);
  last_round();
  update(descriptor, 0);
  socket.write_from_peer();
  ready.reported();
  last_round();
  BOOST_TEST(waits);
  BOOST_TEST(!is_reported());
  update(descriptor, readable);
  BOOST_TEST(round() == readable);
}

BOOST_AUTO_TEST_CASE(a_descriptor_that_is_forgotten_has_left_the_set) {
  auto& descriptor = add(socket.fd(), readable);
  last_round();
  ready.forget(descriptor);
  BOOST_TEST(ready.nothing_to_wait_for());
  socket.write_from_peer();
  BOOST_TEST(!is_reported());
}

BOOST_AUTO_TEST_CASE(a_regular_file_is_polled_in_each_round) {
  auto const file = unit::make_temporary_file();
  add(::fileno(file.get()), readable);
  for (int i = 0; i != 3; ++i) BOOST_TEST(last_round() == readable);
  BOOST_TEST(ready.has_work());
  BOOST_TEST(!waits);
}

BOOST_AUTO_TEST_CASE(a_file_that_nobody_knows_is_left_behind_with_the_set) {
  int const duplicate = ::dup(socket.fd());
  auto& descriptor = add(duplicate, readable);
  add(other_socket.fd(), readable);
  last_round();
  ::close(duplicate);
  ready.forget(descriptor);
  watches.remove(watches.find(1));
  socket.write_from_peer();
  ready.reported();
  last_round();
  BOOST_TEST(ready.is_haunted());
  ready.renew();
  BOOST_TEST(!ready.is_haunted());
  last_round();
  BOOST_TEST(!is_reported());
  other_socket.write_from_peer();
  BOOST_TEST(is_reported());
}

BOOST_AUTO_TEST_CASE(the_set_goes_on_if_no_descriptor_is_left_for_another) {
  add(socket.fd(), readable);
  last_round();
  {
    unit::no_more_descriptors const none;
    ready.renew();
  }
  last_round();
  BOOST_TEST(!ready.has_work());
  BOOST_TEST(!is_reported());
  socket.write_from_peer();
  BOOST_TEST(is_reported());
}

BOOST_AUTO_TEST_SUITE_END()
