// Copyright (c) 2026 The libvirt-asio authors
// Distributed under the Boost Software License, Version 1.0.

// Handles, through libvirt's public functions.

#include "unit/support/socket_pair.hpp"
#include "unit/support/temporary_file.hpp"
#include "unit/support/watches.hpp"

#include <boost/test/unit_test.hpp>

#include <fcntl.h>
#include <poll.h>
#include <unistd.h>

#include <array>
#include <atomic>
#include <chrono>
#include <csignal>
#include <cstdio>
#include <thread>
#include <vector>

namespace {

namespace asio = boost::asio;
using unit::contexts;
using unit::counter;
using unit::error;
using unit::gate;
using unit::handle_watch;
using unit::hangup;
using unit::readable;
using unit::running_loop;
using unit::socket_pair;
using unit::timeout;
using unit::writable;

/// A callback that leaves nothing to be read.
handle_watch::callback reading(socket_pair const& socket) {
  return [&socket](handle_watch&, int) { socket.read_all(); };
}

void remove_itself(handle_watch& self, int) {
  self.remove();
}

struct pipe_ends {
  pipe_ends() { static_cast<void>(!::pipe(ends.data())); }
  ~pipe_ends() {
    close_reader();
    ::close(writer());
  }
  pipe_ends(pipe_ends const&) = delete;
  pipe_ends& operator=(pipe_ends const&) = delete;

  [[nodiscard]] int reader() const { return ends[0]; }
  [[nodiscard]] int writer() const { return ends[1]; }
  void close_reader() {
    if (ends[0] >= 0) ::close(std::exchange(ends[0], -1));
  }

  std::array<int, 2> ends{};
};

/// An event loop whose context runs until it has nothing to do at the moment.
struct quiet_loop {
  /// False if it is busy for ever.
  bool settles() {
    context.restart();
    for (int handlers = 0; handlers != 200; ++handlers)
      if (context.poll_one() == 0) return true;
    return false;
  }

  socket_pair socket, other_socket;
  handle_watch watch, other;
  asio::io_context context{1};
  libvirt_asio::event_loop loop{context};
};

bool is_non_blocking(int fd) {
  return (::fcntl(fd, F_GETFL) & O_NONBLOCK) != 0;
}

}  // namespace

BOOST_AUTO_TEST_SUITE(handles_test)

// --- Events

BOOST_AUTO_TEST_CASE_TEMPLATE(a_watch_is_told_that_its_fd_is_readable, Context, contexts) {
  socket_pair socket;
  handle_watch watch;
  running_loop<Context> loop;
  watch.add(socket.fd(), readable, reading(socket));
  BOOST_TEST(watch.id() > 0);
  socket.write_from_peer();
  loop.wait_for(watch.fired());
  BOOST_TEST(watch.events() == readable);
}

BOOST_AUTO_TEST_CASE_TEMPLATE(a_watch_is_not_told_of_events_it_did_not_ask_for, Context, contexts) {
  socket_pair socket;
  handle_watch watch;
  running_loop<Context> loop;
  watch.add(socket.fd(), readable, reading(socket));
  loop.let_rounds_pass();
  BOOST_TEST(watch.fired().count() == 0);
}

BOOST_AUTO_TEST_CASE_TEMPLATE(a_watch_fires_as_long_as_there_is_something_to_read, Context, contexts) {
  socket_pair socket;
  handle_watch watch;
  running_loop<Context> loop;
  watch.add(socket.fd(), readable);
  socket.write_from_peer();
  loop.wait_for(watch.fired(), 20);
  BOOST_TEST(watch.events() == readable);
}

BOOST_AUTO_TEST_CASE_TEMPLATE(a_watch_fires_again_for_what_arrives_later, Context, contexts) {
  socket_pair socket;
  handle_watch watch;
  running_loop<Context> loop;
  watch.add(socket.fd(), readable, reading(socket));
  for (int i = 1; i <= 50; ++i) {
    socket.write_from_peer();
    loop.wait_for(watch.fired(), i);
    loop.let_rounds_pass();
    BOOST_TEST(watch.fired().count() == i);
  }
}

BOOST_AUTO_TEST_CASE_TEMPLATE(a_watch_fires_as_long_as_its_fd_is_writable, Context, contexts) {
  socket_pair socket;
  handle_watch watch;
  running_loop<Context> loop;
  watch.add(socket.fd(), writable);
  loop.wait_for(watch.fired(), 20);
  BOOST_TEST(watch.events() == writable);
}

BOOST_AUTO_TEST_CASE_TEMPLATE(a_watch_for_both_is_told_of_both, Context, contexts) {
  socket_pair socket;
  handle_watch watch;
  running_loop<Context> loop;
  socket.write_from_peer();
  watch.add(socket.fd(), readable | writable);
  loop.wait_for(watch.fired());
  BOOST_TEST(watch.events() == (readable | writable));
}

BOOST_AUTO_TEST_CASE_TEMPLATE(a_watch_is_told_of_hangup, Context, contexts) {
  for (int const events : {readable, hangup}) {
    socket_pair socket;
    handle_watch watch;
    running_loop<Context> loop;
    watch.add(socket.fd(), events);
    socket.close_peer();
    loop.wait_for(watch.fired());
    BOOST_TEST((watch.events() & hangup) == hangup);
  }
}

BOOST_AUTO_TEST_CASE_TEMPLATE(a_watch_is_told_of_an_error, Context, contexts) {
  for (int const events : {writable, error}) {
    pipe_ends pipe;
    handle_watch watch;
    running_loop<Context> loop;
    watch.add(pipe.writer(), events);
    pipe.close_reader();
    while ((watch.events() & error) == 0) loop.wait_for(watch.fired(), watch.fired().count() + 1);
    BOOST_TEST((watch.events() & readable) == 0);
  }
}

BOOST_AUTO_TEST_CASE_TEMPLATE(a_mask_of_0_disables_until_the_next_update, Context, contexts) {
  socket_pair socket;
  handle_watch watch;
  running_loop<Context> loop;
  watch.add(socket.fd(), readable, reading(socket));
  watch.update(0);
  socket.write_from_peer();
  loop.let_rounds_pass();
  BOOST_TEST(watch.fired().count() == 0);
  watch.update(readable);
  loop.wait_for(watch.fired());
  BOOST_TEST(watch.events() == readable);
}

BOOST_AUTO_TEST_CASE_TEMPLATE(a_disabled_watch_is_not_told_of_hangup, Context, contexts) {
  socket_pair socket;
  handle_watch watch;
  running_loop<Context> loop;
  watch.add(socket.fd(), 0);
  socket.close_peer();
  loop.let_rounds_pass();
  BOOST_TEST(watch.fired().count() == 0);
}

BOOST_AUTO_TEST_CASE_TEMPLATE(an_update_changes_what_a_watch_is_told_of, Context, contexts) {
  socket_pair socket;
  handle_watch watch;
  running_loop<Context> loop;
  watch.add(socket.fd(), readable, [](handle_watch& self, int) { self.update(0); });
  watch.update(writable);
  loop.wait_for(watch.fired());
  BOOST_TEST(watch.events() == writable);
  socket.write_from_peer();
  watch.update(readable);
  loop.wait_for(watch.fired(), 2);
  BOOST_TEST(watch.events() == readable);
}

// epoll takes none.
BOOST_AUTO_TEST_CASE_TEMPLATE(a_regular_file_is_always_ready, Context, contexts) {
  auto const file = unit::make_temporary_file();
  handle_watch watch;
  running_loop<Context> loop;
  watch.add(::fileno(file.get()), readable | writable);
  loop.wait_for(watch.fired(), 20);
  BOOST_TEST(watch.events() == (readable | writable));
  watch.remove();
  loop.wait_for(watch.freed());
  BOOST_TEST(watch.is_proper());
}

BOOST_AUTO_TEST_CASE_TEMPLATE(a_regular_file_can_be_disabled, Context, contexts) {
  auto const file = unit::make_temporary_file();
  handle_watch watch;
  running_loop<Context> loop;
  watch.add(::fileno(file.get()), readable, [](handle_watch& self, int) { self.update(0); });
  loop.wait_for(watch.fired());
  loop.let_rounds_pass();
  BOOST_TEST(watch.fired().count() == 1);
  watch.update(readable);
  loop.wait_for(watch.fired(), 2);
  BOOST_TEST(watch.events() == readable);
}

// As with libvirt's own event loop.
BOOST_AUTO_TEST_CASE_TEMPLATE(a_watch_of_a_closed_fd_is_told_of_an_error, Context, contexts) {
  handle_watch watch;
  running_loop<Context> loop;
  socket_pair socket;
  int const fd = socket.fd();
  socket.close();
  watch.add(fd, readable, &remove_itself);
  loop.wait_for(watch.freed());
  BOOST_TEST(watch.events() == error);
  BOOST_TEST(watch.is_proper());
}

BOOST_AUTO_TEST_CASE_TEMPLATE(watching_leaves_o_nonblock_as_it_was, Context, contexts) {
  for (int const events : {0, readable, writable, hangup})
    for (bool const non_blocking : {false, true}) {
      socket_pair socket;
      handle_watch watch;
      running_loop<Context> loop;
      if (non_blocking) ::fcntl(socket.fd(), F_SETFL, O_NONBLOCK);
      watch.add(socket.fd(), events);
      BOOST_TEST(is_non_blocking(socket.fd()) == non_blocking);
      watch.update(readable | writable);
      loop.wait_for(watch.fired(), 10);
      BOOST_TEST(is_non_blocking(socket.fd()) == non_blocking);
      watch.remove();
      BOOST_TEST(is_non_blocking(socket.fd()) == non_blocking);
    }
}

// As Asio would do for a moment, if it waited for the descriptor itself.
BOOST_AUTO_TEST_CASE_TEMPLATE(o_nonblock_is_never_seen_on_a_watched_descriptor_that_blocks, Context,
                              contexts) {
  constexpr std::size_t waits = 200;
  socket_pair socket;
  std::vector<handle_watch> watches(waits);
  timeout elapsed;
  std::atomic<bool> ends = false;
  std::atomic<bool> seen = false;
  counter looked;
  running_loop<Context> loop;
  std::jthread const looking([&] {
    while (!ends) {
      if (is_non_blocking(socket.fd())) seen = true;
      if (looked.count() == 0) ++looked;
    }
  });
  loop.wait_for(looked);
  elapsed.add(1);
  // A loaded machine takes long to change between all these threads.
  auto const enough = std::chrono::steady_clock::now() + std::chrono::seconds(3);
  for (auto& watch : watches) {
    if (std::chrono::steady_clock::now() > enough) break;
    watch.add(socket.fd(), readable, reading(socket));
    // By then the descriptor has been left to the epoll set.
    loop.wait_for(elapsed.fired(), elapsed.fired().count() + 1);
    socket.write_from_peer();
    loop.wait_for(watch.fired());
    watch.remove();
  }
  ends = true;
  BOOST_TEST(!seen);
}

// --- What is ready but not wanted keeps nobody busy

BOOST_FIXTURE_TEST_CASE(a_disabled_watch_with_something_to_read_is_left_alone, quiet_loop) {
  watch.add(socket.fd(), readable, reading(socket));
  BOOST_TEST(settles());
  watch.update(0);
  socket.write_from_peer();
  BOOST_TEST(settles());
  BOOST_TEST(watch.fired().count() == 0);
  watch.update(readable);
  BOOST_TEST(settles());
  BOOST_TEST(watch.fired().count() == 1);
  socket.write_from_peer();
  BOOST_TEST(settles());
  BOOST_TEST(watch.fired().count() == 2);
}

BOOST_FIXTURE_TEST_CASE(a_disabled_watch_with_something_to_read_does_not_disturb_another, quiet_loop) {
  watch.add(socket.fd(), readable, reading(socket));
  other.add(other_socket.fd(), readable, reading(other_socket));
  BOOST_TEST(settles());
  watch.update(0);
  socket.write_from_peer();
  BOOST_TEST(settles());
  other_socket.write_from_peer();
  BOOST_TEST(settles());
  BOOST_TEST(other.fired().count() == 1);
  BOOST_TEST(watch.fired().count() == 0);
  watch.update(readable);
  BOOST_TEST(settles());
  BOOST_TEST(watch.fired().count() == 1);
}

BOOST_FIXTURE_TEST_CASE(a_disabled_watch_that_is_hung_up_is_left_alone_until_it_is_enabled, quiet_loop) {
  watch.add(socket.fd(), readable, [](handle_watch& self, int) { self.update(0); });
  other.add(other_socket.fd(), readable);
  BOOST_TEST(settles());
  watch.update(0);
  socket.close_peer();
  BOOST_TEST(settles());
  BOOST_TEST(watch.fired().count() == 0);
  watch.update(readable);
  BOOST_TEST(settles());
  BOOST_TEST(watch.fired().count() == 1);
  BOOST_TEST((watch.events() & hangup) != 0);
}

BOOST_FIXTURE_TEST_CASE(an_event_that_a_watch_does_not_want_any_more_is_left_alone, quiet_loop) {
  std::size_t const written = socket.fill();
  watch.add(socket.fd(), readable | writable, reading(socket));
  BOOST_TEST(settles());
  watch.update(readable);
  socket.take_at_peer(written);
  BOOST_TEST(settles());
  BOOST_TEST(watch.fired().count() == 0);
  socket.write_from_peer();
  BOOST_TEST(settles());
  BOOST_TEST(watch.events() == readable);
}

// epoll then still watches its duplicate, and nobody could tell it to stop.
BOOST_FIXTURE_TEST_CASE(a_descriptor_that_was_closed_before_its_watch_was_removed_is_left_alone, quiet_loop) {
  int const duplicate = ::dup(socket.fd());
  watch.add(duplicate, readable);
  other.add(other_socket.fd(), readable, reading(other_socket));
  BOOST_TEST(settles());
  ::close(duplicate);
  watch.remove();
  socket.write_from_peer();
  BOOST_TEST(settles());
  BOOST_TEST(watch.fired().count() == 0);
  for (int fired = 1; fired != 3; ++fired) {
    other_socket.write_from_peer();
    BOOST_TEST(settles());
    BOOST_TEST(other.fired().count() == fired);
  }
}

// libvirt forgets the watch of a local stream that it aborts by itself.
BOOST_FIXTURE_TEST_CASE(a_watch_is_told_of_its_fd_though_a_forgotten_one_had_the_same_number, quiet_loop) {
  int const number = ::dup(socket.fd());
  other.add(number, readable);
  BOOST_TEST(settles());
  ::dup2(other_socket.fd(), number);
  watch.add(number, readable, reading(other_socket));
  BOOST_TEST(settles());
  other_socket.write_from_peer();
  BOOST_TEST(settles());
  BOOST_TEST(watch.fired().count() == 1);
  ::close(number);
}

BOOST_FIXTURE_TEST_CASE(run_returns_when_the_last_watch_is_removed_on_another_thread, quiet_loop) {
  watch.add(socket.fd(), readable);
  counter runs;
  asio::post(context, [&] { ++runs; });
  std::jthread const runner([&] {
    context.run();
    ++runs;
  });
  runs.wait_for(1);
  watch.remove();
  runs.wait_for(2);
  BOOST_TEST(watch.is_proper());
}

// --- Several watches

BOOST_AUTO_TEST_CASE_TEMPLATE(two_watches_on_one_fd_are_each_told_of_their_own_events, Context, contexts) {
  socket_pair socket;
  handle_watch reader, writer;
  running_loop<Context> loop;
  reader.add(socket.fd(), readable);
  writer.add(socket.fd(), writable);
  loop.wait_for(writer.fired());
  BOOST_TEST(reader.fired().count() == 0);
  socket.write_from_peer();
  loop.wait_for(reader.fired());
  BOOST_TEST(reader.events() == readable);
  BOOST_TEST(writer.events() == writable);
}

BOOST_AUTO_TEST_CASE_TEMPLATE(two_watches_for_one_event_are_both_told, Context, contexts) {
  socket_pair socket;
  handle_watch first, second;
  running_loop<Context> loop;
  first.add(socket.fd(), readable);
  second.add(socket.fd(), readable);
  BOOST_TEST(first.id() != second.id());
  socket.write_from_peer();
  loop.wait_for(first.fired());
  loop.wait_for(second.fired());
  BOOST_TEST(second.events() == readable);
}

BOOST_AUTO_TEST_CASE_TEMPLATE(removing_one_of_two_watches_on_an_fd_leaves_the_other, Context, contexts) {
  socket_pair socket;
  handle_watch removed, left;
  running_loop<Context> loop;
  removed.add(socket.fd(), readable);
  left.add(socket.fd(), readable, reading(socket));
  BOOST_TEST(removed.remove() == 0);
  socket.write_from_peer();
  loop.wait_for(left.fired());
  BOOST_TEST(removed.fired().count() == 0);
}

BOOST_AUTO_TEST_CASE_TEMPLATE(disabling_one_of_two_watches_on_an_fd_leaves_the_other, Context, contexts) {
  socket_pair socket;
  handle_watch disabled, left;
  running_loop<Context> loop;
  disabled.add(socket.fd(), readable);
  left.add(socket.fd(), readable, reading(socket));
  disabled.update(0);
  socket.write_from_peer();
  loop.wait_for(left.fired());
  BOOST_TEST(disabled.fired().count() == 0);
}

BOOST_AUTO_TEST_CASE_TEMPLATE(hundreds_of_fds_are_watched, Context, contexts) {
  constexpr int count = 400;
  std::vector<socket_pair> sockets(count);
  std::vector<handle_watch> watches(count);
  running_loop<Context> loop;
  for (std::size_t i = 0; i != count; ++i) watches[i].add(sockets[i].fd(), readable, reading(sockets[i]));
  for (auto const& socket : sockets) socket.write_from_peer();
  for (auto const& watch : watches) loop.wait_for(watch.fired());
  for (auto const& watch : watches) BOOST_TEST(watch.fired().count() == 1);
}

// --- Removing

BOOST_AUTO_TEST_CASE_TEMPLATE(a_removed_watch_is_freed_and_does_not_fire, Context, contexts) {
  socket_pair socket;
  handle_watch watch;
  running_loop<Context> loop;
  watch.add(socket.fd(), readable);
  BOOST_TEST(watch.remove() == 0);
  socket.write_from_peer();
  loop.wait_for(watch.freed());
  loop.let_rounds_pass();
  BOOST_TEST(watch.fired().count() == 0);
  BOOST_TEST(watch.is_proper());
}

BOOST_AUTO_TEST_CASE_TEMPLATE(a_watch_is_removed_once, Context, contexts) {
  socket_pair socket;
  handle_watch watch;
  running_loop<Context> loop;
  watch.add(socket.fd(), readable);
  BOOST_TEST(watch.remove() == 0);
  BOOST_TEST(watch.remove() == -1);
  watch.update(readable);
  socket.write_from_peer();
  loop.let_rounds_pass();
  BOOST_TEST(watch.is_proper());
  BOOST_TEST(watch.fired().count() == 0);
}

BOOST_AUTO_TEST_CASE_TEMPLATE(an_id_nobody_was_given_is_not_found, Context, contexts) {
  running_loop<Context> loop;
  for (int const id : {-1, 0, 1 << 30}) {
    ::virEventUpdateHandle(id, readable);
    BOOST_TEST(::virEventRemoveHandle(id) == -1);
  }
}

// A duplicate kept by the reactor would keep the connection open.
BOOST_AUTO_TEST_CASE_TEMPLATE(the_peer_of_a_removed_fd_sees_it_closed_at_once, Context, contexts) {
  socket_pair socket;
  handle_watch watch;
  running_loop<Context> loop;
  watch.add(socket.fd(), readable);
  socket.write_from_peer();
  loop.wait_for(watch.fired());
  watch.remove();
  socket.close();
  pollfd peer{socket.peer(), POLLIN, 0};
  BOOST_TEST(::poll(&peer, 1, 0) == 1);
  BOOST_TEST((peer.revents & POLLHUP) == POLLHUP);
}

BOOST_AUTO_TEST_CASE_TEMPLATE(an_fd_number_may_be_reused_at_once_after_remove, Context, contexts) {
  socket_pair former;
  former.write_from_peer();
  for (int i = 0; i != 20; ++i) {
    socket_pair next;
    handle_watch old_watch, new_watch;
    running_loop<Context> loop;
    int const number = ::dup(former.fd());
    old_watch.add(number, readable);
    old_watch.remove();
    ::dup2(next.fd(), number);
    new_watch.add(number, readable, [&](handle_watch&, int) { next.read_all(); });
    loop.wait_for(old_watch.freed());
    int const old_fired = old_watch.fired().count();
    loop.let_rounds_pass();
    BOOST_TEST(new_watch.fired().count() == 0);
    next.write_from_peer();
    loop.wait_for(new_watch.fired());
    BOOST_TEST(new_watch.events() == readable);
    BOOST_TEST(old_watch.fired().count() == old_fired);
    BOOST_TEST(old_watch.is_proper());
    new_watch.remove();
    ::close(number);
  }
}

BOOST_AUTO_TEST_CASE_TEMPLATE(a_watch_may_remove_itself, Context, contexts) {
  socket_pair socket;
  handle_watch watch;
  running_loop<Context> loop;
  watch.add(socket.fd(), writable, &remove_itself);
  loop.wait_for(watch.freed());
  loop.let_rounds_pass();
  BOOST_TEST(watch.fired().count() == 1);
  BOOST_TEST(watch.is_proper());
}

BOOST_AUTO_TEST_CASE_TEMPLATE(a_watch_may_remove_another_on_its_fd, Context, contexts) {
  socket_pair socket;
  handle_watch first, second;
  running_loop<Context> loop;
  first.add(socket.fd(), readable, [&](handle_watch&, int) {
    second.remove();
    socket.read_all();
  });
  second.add(socket.fd(), readable);
  socket.write_from_peer();
  loop.wait_for(second.freed());
  BOOST_TEST(second.fired().count() == 0);
  BOOST_TEST(second.is_proper());
}

BOOST_AUTO_TEST_CASE_TEMPLATE(of_two_watches_that_remove_each_other_one_fires, Context, contexts) {
  socket_pair first_socket, second_socket;
  handle_watch first, second;
  counter removed;
  running_loop<Context> loop;
  first.add(first_socket.fd(), readable, [&](handle_watch& self, int) {
    second.remove();
    self.update(0);
    ++removed;
  });
  second.add(second_socket.fd(), readable, [&](handle_watch& self, int) {
    first.remove();
    self.update(0);
    ++removed;
  });
  first_socket.write_from_peer();
  second_socket.write_from_peer();
  loop.wait_for(removed);
  loop.let_rounds_pass();
  BOOST_TEST(first.fired().count() + second.fired().count() == 1);
  BOOST_TEST(first.freed().count() + second.freed().count() == 1);
}

BOOST_AUTO_TEST_CASE_TEMPLATE(a_watch_may_disable_itself, Context, contexts) {
  socket_pair socket;
  handle_watch watch;
  running_loop<Context> loop;
  watch.add(socket.fd(), writable, [](handle_watch& self, int) { self.update(0); });
  loop.wait_for(watch.fired());
  loop.let_rounds_pass();
  BOOST_TEST(watch.fired().count() == 1);
}

BOOST_AUTO_TEST_CASE_TEMPLATE(a_watch_may_disable_another_that_is_ready_too, Context, contexts) {
  socket_pair socket;
  handle_watch first, second;
  running_loop<Context> loop;
  second.add(socket.fd(), readable);
  first.add(socket.fd(), writable, [&](handle_watch& self, int) {
    second.update(0);
    self.update(0);
  });
  socket.write_from_peer();
  loop.wait_for(first.fired());
  int const fired = second.fired().count();
  loop.let_rounds_pass();
  BOOST_TEST(second.fired().count() == fired);
}

BOOST_AUTO_TEST_CASE_TEMPLATE(a_watch_may_enable_another, Context, contexts) {
  socket_pair first_socket, second_socket;
  handle_watch first, second;
  running_loop<Context> loop;
  second.add(second_socket.fd(), 0, &remove_itself);
  second_socket.write_from_peer();
  first.add(first_socket.fd(), writable, [&](handle_watch& self, int) {
    second.update(readable);
    self.remove();
  });
  loop.wait_for(second.fired());
  BOOST_TEST(second.events() == readable);
}

BOOST_AUTO_TEST_CASE_TEMPLATE(a_watch_may_add_another, Context, contexts) {
  socket_pair socket;
  handle_watch first, second;
  running_loop<Context> loop;
  first.add(socket.fd(), writable, [&](handle_watch& self, int) {
    second.add(socket.fd(), writable, [](handle_watch& added, int) { added.update(0); });
    self.remove();
  });
  loop.wait_for(second.fired());
  BOOST_TEST(second.events() == writable);
}

BOOST_AUTO_TEST_CASE_TEMPLATE(a_free_function_may_add_and_remove, Context, contexts) {
  static socket_pair* socket = nullptr;
  static counter* fired = nullptr;
  socket_pair watched;
  counter fired_here;
  socket = &watched;
  fired = &fired_here;
  running_loop<Context> loop;
  int const id = ::virEventAddHandle(
      watched.fd(), readable, [](int, int, int, void*) {}, nullptr,
      [](void*) {
        ::virEventAddHandle(
            socket->fd(), writable,
            [](int added, int, int, void*) {
              ::virEventRemoveHandle(added);
              ++*fired;
            },
            nullptr, nullptr);
      });
  ::virEventRemoveHandle(id);
  loop.wait_for(fired_here);
  BOOST_TEST(fired_here.count() == 1);
}

// libvirt calls with locks held that the callback wants too.
BOOST_AUTO_TEST_CASE_TEMPLATE(remove_does_not_wait_for_a_callback_but_free_does, Context, contexts) {
  socket_pair socket;
  counter started;
  gate released;
  handle_watch watch;
  running_loop<Context> loop;
  watch.add(socket.fd(), writable, [&](handle_watch&, int) {
    ++started;
    released.pass();
  });
  std::atomic<int> removed = -1;
  std::atomic<int> freed_early = -1;
  std::jthread const other([&] {
    started.wait_for(1);
    removed = watch.remove();
    freed_early = watch.freed().count();
    released.open();
  });
  loop.wait_for(watch.freed());
  BOOST_TEST(removed == 0);
  BOOST_TEST(freed_early == 0);
  BOOST_TEST(watch.fired().count() == 1);
  BOOST_TEST(watch.is_proper());
}

BOOST_AUTO_TEST_CASE_TEMPLATE(updates_from_another_thread_do_not_wait_for_a_callback, Context, contexts) {
  socket_pair socket;
  counter started;
  gate released;
  handle_watch watch, other_watch;
  running_loop<Context> loop;
  watch.add(socket.fd(), writable, [&](handle_watch&, int) {
    ++started;
    released.pass();
  });
  std::jthread const other([&] {
    started.wait_for(1);
    watch.update(0);
    other_watch.add(socket.fd(), readable);
    other_watch.update(0);
    released.open();
  });
  loop.wait_for(watch.fired());
  loop.let_rounds_pass();
  BOOST_TEST(watch.fired().count() == 1);
  BOOST_TEST(other_watch.id() > 0);
}

BOOST_AUTO_TEST_CASE_TEMPLATE(watches_are_added_and_removed_from_many_threads_under_load, Context, contexts) {
  constexpr std::size_t threads_count = 4;
  constexpr std::size_t rounds = 150;
  std::vector<socket_pair> sockets(threads_count);
  std::vector<handle_watch> watches(threads_count * rounds);
  socket_pair busy_socket;
  handle_watch busy;
  timeout busy_timer;
  counter ended;
  running_loop<Context> loop;
  busy.add(busy_socket.fd(), writable);
  busy_timer.add(0);
  std::vector<std::jthread> threads;
  for (std::size_t thread = 0; thread != threads_count; ++thread)
    threads.emplace_back([&, thread] {
      for (std::size_t round = 0; round != rounds; ++round) {
        auto& watch = watches[thread * rounds + round];
        watch.add(sockets[thread].fd(), writable);
        watch.update(0);
        watch.update(readable | writable);
        if (round % 3 == 0) watch.fired().wait_for(1);
        watch.remove();
      }
      ++ended;
    });
  loop.wait_for(ended, static_cast<int>(threads_count));
  for (auto const& watch : watches) loop.wait_for(watch.freed());
  std::size_t proper = 0;
  for (auto const& watch : watches) proper += watch.is_proper() ? 1 : 0;
  BOOST_TEST(proper == watches.size());
}

BOOST_AUTO_TEST_CASE_TEMPLATE(callbacks_run_one_at_a_time, Context, contexts) {
  constexpr std::size_t count = 8;
  std::vector<socket_pair> sockets(count);
  std::vector<handle_watch> watches(count);
  std::atomic<int> running = 0;
  std::atomic<bool> overlapped = false;
  running_loop<Context> loop;
  for (std::size_t i = 0; i != count; ++i)
    watches[i].add(sockets[i].fd(), writable, [&](handle_watch&, int) {
      if (++running != 1) overlapped = true;
      std::this_thread::yield();
      --running;
    });
  for (auto const& watch : watches) loop.wait_for(watch.fired(), 100);
  loop.end();
  BOOST_TEST(!overlapped);
}

BOOST_AUTO_TEST_CASE_TEMPLATE(a_busy_watch_leaves_other_handlers_their_turn, Context, contexts) {
  socket_pair socket;
  handle_watch watch;
  counter ran;
  running_loop<Context> loop;
  watch.add(socket.fd(), writable);
  loop.wait_for(watch.fired());
  boost::asio::post(loop.loop().get_executor(), [&] { ++ran; });
  loop.wait_for(ran);
  BOOST_TEST(ran.count() == 1);
}

// libvirt writes to sockets that may be closed, and leaves the signal on.
BOOST_AUTO_TEST_CASE_TEMPLATE(a_callback_that_writes_to_a_closed_socket_raises_no_signal, Context, contexts) {
  socket_pair socket;
  handle_watch watch;
  running_loop<Context> loop;
  socket.close_peer();
  std::signal(SIGPIPE, SIG_DFL);
  watch.add(socket.fd(), writable, [](handle_watch& self, int) { self.remove(); });
  int const written_to = socket.fd();
  handle_watch writer;
  writer.add(socket.fd(), writable, [written_to](handle_watch& self, int) {
    static_cast<void>(!::write(written_to, "x", 1));
    self.remove();
  });
  loop.wait_for(writer.freed());
  BOOST_TEST(writer.fired().count() == 1);
}

BOOST_AUTO_TEST_SUITE_END()
